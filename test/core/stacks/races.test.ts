import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { dropUnusedObjects } from '../../../lib/core/stacks/actions/drop-unused-objects.ts';
import { bindRoleToApiKey } from '../../../lib/core/accounts/actions/bind-role.ts';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { ensureAdministrator } from '../../../lib/core/accounts/actions/ensure-administrator.ts';
import { attachContext } from '../../../lib/core/contexts/actions/attach-context.ts';
import { createContext } from '../../../lib/core/contexts/actions/create-context.ts';
import { showConfigOf } from '../../../lib/core/contexts/actions/list-config.ts';
import { isAppError } from '../../../lib/core/shared/errors.ts';
import { createSpace } from '../../../lib/core/spaces/actions/create-space.ts';
import { deleteSpace } from '../../../lib/core/spaces/actions/delete-space.ts';
import { addStackConfig } from '../../../lib/core/stacks/actions/add-stack-config.ts';
import { createStack } from '../../../lib/core/stacks/actions/create-stack.ts';
import { migrateStackVendor } from '../../../lib/core/stacks/actions/migrate-stack-vendor.ts';
import { readStack } from '../../../lib/core/stacks/actions/read-stack.ts';
import { reslugStack } from '../../../lib/core/stacks/actions/reslug-stack.ts';
import { syncCommit } from '../../../lib/core/stacks/actions/sync-commit.ts';
import { updateStack } from '../../../lib/core/stacks/actions/update-stack.ts';
import type { StackInput } from '../../../lib/core/stacks/stack-input.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { anAccount, REPOSITORY_URL } from '../../support/stack-builders.ts';

const TEN = Array.from({ length: 10 }, (_, index) => index);

for (const engine of ENGINES) {
  describe(`two at once on ${engine}`, () => {
    let app: TestApp;
    let count = 0;
    const admin = adminActor();
    before(async () => {
      app = await testApp({ engine });
      await anAccount(app);
      app.vcs.push(REPOSITORY_URL, 'main', { 'main.tf': '' });
    });
    after(() => app.close());
    beforeEach(() => void count++);

    const input = (changes: Partial<StackInput> = {}): StackInput => ({
      name: `Stack ${count}`, administrative: false, branch: 'main', repository: 'network', namespace: 'acme', provider: 'GIT', repositoryURL: REPOSITORY_URL,
      vendorConfig: { terraform: { workflowTool: 'TERRAFORM_FOSS' } }, ...changes,
    });
    const create = (changes: Partial<StackInput> = {}) => createStack(app.ports, admin, { input: input(changes) });

    /** How many got through. Whoever did not was told CONFLICT (or NOT_FOUND), never of a defect of ours. */
    async function through(work: readonly Promise<unknown>[]): Promise<number> {
      const results = await Promise.allSettled(work);
      for (const result of results) if (result.status === 'rejected' && !isAppError(result.reason, 'CONFLICT', 'NOT_FOUND')) throw result.reason;
      return results.filter(({ status }) => status === 'fulfilled').length;
    }

    it('make one stack of a name', async () => {
      expect(await through(TEN.map(() => create()))).toBe(1);
    });

    it('give one of several stacks the new name, and tell the others that it is taken', async () => {
      const stacks = await Promise.all(TEN.map((index) => create({ name: `Before ${count}-${index}` })));

      expect(await through(stacks.map((stack) => updateStack(app.ports, admin, { id: stack.id, input: input({ name: `After ${count}` }) })))).toBe(1);
    });

    it('give one of two stacks the new id', async () => {
      const stacks = await Promise.all([`Edge ${count}`, `edge-${count}`].map(async (name, index) => updateStack(app.ports, admin, { id: (await create({ name: `Old ${count}-${index}` })).id, input: input({ name }) })));

      expect(await through(stacks.map(({ id }) => reslugStack(app.ports, admin, { id })))).toBeGreaterThan(0);

      expect(await readStack(app.ports, admin, `edge-${count}`)).toBeDefined();
    });

    it('set one variable: the last value stands, once, and no object is left behind', async () => {
      const stack = await create();
      const large = (index: number) => Buffer.alloc(60_000, index).toString('base64');

      const done = await through(TEN.map((index) => addStackConfig(app.ports, admin, { stackId: stack.id, config: { id: 'large.bin', type: 'FILE_MOUNT', value: large(index), writeOnly: false } })));

      expect(done).toBe(10);
      const [element, ...others] = await showConfigOf(app.ports, [{ type: 'stack', id: stack.id }]);
      expect(others).toEqual([]);
      expect(TEN.map(large)).toContain(element?.value);
      app.clock.advance(3_600_000);
      await dropUnusedObjects(app.ports);
      expect(await app.ports.objects.list('documents', 'config/')).toHaveLength(1);
      await app.ports.db.sql.deleteFrom('config_elements').execute();
    });

    it('set a variable of a stack that gets another id: it follows, or is refused', async () => {
      const stack = await updateStack(app.ports, admin, { id: (await create({ name: `Here ${count}` })).id, input: input({ name: `There ${count}` }) });

      await through([
        reslugStack(app.ports, admin, { id: stack.id }),
        addStackConfig(app.ports, admin, { stackId: stack.id, config: { id: 'A', type: 'ENVIRONMENT_VARIABLE', value: '1', writeOnly: false } }),
      ]);

      expect(await showConfigOf(app.ports, [{ type: 'stack', id: stack.id }])).toEqual([]);
    });

    it('make contexts of a name, each with an id of its own', async () => {
      const before = (await app.ports.db.sql.selectFrom('contexts').select('id').execute()).length;

      const made = await through(TEN.map(() => createContext(app.ports, admin, { name: `Shared ${count}` })));

      expect(made).toBeGreaterThan(0);
      expect((await app.ports.db.sql.selectFrom('contexts').select('id').execute()).length - before).toBe(made);
    });

    it('attach a context, bind a role and make an administrator once', async () => {
      const stack = await create();
      const context = await createContext(app.ports, admin, { name: `Once ${count}` });
      const { key } = await createApiKey(app.ports, admin, { name: 'ci', admin: false });

      expect(await through(TEN.map(() => attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id })))).toBe(1);
      expect(await through(TEN.map(() => bindRoleToApiKey(app.ports, admin, { apiKeyId: key.id, roleId: 'space-reader', spaceId: 'root' })))).toBe(1);
      expect(await through(TEN.slice(0, 3).map(() => ensureAdministrator(app.ports, {})))).toBe(3);
      expect(await app.ports.db.sql.selectFrom('users').select('login').execute()).toEqual([{ login: 'admin' }]);
    });

    it('delete a space and put something into it: one of them comes too late', async () => {
      for (const put of [
        (space: string) => create({ space }),
        (space: string) => createContext(app.ports, admin, { name: `In ${count}`, space }),
        (space: string) => createSpace(app.ports, admin, { name: 'Below', parentSpace: space, inheritEntities: true }),
      ]) {
        const space = await createSpace(app.ports, admin, { name: `Space ${count}`, parentSpace: 'root', inheritEntities: true });
        expect(await through([deleteSpace(app.ports, admin, { id: space.id }), put(space.id)])).toBe(1);
      }
    });

    it('save settings while a push or a person moves the tracked commit: it stays where they put it', async () => {
      const stack = await create({ vendorConfig: { terraform: { workflowTool: 'OPEN_TOFU' } } });
      const moved: string[] = [];
      /** As the settings are about to be saved, the commit moves. */
      const meanwhile = {
        ...app.ports,
        db: {
          ...app.ports.db,
          transaction: async <T>(work: Parameters<typeof app.ports.db.transaction<T>>[0]): Promise<T> => {
            moved.push(app.vcs.push(REPOSITORY_URL, 'main', { [`${moved.length}.tf`]: '' }));
            await syncCommit(app.ports, admin, { id: stack.id });
            return app.ports.db.transaction(work);
          },
        },
      };

      await updateStack(meanwhile, admin, { id: stack.id, input: input({ description: 'new', vendorConfig: { terraform: { workflowTool: 'OPEN_TOFU' } } }) });
      expect(await readStack(app.ports, admin, stack.id)).toMatchObject({ description: 'new', trackedCommit: { hash: moved[0] }, branchHead: { hash: moved[0] } });
      await migrateStackVendor(meanwhile, admin, { id: stack.id, targetVendor: 'OpenTofu' });
      expect(await readStack(app.ports, admin, stack.id)).toMatchObject({ vendorConfig: { vendor: 'opentofu' }, trackedCommit: { hash: moved[1] }, branchHead: { hash: moved[1] } });
    });
  });
}
