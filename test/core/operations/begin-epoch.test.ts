import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { sweepHandovers } from '../../../lib/core/handovers/actions/sweep-handovers.ts';
import { beginEpoch } from '../../../lib/core/operations/actions/begin-epoch.ts';
import type { RunState } from '../../../lib/core/runs/run-states.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { lockState } from '../../../lib/core/state/actions/lock-state.ts';
import { recordReport } from '../../../lib/core/workers/actions/record-report.ts';
import { sweepWorkers } from '../../../lib/core/workers/actions/sweep-workers.ts';
import { RETURN_SECONDS } from '../../../lib/core/workers/worker-health.ts';
import type { WorkerInPool } from '../../../lib/core/workers/worker.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aRun, claimed, handoversApp, poolStack, walk } from '../../support/handover-builders.ts';
import { reload } from '../../support/run-builders.ts';
import { callOf, heldRun, lockInfo } from '../../support/state-builders.ts';
import { aWorker, aWorkerPool, heartbeatOf, workerNow, type TestPool } from '../../support/worker-builders.ts';

/** The old region was stopped for so long. */
const DOWN_MS = 14 * 60_000;
const RETURN_MS = RETURN_SECONDS * 1000;

for (const engine of ENGINES) {
  describe(`a region that takes over (${engine})`, () => {
    let app: TestApp;
    let pool: TestPool;
    let failovers = 0;
    let names = 0;
    before(async () => {
      app = await handoversApp({ engine });
    });
    beforeEach(async () => {
      await app.drain();
      pool = await aWorkerPool(app, { name: `fleet-${++names}` });
    });
    after(() => app.close());

    const aStackOfPool = () => poolStack(app, pool, { id: `network-${++names}` });
    const held = async (...path: readonly RunState[]) => {
      const stack = await aStackOfPool();
      const run = await aRun(app, stack);
      const worker = await aWorker(app, pool);
      const job = await claimed(app, worker);
      await walk(app, worker, job, 'PREPARING', ...path);
      return { run, worker, job, stack };
    };
    const takeOver = (failover = `failover-${++failovers}`, after = 0) => beginEpoch(app.ports, { failover, region: 'eu-central-1', after });
    const beat = (worker: WorkerInPool, seq = 1) =>
      recordReport(app.ports, { poolId: worker.poolId, workerId: worker.id, message: heartbeatOf(app, { seq, state: 'busy' }), receivedAt: app.clock.now() });
    const tick = async () => {
      await sweepWorkers(app.ports);
      await sweepHandovers(app.ports);
      await app.drain();
    };
    const last = async (run: Pick<Run, 'id'>) => (await historyOf(app.ports.db.sql, run.id))[0];
    const outbox = () => app.ports.db.sql.selectFrom('messages').select(['type', 'sent_at', 'receive_count', 'visible_at']).orderBy('seq').execute();

    it('begins an epoch later than any other, once for a failover', async () => {
      const first = await takeOver('the first');
      expect(await takeOver('the first')).toMatchObject({ epoch: first.epoch });
      expect(await takeOver('a second', 40)).toMatchObject({ epoch: 41 });
      expect(await takeOver('a third', 7)).toMatchObject({ epoch: 42 });
      const rows = await app.ports.db.sql.selectFrom('audit').select(['actor', 'resource_id']).where('action', '=', 'region.failover').execute();
      expect(rows).toEqual(Array.from({ length: 3 }, () => ({ actor: 'system::operations', resource_id: 'eu-central-1' })));
    });

    it('sends again what the old region\'s queues hold, and what it announces afterwards only once', async () => {
      await held();
      const now = app.clock.now();
      const later = new Date(now.getTime() + 3_600_000);
      await app.ports.db.sql.updateTable('messages').set({ sent_at: now, visible_at: later, receive_count: 4 }).execute();
      const before = await outbox();
      expect(before.length).toBeGreaterThan(0);

      expect(await takeOver('again')).toMatchObject({ messages: before.length });
      expect(await outbox()).toEqual(before.map(({ type }) => ({ type, sent_at: null, receive_count: 0, visible_at: now })));

      await app.ports.db.sql.updateTable('messages').set({ sent_at: now, visible_at: later }).execute();
      expect(await takeOver('again')).toMatchObject({ messages: 0 });
      expect((await outbox()).every(({ sent_at: at }) => at !== null)).toBe(true);
      await app.ports.db.sql.deleteFrom('messages').execute();
    });

    it('goes on with a run whose worker returns', async () => {
      const { run, worker, job } = await held('INITIALIZING');
      app.clock.advance(DOWN_MS);
      await takeOver();
      await tick();
      expect(await reload(app, run)).toMatchObject({ state: 'INITIALIZING' });

      app.clock.advance(9 * 60_000);
      await beat(worker);
      app.clock.advance(90_000);
      await tick();

      await walk(app, worker, job, 'INITIALIZING', 'PLANNING');
      expect(await reload(app, run)).toMatchObject({ state: 'PLANNING', workerId: worker.id });

      app.clock.advance(120_000);
      await tick();
      expect(await last(run)).toMatchObject({ state: 'FAILED', note: `worker lost: no heartbeat from ${worker.id} for 210s` });
    });

    it('fails the run of a worker that does not return within ten minutes, and says why', async () => {
      const { run, worker } = await held('INITIALIZING');
      app.clock.advance(DOWN_MS);
      await takeOver();
      app.clock.advance(RETURN_MS - 1000);
      await tick();
      expect(await reload(app, run)).toMatchObject({ state: 'INITIALIZING' });

      app.clock.advance(1000);
      await tick();

      expect(await last(run)).toMatchObject({ state: 'FAILED', note: 'region failover' });
      expect(await workerNow(app, worker)).toBeUndefined();
    });

    it('gives no run to another worker that may have begun where nobody took it down', async () => {
      const { run } = await held();
      await takeOver();
      app.clock.advance(RETURN_MS);
      await tick();
      expect(await last(run)).toMatchObject({ state: 'FAILED', note: 'region failover' });
    });

    it('assigns nothing to a worker that has not returned', async () => {
      const idle = await aWorker(app, pool);
      app.clock.advance(1000);
      await takeOver();
      await aRun(app, await aStackOfPool());
      await tick();
      expect((await workerNow(app, idle))?.busy).toBe(false);

      app.clock.advance(1000);
      await beat(idle);
      await tick();
      expect((await workerNow(app, idle))?.busy).toBe(true);
      app.clock.advance(RETURN_MS);
      await tick();
    });

    it('forgets what the old broker said of a worker', async () => {
      const { run, worker } = await held('INITIALIZING');
      app.clock.advance(1000);
      const message = { v: 1, type: 'worker.lost', bootId: 'boot-1' } as const;
      await recordReport(app.ports, { poolId: worker.poolId, workerId: worker.id, message, receivedAt: app.clock.now() });
      await takeOver();
      app.clock.advance(5 * 60_000);
      await tick();
      expect(await reload(app, run)).toMatchObject({ state: 'INITIALIZING' });
    });

    it('has those wait anew that have not returned when it was interrupted and is told again', async () => {
      const [gone, back] = [await held('INITIALIZING'), await held('INITIALIZING')];
      await takeOver('interrupted');
      app.clock.advance(60_000);
      await beat(back.worker);
      app.clock.advance(RETURN_MS);

      expect((await takeOver('interrupted')).workers).toBeGreaterThanOrEqual(1);
      await tick();
      expect(await reload(app, gone.run)).toMatchObject({ state: 'INITIALIZING' });
      // That one was there already, and fell silent since.
      expect(await last(back.run)).toMatchObject({ state: 'FAILED', note: expect.stringContaining('no heartbeat from') });

      app.clock.advance(RETURN_MS);
      await tick();
      expect(await last(gone.run)).toMatchObject({ state: 'FAILED', note: 'region failover' });
    });

    it('frees the lock of a run that ends so, and no lock that is newer', async () => {
      const { run, worker, stack } = await held('INITIALIZING', 'PLANNING');
      const call = { runId: run.id, workerId: worker.id, lease: 1, workspace: 'default' };
      expect(await lockState(app.ports, call, lockInfo('old'))).toMatchObject({ holder: null });
      await takeOver();
      const task = () => heldRun(app, stack, { type: 'TASK', state: 'PERFORMING' });
      const newer = await task();
      expect(await lockState(app.ports, callOf(newer), lockInfo('newer'))).toMatchObject({ holder: { ID: 'old' } });

      app.clock.advance(RETURN_MS);
      await tick();
      expect(await last(run)).toMatchObject({ state: 'FAILED', note: 'region failover' });
      expect(await lockState(app.ports, callOf(newer), lockInfo('newer'))).toMatchObject({ holder: null });

      await tick();
      const another = await task();
      expect(await lockState(app.ports, callOf(another), lockInfo('another'))).toMatchObject({ holder: { ID: 'newer' } });
    });

    it('lets each worker either return or be lost when both happen at once', async () => {
      const runs: { run: Run; worker: WorkerInPool }[] = [];
      for (let count = 0; count < 6; count++) runs.push(await held('INITIALIZING'));
      await takeOver();
      app.clock.advance(RETURN_MS);

      await Promise.all([sweepWorkers(app.ports), ...runs.map(({ worker }) => beat(worker)), sweepWorkers(app.ports)]);
      await app.drain();

      for (const { run, worker } of runs) {
        const there = (await workerNow(app, worker)) !== undefined;
        const { state, note } = (await last(run)) ?? {};
        expect({ there, state, note }).toEqual(there ? { there, state: 'INITIALIZING', note: null } : { there, state: 'FAILED', note: 'region failover' });
      }
    });
  });
}
