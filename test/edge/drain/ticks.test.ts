import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { json } from '../../../lib/core/ports/json.ts';
import type { Tables } from '../../../lib/core/ports/tables.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import { recordIgnoredTrigger } from '../../../lib/core/runs/ignored-trigger-store.ts';
import { uploadLocalWorkspace } from '../../../lib/core/runs/actions/upload-local-workspace.ts';
import type { TickName } from '../../../lib/core/shared/ticks.ts';
import { deleteStack } from '../../../lib/core/stacks/actions/delete-stack.ts';
import { stateUploadUrl } from '../../../lib/core/state/actions/state-upload-url.ts';
import { takeTick } from '../../../lib/edge/drain/scheduler.ts';
import { runTick, TICK_JOBS } from '../../../lib/edge/drain/ticks.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { handoversApp } from '../../support/handover-builders.ts';
import { aStackOfItsOwn, insertTestRun, reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, assign, claim, workerNow, type TestPool } from '../../support/worker-builders.ts';

const DAY_MS = 86_400_000;
const CORE = fileURLToPath(new URL('../../../lib/core', import.meta.url));

/** Actions that need nothing but the ports, and whose name says that they clear up or count. */
async function everySweep(): Promise<readonly string[]> {
  const files = (await readdir(CORE, { recursive: true })).filter((file) => /^[a-z]+\/actions\/[a-z-]+\.ts$/.test(file));
  const modules = await Promise.all(files.map(async (file) => (await import(`${CORE}/${file}`)) as Readonly<Record<string, unknown>>));
  const functions = modules.flatMap((module) => Object.values(module)).filter((value) => typeof value === 'function');
  const isSweep = /^((sweep|forget|drop|expire|end|schedule|reconcile|tellForgotten)[A-Z]|(refreshToolVersions|reportUsage|sampleWorkers)$)/;
  return functions.filter((work) => work.length === 1 && isSweep.test(work.name)).map((work) => work.name).sort();
}

describe('the ticks', () => {
  it('call every sweep of every area', async () => {
    const called = Object.values(TICK_JOBS).flat().map((job) => job.name);

    expect(called.filter((name) => name !== 'forgetMessages').sort()).toEqual(await everySweep());
  });
});

for (const engine of ENGINES) {
  describe(`ticks on ${engine}`, () => {
    let app: TestApp;
    let pool: TestPool;
    const admin = adminActor();
    before(async () => {
      app = await handoversApp({ engine });
      pool = await aWorkerPool(app);
    });
    after(() => app.close());

    /** The tick, as two schedulers that know nothing of each other would start it. */
    async function twice(tick: TickName): Promise<void> {
      await Promise.all([runTick(app.ports, tick), runTick(app.ports, tick)]);
      expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
    }
    const count = async (table: keyof Tables) => Number((await app.ports.db.sql.selectFrom(table).select((e) => e.fn.countAll().as('n')).executeTakeFirstOrThrow()).n);
    const noMessages = () => app.ports.db.sql.deleteFrom('messages').execute();

    it('find a silent worker once, and what its run needs', async () => {
      const worker = await aWorker(app, pool);
      const stack = await aStackOfItsOwn(app, { workerPoolId: pool.pool.id });
      const run = await insertTestRun(app, stack, { state: 'PLANNING', lease: 1, workerId: worker.id, handoverAt: app.clock.now() });
      await claim(app, worker, run.id);
      await noMessages();
      app.clock.advance(121_000);

      await twice('tick');
      await app.drain();

      expect(await workerNow(app, worker)).toBeUndefined();
      expect((await historyOf(app.ports.db.sql, run.id)).map(({ state }) => state)).toEqual(['FAILED', 'PLANNING']);
    });

    it('bring a run on its way whose message was lost, by one step', async () => {
      const stack = await aStackOfItsOwn(app, { workerPoolId: pool.pool.id });
      const run = await insertTestRun(app, stack);

      await twice('tick');

      expect((await historyOf(app.ports.db.sql, run.id)).map(({ state }) => state)).toEqual(['READY', 'QUEUED']);
    });

    it('take back an assignment that nobody took', async () => {
      const worker = await aWorker(app, pool);
      await assign(app, pool.pool, worker, app.ports.ids.ulid());
      app.clock.advance(11_000);

      await twice('tick');

      expect(await app.ports.db.sql.selectFrom('assignments').select('id').where('worker_id', '=', worker.id).where('expires_at', '<=', app.clock.now()).execute()).toEqual([]);
    });

    it('end a stack that is to go', async () => {
      const stack = await aStackOfItsOwn(app);
      await deleteStack(app.ports, admin, { id: stack.id });
      await noMessages();

      await twice('tick');

      expect(await app.ports.db.sql.selectFrom('stacks').select('id').where('id', '=', stack.id).execute()).toEqual([]);
    });

    it('forget sessions, keys of messages and dead letters that no longer matter', async () => {
      const { key, secret } = await createApiKey(app.ports, admin, { name: 'ci', admin: true });
      await exchangeApiKey(app.ports, { id: key.id, secret, remoteIp: null });
      const now = app.clock.now();
      await app.ports.db.sql.insertInto('message_dedup').values({ queue: 'async', dedup_key: 'k', expires_at: now }).execute();
      await app.ports.db.sql.insertInto('dead_letters').values({ id: 'D', queue: 'async', type: 't', group_key: null, body: json({}), error: 'e', receive_count: 3, created_at: now, received_at: now }).execute();
      await twice('sessions');
      expect([await count('sessions'), await count('dead_letters')]).toEqual([1, 1]);
      app.clock.advance(15 * DAY_MS);

      await twice('sessions');

      expect([await count('sessions'), await count('message_dedup'), await count('dead_letters')]).toEqual([0, 0, 0]);
    });

    it('forget what is kept for some days only', async () => {
      const stack = await aStackOfItsOwn(app, { localPreviewEnabled: true });
      const run = await insertTestRun(app, stack, { state: 'FAILED' });
      await recordIgnoredTrigger(app.ports, { stackId: stack.id, commitHash: 'a'.repeat(40), branch: 'main', reason: 'outside project root' });
      await uploadLocalWorkspace(app.ports, admin, { stackId: stack.id });
      await stateUploadUrl(app.ports, admin);
      const created_at = app.clock.now();
      await app.ports.objects.put('states', 'rescue/x', Buffer.from('{}'));
      await app.ports.db.sql.insertInto('artifacts').values({ id: app.ports.ids.ulid(), run_id: run.id, lease: 1, kind: 'errored-state', bucket: 'states', object_key: 'rescue/x', bytes: 2, sha256: '', created_at }).execute();
      await app.ports.db.sql.insertInto('unused_objects').values({ bucket: 'documents', object_key: 'gone', due_at: new Date(created_at.getTime() + DAY_MS) }).execute();
      const kept = async () => [await count('ignored_triggers'), await count('local_workspaces'), await count('uploaded_states'), await count('artifacts'), await count('unused_objects')];
      await twice('retention');
      expect(await kept()).toEqual([1, 1, 1, 1, 1]);
      app.clock.advance(31 * DAY_MS);

      await twice('retention');

      expect(await kept()).toEqual([0, 0, 0, 0, 0]);
      expect(await app.ports.objects.get('states', 'rescue/x')).toBeUndefined();
      expect(await reload(app, run)).toBeDefined();
    });

    it('go on with the other jobs when one fails, and say which', async () => {
      const stack = await aStackOfItsOwn(app);
      await recordIgnoredTrigger(app.ports, { stackId: stack.id, commitHash: 'a'.repeat(40), branch: 'main', reason: 'outside project root' });
      await uploadLocalWorkspace(app.ports, admin, { stackId: (await aStackOfItsOwn(app, { localPreviewEnabled: true })).id });
      await app.ports.db.sql.insertInto('unused_objects').values({ bucket: 'documents', object_key: 'broken', due_at: app.clock.now() }).execute();
      app.clock.advance(8 * DAY_MS);
      const broken: Ports = { ...app.ports, objects: { ...app.ports.objects, delete: () => Promise.reject(new Error('the object store is away')) } };

      await runTick(broken, 'retention');

      expect(await count('ignored_triggers')).toBe(0);
      expect(app.logged.filter(({ level }) => level === 'error').map(({ fields }) => fields.job)).toEqual(['forgetLocalWorkspaces', 'dropUnusedObjects']);
    });

    it('fail as messages where a job failed, so that their queue brings them again; that of every minute is followed by the next', async () => {
      await app.ports.db.sql.insertInto('unused_objects').values({ bucket: 'documents', object_key: 'broken-again', due_at: app.clock.now() }).execute();
      const away: Ports = { ...app.ports, objects: { ...app.ports.objects, delete: () => Promise.reject(new Error('the object store is away')) } };
      const now = app.clock.now();
      const state = { active: true, touchedAt: now, dueAt: null, fullPassAt: now, rejectedAt: null };
      const marker = { read: async () => ({ state, version: '1' }), readAhead: () => {}, vouched: () => {}, touch: async () => {}, noteRejection: async () => {}, replace: async () => true };
      const scheduler = { marker, resend: async () => 0 };

      await expect(takeTick(away, scheduler, 'retention')).rejects.toThrow('the object store is away');
      await takeTick(app.ports, scheduler, 'retention');
      await takeTick({ ...app.ports, db: { ...app.ports.db, transaction: () => Promise.reject(new Error('the database is away')) } }, scheduler, 'tick');
    });
  });
}
