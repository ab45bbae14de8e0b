import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { attachPolicy, detachPolicy } from '../../../lib/core/policies/actions/attach-policy.ts';
import { createPolicy } from '../../../lib/core/policies/actions/create-policy.ts';
import { deletePolicy } from '../../../lib/core/policies/actions/delete-policy.ts';
import { evaluatePolicy } from '../../../lib/core/policies/actions/evaluate-policy.ts';
import { loadBodies } from '../../../lib/core/policies/actions/load-body.ts';
import { listAttachablePolicies, listVisiblePolicies, previewAutoattachment, readPolicy } from '../../../lib/core/policies/actions/read-policy.ts';
import { updatePolicy } from '../../../lib/core/policies/actions/update-policy.ts';
import { policiesOfStack } from '../../../lib/core/policies/attachment-store.ts';
import { listPoliciesInForce } from '../../../lib/core/policies/policy-store.ts';
import { createSpace } from '../../../lib/core/spaces/actions/create-space.ts';
import { updateSpace } from '../../../lib/core/spaces/actions/update-space.ts';
import type { Space } from '../../../lib/core/spaces/space.ts';
import { requireUsable } from '../../../lib/core/stacks/actions/check-stack.ts';
import { adminActor, spaceAdminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

const admin = adminActor();
const ALLOW_ALL = 'package spacelift\n\ndeny contains "never" if false\n';

for (const engine of ENGINES) {
  describe(`policies as objects on ${engine}`, needsEngine, () => {
    let app: TestApp;
    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
    });
    after(() => app.close());

    const space = (name: string, changes: { readonly parentSpace?: string; readonly inheritEntities?: boolean } = {}): Promise<Space> =>
      createSpace(app.ports, admin, { name, description: '', parentSpace: 'root', inheritEntities: true, ...changes });

    it('get an id made from the name, which stays when the name changes', async () => {
      const policy = await aPolicy(app, 'PLAN', 'deny contains "x" if false', { name: 'No Data Loss!' });
      expect(policy).toMatchObject({ id: 'no-data-loss', type: 'PLAN', engineType: 'REGO_V1', spaceId: 'root', version: 1 });

      const renamed = await updatePolicy(app.ports, admin, { id: policy.id, name: 'Keep the data', body: ALLOW_ALL });
      expect(renamed).toMatchObject({ id: 'no-data-loss', ulid: policy.ulid, name: 'Keep the data', version: 2 });
      expect(await readPolicy(app.ports, admin, policy.id)).toEqual(renamed);
    });

    it('have names of their own', async () => {
      await aPolicy(app, 'PLAN', '', { name: 'taken' });
      const other = await aPolicy(app, 'PLAN', '', { name: 'other' });

      await expect(aPolicy(app, 'TASK', '', { name: 'taken' })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(updatePolicy(app.ports, admin, { id: other.id, name: 'taken', body: ALLOW_ALL })).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    it('are made in the older language unless the newer is asked for, and switch at any time', async () => {
      const v0 = 'package spacelift\n\ndeny["no"] { false }\n';
      const made = await createPolicy(app.ports, admin, { name: 'old language', type: 'PLAN', body: v0 });
      expect(made.engineType).toBe('REGO_V0');

      await expect(updatePolicy(app.ports, admin, { id: made.id, name: made.name, body: v0, engineType: 'REGO_V1' })).rejects.toMatchObject({ code: 'INVALID' });
      const switched = await updatePolicy(app.ports, admin, { id: made.id, name: made.name, body: ALLOW_ALL, engineType: 'REGO_V1' });
      expect(switched.engineType).toBe('REGO_V1');
    });

    it('take old spellings of types and answer with the new one, and refuse to change it', async () => {
      for (const [old, now] of [['STACK_ACCESS', 'ACCESS'], ['TASK_RUN', 'TASK'], ['TERRAFORM_PLAN', 'PLAN']] as const) {
        const made = await createPolicy(app.ports, admin, { name: old, type: old, body: 'package spacelift\n' });
        expect(made.type).toBe(now);
        await expect(updatePolicy(app.ports, admin, { id: made.id, name: old, body: 'package spacelift\n', type: 'TRIGGER' })).rejects.toMatchObject({ code: 'INVALID' });
      }
      await expect(createPolicy(app.ports, admin, { name: 'intent', type: 'INTENT', body: 'package spacelift\n' })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('are not saved when the text is wrong, and each fault has its line and column', async () => {
      const saving = createPolicy(app.ports, admin, { name: 'broken', type: 'PLAN', body: 'package spacelift\n\ndeny contains "x" if {\n  nothing == 1\n}\n', engineType: 'REGO_V1' });
      await expect(saving).rejects.toMatchObject({ code: 'INVALID', details: { errors: [expect.objectContaining({ line: 4, column: 3 })] } });
      await expect(saving).rejects.toThrow('line 4, column 3');
      await expect(createPolicy(app.ports, admin, { name: 'empty', type: 'PLAN', body: ' \n' })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(createPolicy(app.ports, admin, { name: 'other package', type: 'PLAN', body: 'package other\n' })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(createPolicy(app.ports, admin, { name: 'a boolean', type: 'PLAN', body: 'package spacelift\n\ndeny { true }\n' })).rejects.toMatchObject({ code: 'INVALID' });
      expect(await readPolicy(app.ports, admin, 'broken')).toBeUndefined();
    });

    it('that are long lie in the object store, and are read and evaluated as they are', async () => {
      const body = `${ALLOW_ALL}${'# a long comment\n'.repeat(4000)}deny contains "from the end"\n`;
      const made = await createPolicy(app.ports, admin, { name: 'long', type: 'PLAN', body, engineType: 'REGO_V1' });
      const [withBody] = await loadBodies(app.ports, [made]);
      expect(withBody?.body).toBe(body);
      expect((await evaluatePolicy(app.ports, { ...made, type: 'PLAN' }, {})).messages).toEqual(['from the end']);

      const short = await updatePolicy(app.ports, admin, { id: made.id, name: made.name, body: ALLOW_ALL });
      expect((await loadBodies(app.ports, [short]))[0]?.body).toBe(ALLOW_ALL);
    });

    it('of two people who save at once, one is told', async () => {
      const made = await aPolicy(app, 'PLAN', '', { name: 'contested' });
      // All of them have read the policy before any of them saves.
      const everybodyRead = Promise.withResolvers<void>();
      let readers = 0;
      const check: typeof app.ports.policyEngine.check = async (...question) => {
        if (++readers === 3) everybodyRead.resolve();
        await everybodyRead.promise;
        return app.ports.policyEngine.check(...question);
      };
      const ports = { ...app.ports, policyEngine: { ...app.ports.policyEngine, check } };
      const saves = await Promise.allSettled([1, 2, 3].map((n) => updatePolicy(ports, admin, { id: made.id, name: made.name, body: `${ALLOW_ALL}# ${n}\n` })));
      expect(saves.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const save of saves) if (save.status === 'rejected') expect(save.reason).toMatchObject({ code: 'CONFLICT' });
    });

    it('for signing in lie in the root space, and are never attached', async () => {
      const below = await space('below');
      await expect(aPolicy(app, 'LOGIN', '', { space: below.id })).rejects.toMatchObject({ code: 'INVALID' });
      const login = await aPolicy(app, 'LOGIN', 'allow if input.session.member', { name: 'sign in' });
      const stack = await aStack(app, { id: 'login-stack' });
      await expect(attachPolicy(app.ports, admin, { policyId: login.id, stackId: stack.id })).rejects.toMatchObject({ code: 'INVALID' });
      await deletePolicy(app.ports, admin, { id: login.id });
    });

    it('that are attached are deleted only by force', async () => {
      const stack = await aStack(app, { id: 'forced' });
      const policy = await aPolicy(app, 'PLAN', '', { stack: stack.id });
      await expect(deletePolicy(app.ports, admin, { id: policy.id })).rejects.toMatchObject({ code: 'CONFLICT' });
      await deletePolicy(app.ports, admin, { id: policy.id, force: true });
      expect(await policiesOfStack(app.ports.db.sql, stack)).toEqual([]);
    });

    it('are seen and changed by those who may in their space', async () => {
      const team = await space('team');
      const other = await space('other team');
      const policy = await aPolicy(app, 'PLAN', '', { space: team.id });
      const ofTeam = spaceAdminActor([team.id]);
      const ofOther = spaceAdminActor([other.id]);

      expect(await readPolicy(app.ports, ofOther, policy.id)).toBeUndefined();
      expect((await listVisiblePolicies(app.ports, ofTeam)).map(({ id }) => id)).toEqual([policy.id]);
      await expect(deletePolicy(app.ports, ofOther, { id: policy.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(createPolicy(app.ports, ofTeam, { name: 'in root', type: 'PLAN', body: ALLOW_ALL, space: 'root' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe(`attaching policies on ${engine}`, needsEngine, () => {
    let app: TestApp;
    let upper: Space, lower: Space, apart: Space;
    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      upper = await createSpace(app.ports, admin, { name: 'upper', description: '', parentSpace: 'root', inheritEntities: true });
      lower = await createSpace(app.ports, admin, { name: 'lower', description: '', parentSpace: upper.id, inheritEntities: true });
      apart = await createSpace(app.ports, admin, { name: 'apart', description: '', parentSpace: upper.id, inheritEntities: false });
    });
    after(() => app.close());

    const namesOn = async (stack: Parameters<typeof policiesOfStack>[1]) => (await policiesOfStack(app.ports.db.sql, stack)).map(({ policy }) => policy.name);

    it('takes a policy of the stack\'s space or of one that it inherits from, once', async () => {
      const stack = await aStack(app, { id: 'inheriting', spaceId: lower.id });
      const policy = await aPolicy(app, 'PLAN', '', { space: upper.id, name: 'from above' });

      const attachment = await attachPolicy(app.ports, admin, { policyId: policy.id, stackId: stack.id });
      expect(attachment).toMatchObject({ stackId: stack.id, isAutoattached: false });
      await expect(attachPolicy(app.ports, admin, { policyId: policy.id, stackId: stack.id })).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await namesOn(stack)).toEqual(['from above']);

      await detachPolicy(app.ports, admin, { id: attachment.id });
      expect(await namesOn(stack)).toEqual([]);
      await expect(detachPolicy(app.ports, admin, { id: attachment.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('is refused across spaces that do not inherit', async () => {
      const stack = await aStack(app, { id: 'separate', spaceId: apart.id });
      const policy = await aPolicy(app, 'PLAN', '', { space: upper.id });
      await expect(attachPolicy(app.ports, admin, { policyId: policy.id, stackId: stack.id })).rejects.toMatchObject({ code: 'INVALID' });
      expect(await listAttachablePolicies(app.ports, admin, apart.id)).toEqual([]);
    });

    it('happens by label, through spaces that inherit, and once however often it matches', async () => {
      const stack = await aStack(app, { id: 'labelled', spaceId: lower.id, labels: ['prod', 'eu'] });
      const elsewhere = await aStack(app, { id: 'labelled-apart', spaceId: apart.id, labels: ['prod'] });
      const both = await aPolicy(app, 'PLAN', '', { space: upper.id, name: 'by two labels', labels: ['autoattach:prod', 'autoattach:eu'] });
      const all = await aPolicy(app, 'APPROVAL', '', { space: upper.id, name: 'to all', labels: ['autoattach:*'] });

      expect(await namesOn(stack)).toEqual(['by two labels', 'to all']);
      expect(await namesOn(elsewhere)).toEqual([]);
      expect(await previewAutoattachment(app.ports, admin, { spaceId: upper.id, labels: ['autoattach:prod'] })).toMatchObject({ count: 1, sample: [{ id: stack.id }] });

      await attachPolicy(app.ports, admin, { policyId: both.id, stackId: stack.id });
      expect(await namesOn(stack)).toEqual(['by two labels', 'to all']);
      await updatePolicy(app.ports, admin, { id: all.id, name: all.name, body: ALLOW_ALL.replace('deny', 'flag'), labels: [] });
      expect(await namesOn(stack)).toEqual(['by two labels']);
      await deletePolicy(app.ports, admin, { id: both.id, force: true });
    });

    it('holds against moves that would break it: of the policy, the stack and the space', async () => {
      const stack = await aStack(app, { id: 'held', spaceId: lower.id });
      const policy = await aPolicy(app, 'PLAN', '', { space: upper.id, stack: stack.id });

      await expect(updatePolicy(app.ports, admin, { id: policy.id, name: policy.name, body: ALLOW_ALL, space: apart.id })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(updateSpace(app.ports, admin, { id: lower.id, name: 'lower', description: '', parentSpace: upper.id, inheritEntities: false })).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(updateSpace(app.ports, admin, { id: lower.id, name: 'lower', description: '', parentSpace: 'root', inheritEntities: true })).rejects.toMatchObject({ code: 'CONFLICT', details: { entity: policy.id, stack: stack.id } });
      expect((await readPolicy(app.ports, admin, policy.id))?.spaceId).toBe(upper.id);
      await expect(requireUsable(app.ports.db.sql, { ...stack, spaceId: apart.id })).rejects.toMatchObject({ code: 'INVALID', details: { policy: policy.id } });
    });

    it('of notifications is by space: those of the space and of what it inherits from are in force', async () => {
      await aPolicy(app, 'NOTIFICATION', '', { space: upper.id, name: 'tell upper' });
      await aPolicy(app, 'NOTIFICATION', '', { space: lower.id, name: 'tell lower' });
      const inForce = async (spaceId: string) => (await listPoliciesInForce(app.ports.db.sql, { type: 'NOTIFICATION', spaceId })).map(({ name }) => name);

      expect(await inForce(lower.id)).toEqual(['tell lower', 'tell upper']);
      expect(await inForce(upper.id)).toEqual(['tell upper']);
      expect(await inForce(apart.id)).toEqual([]);
    });
  });
}
