import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { dropUnusedObjects } from '../../../lib/core/stacks/actions/drop-unused-objects.ts';
import { attachContext } from '../../../lib/core/contexts/actions/attach-context.ts';
import { createContext } from '../../../lib/core/contexts/actions/create-context.ts';
import { showConfigOf } from '../../../lib/core/contexts/actions/list-config.ts';
import { unavailable } from '../../../lib/core/shared/errors.ts';
import { addStackConfig } from '../../../lib/core/stacks/actions/add-stack-config.ts';
import { createStack, type CreateStack } from '../../../lib/core/stacks/actions/create-stack.ts';
import { deleteStack } from '../../../lib/core/stacks/actions/delete-stack.ts';
import { deleteStackConfig } from '../../../lib/core/stacks/actions/delete-stack-config.ts';
import { disableStack } from '../../../lib/core/stacks/actions/disable-stack.ts';
import { enableStack } from '../../../lib/core/stacks/actions/enable-stack.ts';
import { eraseStack, keepStack } from '../../../lib/core/stacks/actions/erase-stack.ts';
import { lockStack } from '../../../lib/core/stacks/actions/lock-stack.ts';
import { migrateStackVendor } from '../../../lib/core/stacks/actions/migrate-stack-vendor.ts';
import { readStack } from '../../../lib/core/stacks/actions/read-stack.ts';
import { gitHookUrl, resetGitHook } from '../../../lib/core/stacks/actions/reset-git-hook.ts';
import { reslugStack } from '../../../lib/core/stacks/actions/reslug-stack.ts';
import { setCurrentCommit } from '../../../lib/core/stacks/actions/set-current-commit.ts';
import { syncCommit } from '../../../lib/core/stacks/actions/sync-commit.ts';
import { unlockStack } from '../../../lib/core/stacks/actions/unlock-stack.ts';
import { updateStack } from '../../../lib/core/stacks/actions/update-stack.ts';
import type { StackInput } from '../../../lib/core/stacks/stack-input.ts';
import { findStackByHookToken, getStack } from '../../../lib/core/stacks/stack-store.ts';
import { followingOf } from '../../../lib/core/triggers/following-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, readerActor, spaceAdminActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aSpace, aStack, anAccount, REPOSITORY_URL } from '../../support/stack-builders.ts';

const INPUT: StackInput = { name: 'Network', branch: 'main', repository: 'network', provider: 'GIT', repositoryURL: REPOSITORY_URL };

for (const engine of ENGINES) {
  describe(`stacks on ${engine}`, () => {
    let app: TestApp;
    const admin = adminActor();

    before(async () => {
      app = await testApp({ engine, settings: { allowLocalRepositories: false } });
      await anAccount(app);
      await aSpace(app, { id: 'team', inheritEntities: true });
      await aSpace(app, { id: 'lab', inheritEntities: false });
    });
    after(() => app.close());
    beforeEach(async () => {
      for (const table of ['messages', 'runs', 'workers', 'config_elements', 'contexts', 'stacks', 'worker_pools', 'audit'] as const) await app.ports.db.sql.deleteFrom(table).execute();
      app.vcs.forget(REPOSITORY_URL);
      app.vcs.push(REPOSITORY_URL, 'main', { 'main.tf': '' });
    });

    const create = (changes: Partial<StackInput> = {}, more: Partial<CreateStack> = {}) => createStack(app.ports, admin, { input: { ...INPUT, ...changes }, ...more });
    const update = (stack: Stack, changes: Partial<StackInput> = {}, actor = admin) => updateStack(app.ports, actor, { id: stack.id, input: { ...INPUT, name: stack.name, ...changes } });
    /** What is announced about stacks themselves, not about their repositories. */
    const announced = async () => (await app.queued()).filter((message) => message.name.startsWith('stack.') || message.name.startsWith('run.'));
    const announcedNames = async () => (await announced()).map((message) => message.name);

    async function aPool(id: string, spaceId: string, tools: readonly object[] = []): Promise<void> {
      const now = app.clock.now();
      await app.ports.db.sql.insertInto('worker_pools').values({ id, name: id, space_id: spaceId, certificate: '', certificate_id: '', spki_sha256: '', public_key: '', certificate_issued_at: now, created_at: now, updated_at: now }).execute();
      if (tools.length === 0) return;
      const { json } = await import('../../../lib/core/ports/json.ts');
      await app.ports.db.sql
        .insertInto('workers')
        .values({ id: `worker-of-${id}`, pool_id: id, boot_id: 'b', certificate_id: '', launcher_version: '1', os: 'linux', arch: 'x64', execution: 'process', tools: json(tools), last_seen_at: now, created_at: now })
        .execute();
    }

    async function aRun(stack: Stack, changes: { readonly workerId?: string; readonly type?: string } = {}): Promise<string> {
      const { json } = await import('../../../lib/core/ports/json.ts');
      const id = app.ports.ids.ulid();
      const now = app.clock.now();
      await app.ports.db.sql
        .insertInto('runs')
        .values({ id, stack_id: stack.id, space_id: stack.spaceId, type: changes.type ?? 'TRACKED', state: 'PLANNING', title: '', commit_info: json({}), workflow_id: id, worker_id: changes.workerId ?? null, created_at: now, updated_at: now })
        .execute();
      return id;
    }

    describe('are created', () => {
      it('with the slug of their name, the head of their branch and a hook of their own', async () => {
        const stack = await create({ name: 'Network: Production!', labels: ['prod'], beforePlan: ['echo plan'] });

        expect(stack).toMatchObject({ id: 'network-production', name: 'Network: Production!', state: 'NONE', createdBy: 'admin', trackedCommit: null, branchHead: { message: expect.any(String) } });
        expect(await getStack(app.ports.db.sql, stack.id)).toEqual(stack);
        expect(await findStackByHookToken(app.ports.db.sql, stack.gitHookToken)).toEqual(stack);
        expect((await followingOf(app.ports.db.sql, REPOSITORY_URL)).stacks).toEqual([stack]);
        expect(await app.ports.db.sql.selectFrom('audit').select(['action', 'resource_id', 'space_id']).execute()).toEqual([{ action: 'stack.create', resource_id: stack.id, space_id: 'root' }]);
      });

      it('with a random end where the slug is taken, and with the id that was asked for', async () => {
        await create();

        expect((await create({ name: 'network' })).id).toMatch(/^network-[a-z0-9]{5}$/);
        expect((await create({ name: '!!!' })).id).toMatch(/^stack-[a-z0-9]{5}$/);
        expect((await create({ name: 'Third' }, { slug: 'my-own' })).id).toBe('my-own');
        await expect(create({ name: 'Fourth' }, { slug: 'my-own' })).rejects.toMatchObject({ code: 'CONFLICT' });
        await expect(create({ name: 'Fifth' }, { slug: 'My Own' })).rejects.toMatchObject({ code: 'INVALID' });
      });

      it('once under a name, also by ten at a time', async () => {
        const results = await Promise.allSettled(Array.from({ length: 10 }, () => create()));

        expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
        for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONFLICT' });
      });

      it('by administrators of the space', async () => {
        await expect(createStack(app.ports, writerActor(['team']), { input: { ...INPUT, space: 'team' } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
        await expect(createStack(app.ports, spaceAdminActor(['team']), { input: { ...INPUT, space: 'lab' } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect((await createStack(app.ports, spaceAdminActor(['team']), { input: { ...INPUT, space: 'team' } })).spaceId).toBe('team');
      });

      it('not for a branch or repository that does not exist or cannot be reached', async () => {
        await expect(create({ branch: 'gone' })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('there is no branch "gone"') });
        await expect(create({ repositoryURL: 'https://git.example.com/acme/missing.git' })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(/^stack has 1 error: repositoryURL: .*missing\.git/) });
        const down = { ...app.ports, vcs: { ...app.ports.vcs, heads: () => Promise.reject(unavailable('the host does not answer')) } };
        await expect(createStack(down, admin, { input: INPUT })).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(REPOSITORY_URL) });
        await expect(create({ repositoryURL: 'file:///srv/network.git' })).rejects.toMatchObject({ code: 'INVALID' });
      });

      it('not with a pool that their space cannot use', async () => {
        await aPool('shared-by-root', 'root');
        await aPool('of-lab', 'lab');

        expect((await create({ space: 'team', workerPool: 'shared-by-root' })).workerPoolId).toBe('shared-by-root');
        await expect(create({ name: 'Other', space: 'team', workerPool: 'of-lab' })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('of-lab') });
        await expect(create({ name: 'Other', workerPool: 'missing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it('not with a version range that nothing satisfies, but with one that a worker\'s own tool does', async () => {
        await aPool('modern', 'root', [{ kind: 'TERRAFORM_FOSS', version: '1.11.4' }]);
        const wanting = (version: string, workerPool?: string) => create({ workerPool, vendorConfig: { terraform: { version } } });

        await expect(wanting('>1.5.0 <1.4.0')).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(/^stack has 1 error: terraform: no offered Terraform version satisfies/) });
        await expect(wanting('1.11.x')).rejects.toMatchObject({ code: 'INVALID' });
        expect((await wanting('1.11.x', 'modern')).vendorConfig.version).toBe('1.11.x');
      });

      it('with an uploaded state only if the state is managed', async () => {
        await expect(create({}, { manageState: false, stackObjectId: '01UPLOAD' })).rejects.toMatchObject({ code: 'INVALID' });
        expect((await create({}, { manageState: false })).manageState).toBe(false);
      });
    });

    describe('are updated', () => {
      it('as a whole: what is left out falls back to its default; the id stays', async () => {
        const stack = await create({ labels: ['a'], autodeploy: true, description: 'old', projectRoot: 'infra', beforeInit: ['x'] });

        const changed = await update(stack, { name: 'Renamed' });

        expect(changed).toMatchObject({ id: 'network', name: 'Renamed', labels: [], autodeploy: false, description: null, projectRoot: null, branchHead: stack.branchHead });
        expect(changed.hooks.beforeInit).toEqual([]);
        expect(await getStack(app.ports.db.sql, stack.id)).toEqual(changed);
      });

      it('without touching what runs wrote meanwhile', async () => {
        const stack = await create();
        const slow = { ...app.ports.vcs, heads: async (...args: Parameters<typeof app.vcs.heads>) => {
          await app.ports.db.sql.updateTable('stacks').set({ state: 'FINISHED', last_applied_version: '1.5.7', locked_by: 'robin', tracked_commit_set_by: 'run' }).where('id', '=', stack.id).execute();
          return app.vcs.heads(...args);
        } };
        app.vcs.push(REPOSITORY_URL, 'next', { a: '' }, { from: 'main' });

        await updateStack({ ...app.ports, vcs: slow }, admin, { id: stack.id, input: { ...INPUT, branch: 'next', autodeploy: true } });

        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ state: 'FINISHED', lastAppliedVersion: '1.5.7', lockedBy: 'robin', trackedCommitSetBy: 'run', autodeploy: true });
      });

      it('not to a name that another has, nor while they are being deleted, nor to another vendor', async () => {
        const stack = await create();
        const other = await create({ name: 'Other' });

        await expect(update(stack, { name: 'Other' })).rejects.toMatchObject({ code: 'CONFLICT' });
        await expect(update(stack, { vendorConfig: { opentofu: {} } })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('vendor') });
        await deleteStack(app.ports, admin, { id: other.id });
        await expect(update(other)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('being deleted') });
      });

      it('to another branch, whose head they then follow, or to another repository, whose commits they then track', async () => {
        const stack = await syncCommit(app.ports, admin, { id: (await create()).id });
        const hash = app.vcs.push(REPOSITORY_URL, 'next', { a: '' }, { from: 'main' });
        const elsewhere = app.vcs.push('https://git.example.com/acme/other.git', 'main', { a: '' });

        expect(await update(stack, { branch: 'next' })).toMatchObject({ branchHead: { hash }, trackedCommit: stack.trackedCommit });
        expect(await update(stack, { repositoryURL: 'https://git.example.com/acme/other.git' })).toMatchObject({ branchHead: { hash: elsewhere }, trackedCommit: null });
        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ branch: 'main', branchHead: { hash: elsewhere }, trackedCommit: null, trackedCommitSetBy: null });
        await expect(update(stack, { branch: 'gone' })).rejects.toMatchObject({ code: 'INVALID' });
      });

      it('to another space by administrators of both, if everything attached stays usable', async () => {
        const stack = await create();
        const context = await createContext(app.ports, admin, { name: 'Shared' });
        await attachContext(app.ports, admin, { contextId: context.id, stackId: stack.id });

        await expect(update(stack, { space: 'lab' })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('shared') });
        await expect(update(stack, { space: 'team' }, spaceAdminActor(['root']))).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect((await update(stack, { space: 'team' }, spaceAdminActor(['root', 'team']))).spaceId).toBe('team');
      });

      it('while the tool of a worker that is away stays asked for', async () => {
        await aPool('modern', 'root', [{ kind: 'TERRAFORM_FOSS', version: '1.11.4' }]);
        const vendorConfig = { terraform: { version: '1.11.4' } };
        const stack = await create({ workerPool: 'modern', vendorConfig });
        await app.ports.db.sql.deleteFrom('workers').execute();

        expect((await update(stack, { workerPool: 'modern', vendorConfig, description: 'new' })).description).toBe('new');
      });

      it('by nobody who may only write', async () => {
        const stack = await create();

        await expect(update(stack, {}, writerActor())).rejects.toMatchObject({ code: 'FORBIDDEN' });
        await expect(update(stack, {}, readerActor(['team']))).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(await readStack(app.ports, readerActor(['team']), stack.id)).toBeUndefined();
      });
    });

    describe('are deleted', () => {
      it('asynchronously: marked first, gone when the message is handled', async () => {
        const stack = await create();
        await addStackConfig(app.ports, admin, { stackId: stack.id, config: { id: 'f', type: 'FILE_MOUNT', value: app.ports.ids.random(60_000).toString('base64'), writeOnly: true } });
        await aRun(stack);
        await app.ports.db.sql.updateTable('runs').set({ finished_at: app.clock.now() }).execute();

        expect((await deleteStack(app.ports, admin, { id: stack.id })).deleting).toBe(true);
        expect(await announced()).toEqual([expect.objectContaining({ name: 'stack.deletion-requested', group: stack.id, body: { stackId: stack.id, destroyResources: false, by: 'admin' } })]);
        expect((await getStack(app.ports.db.sql, stack.id)).deleting).toBe(true);

        await eraseStack(app.ports, { stackId: stack.id, busyStates: [] });
        await eraseStack(app.ports, { stackId: stack.id, busyStates: [] });
        for (const table of ['stacks', 'runs', 'config_elements'] as const) expect(await app.ports.db.sql.selectFrom(table).select('id').execute()).toEqual([]);
        app.clock.advance(3_600_000);
        await dropUnusedObjects(app.ports);
        expect(await app.ports.objects.list('documents', 'config/')).toEqual([]);
      });

      it('after a run that destroys, when asked for, and kept when that fails', async () => {
        const stack = await create();

        await deleteStack(app.ports, admin, { id: stack.id, destroyResources: true });
        expect(await announced()).toEqual([expect.objectContaining({ body: { stackId: stack.id, destroyResources: true, by: 'admin' } })]);
        await expect(deleteStack(app.ports, admin, { id: stack.id })).rejects.toMatchObject({ code: 'CONFLICT' });

        await keepStack(app.ports, { stackId: stack.id });
        expect((await getStack(app.ports.db.sql, stack.id)).deleting).toBe(false);
      });

      it('not while they are protected, hold a run or have one with a worker', async () => {
        const held = await create();
        const runId = await aRun(held);
        await app.ports.db.sql.updateTable('stacks').set({ blocker_run_id: runId }).where('id', '=', held.id).execute();
        const planning = await create({ name: 'Planning' });
        await aRun(planning, { type: 'PROPOSED', workerId: 'w' });
        const kept = await create({ name: 'Kept', protectFromDeletion: true });

        await expect(deleteStack(app.ports, admin, { id: held.id })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(runId) });
        await expect(deleteStack(app.ports, admin, { id: planning.id })).rejects.toMatchObject({ code: 'CONFLICT' });
        await expect(deleteStack(app.ports, admin, { id: kept.id })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('protected') });
        expect(await announcedNames()).toEqual([]);
      });

      it('never erased unless they are marked', async () => {
        const stack = await create();

        await eraseStack(app.ports, { stackId: stack.id, busyStates: [] });

        expect(await readStack(app.ports, admin, stack.id)).toEqual(stack);
      });
    });

    describe('are locked', () => {
      it('by one at a time, who may say why', async () => {
        const stack = await create();
        const robin = writerActor(['root'], { login: 'robin' });

        expect(await lockStack(app.ports, robin, { id: stack.id, note: 'maintenance' })).toMatchObject({ lockedBy: 'robin', lockNote: 'maintenance', lockedAt: app.clock.now() });
        await expect(lockStack(app.ports, writerActor(), { id: stack.id })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('robin') });
        const since = app.clock.now();
        app.clock.advance(1000);
        expect(await lockStack(app.ports, robin, { id: stack.id, note: '' })).toMatchObject({ lockNote: null, lockedAt: since });
        await expect(lockStack(app.ports, readerActor(), { id: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      });

      it('by one of ten who try at once', async () => {
        const stack = await create();

        const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => lockStack(app.ports, writerActor(['root'], { login: `writer-${i}` }), { id: stack.id })));

        expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      });

      it('until their holder unlocks them, or who may force it', async () => {
        const stack = await create();
        const robin = writerActor(['root'], { login: 'robin' });
        await lockStack(app.ports, robin, { id: stack.id });

        await expect(unlockStack(app.ports, writerActor(), { id: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('robin') });
        expect(await unlockStack(app.ports, robin, { id: stack.id })).toMatchObject({ lockedBy: null, lockedAt: null });
        await expect(unlockStack(app.ports, robin, { id: stack.id })).rejects.toMatchObject({ code: 'CONFLICT' });
        await lockStack(app.ports, robin, { id: stack.id });
        expect(await unlockStack(app.ports, spaceAdminActor(), { id: stack.id })).toMatchObject({ lockedBy: null });
      });
    });

    describe('change otherwise', () => {
      it('when disabled and enabled, which lets waiting runs go on', async () => {
        const stack = await create();

        expect((await disableStack(app.ports, admin, { id: stack.id })).isDisabled).toBe(true);
        expect(await announcedNames()).toEqual([]);
        expect((await enableStack(app.ports, admin, { id: stack.id })).isDisabled).toBe(false);
        expect(await announcedNames()).toEqual(['stack.enabled']);
        await expect(disableStack(app.ports, writerActor(), { id: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      });

      it('when their id is made anew: configuration, attachments and ended runs follow', async () => {
        const stack = await create();
        await addStackConfig(app.ports, admin, { stackId: stack.id, config: { id: 'A', type: 'ENVIRONMENT_VARIABLE', value: '1', writeOnly: true } });
        const runId = await aRun(stack);
        await update(stack, { name: 'Backbone' });
        await expect(reslugStack(app.ports, admin, { id: stack.id })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(runId) });
        await app.ports.db.sql.updateTable('runs').set({ finished_at: app.clock.now() }).execute();

        expect((await reslugStack(app.ports, admin, { id: stack.id })).id).toBe('backbone');

        expect(await readStack(app.ports, admin, 'network')).toBeUndefined();
        expect(await showConfigOf(app.ports, [{ type: 'stack', id: 'backbone' }])).toEqual([expect.objectContaining({ name: 'A' })]);
        expect(await app.ports.db.sql.selectFrom('runs').select('stack_id').execute()).toEqual([{ stack_id: 'backbone' }]);
        await expect(reslugStack(app.ports, writerActor(), { id: 'backbone' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      });

      it('when their tracked commit is moved to the head or pinned; neither starts a run', async () => {
        const stack = await create();
        const first = stack.branchHead?.hash ?? '';
        const second = app.vcs.push(REPOSITORY_URL, 'main', { b: '' });

        expect(await syncCommit(app.ports, writerActor(), { id: stack.id })).toMatchObject({ trackedCommit: { hash: second }, trackedCommitSetBy: 'writer', branchHead: { hash: second } });
        await setCurrentCommit(app.ports, writerActor(), { id: stack.id, sha: first.toUpperCase() });
        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ trackedCommit: { hash: first }, branchHead: { hash: second } });
        expect(await announcedNames()).toEqual([]);
        await expect(setCurrentCommit(app.ports, admin, { id: stack.id, sha: 'main' })).rejects.toMatchObject({ code: 'INVALID' });
        await expect(setCurrentCommit(app.ports, admin, { id: stack.id, sha: 'f'.repeat(40) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it('when their hook is made anew; only who manages the stack sees it', async () => {
        const stack = await create();

        const changed = await resetGitHook(app.ports, admin, { id: stack.id });

        expect(changed.gitHookToken).not.toBe(stack.gitHookToken);
        expect(await findStackByHookToken(app.ports.db.sql, stack.gitHookToken)).toBeUndefined();
        expect(gitHookUrl(admin, changed, 'https://w.example.com')).toBe(`https://w.example.com/webhooks/git/${changed.gitHookToken}`);
        expect(gitHookUrl(writerActor(), changed, 'https://w.example.com')).toBeNull();
      });

      it('when one that runs OpenTofu by its workflow tool becomes an OpenTofu stack', async () => {
        const stack = await create({ vendorConfig: { terraform: { workflowTool: 'OPEN_TOFU', version: '1.9.x' } } });

        expect((await migrateStackVendor(app.ports, admin, { id: stack.id, targetVendor: 'OpenTofu' })).vendorConfig).toMatchObject({ vendor: 'opentofu', workflowTool: 'OPENTOFU', version: '1.9.x', useSmartSanitization: false });
        await expect(migrateStackVendor(app.ports, admin, { id: stack.id, targetVendor: 'OpenTofu' })).rejects.toMatchObject({ code: 'CONFLICT' });
        await expect(migrateStackVendor(app.ports, admin, { id: stack.id, targetVendor: 'Terragrunt' })).rejects.toMatchObject({ code: 'INVALID' });
      });

      it('when writers set and delete variables; readers cannot', async () => {
        const stack = await aStack(app, { id: 'variables' });
        const config = { id: 'A', type: 'ENVIRONMENT_VARIABLE', value: '1', writeOnly: false } as const;

        await addStackConfig(app.ports, writerActor(), { stackId: stack.id, config });
        expect(await addStackConfig(app.ports, writerActor(), { stackId: stack.id, config: { ...config, value: '2' } })).toMatchObject({ value: '2' });
        expect(await showConfigOf(app.ports, [{ type: 'stack', id: stack.id }])).toHaveLength(1);
        await expect(addStackConfig(app.ports, readerActor(), { stackId: stack.id, config })).rejects.toMatchObject({ code: 'FORBIDDEN' });
        await expect(addStackConfig(app.ports, writerActor(), { stackId: stack.id, config: { ...config, id: '../x', type: 'FILE_MOUNT' } })).rejects.toMatchObject({ code: 'INVALID' });
        expect(await deleteStackConfig(app.ports, writerActor(), { stackId: stack.id, name: 'A' })).toMatchObject({ name: 'A' });
        await expect(deleteStackConfig(app.ports, writerActor(), { stackId: stack.id, name: 'A' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });
    });
  });
}
