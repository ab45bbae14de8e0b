import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { authenticateWorker } from '../../../lib/core/workers/actions/authenticate-worker.ts';
import { checkWorker } from '../../../lib/core/workers/actions/check-worker.ts';
import { cyclePool } from '../../../lib/core/workers/actions/cycle-pool.ts';
import { deregisterWorker } from '../../../lib/core/workers/actions/deregister-worker.ts';
import { recordReport } from '../../../lib/core/workers/actions/record-report.ts';
import { excuseDowntime, sweepWorkers } from '../../../lib/core/workers/actions/sweep-workers.ts';
import type { Worker } from '../../../lib/core/workers/worker.ts';
import { receiveReport } from '../../../lib/edge/mqtt/worker-reports.ts';
import { adminActor } from '../../support/actors.ts';
import { ENGINES } from '../../support/database.ts';
import {
  assign,
  aWorker,
  aWorkerPool,
  claim,
  heartbeatOf,
  workerNow,
  workersApp,
  type TestPool,
  type WorkersApp,
} from '../../support/worker-builders.ts';

for (const engine of ENGINES) {
  describe(`what workers report (${engine})`, () => {
    let app: WorkersApp;
    let fleet: TestPool;
    before(async () => {
      app = await workersApp({ engine });
      fleet = await aWorkerPool(app);
    });
    beforeEach(async () => {
      await app.ports.db.sql.deleteFrom('messages').execute();
      app.lost.length = 0;
      app.published.length = 0;
    });
    after(() => app.close());
    type Who = Pick<Worker, 'id' | 'poolId'>;
    const beat = (worker: Who, changes: Parameters<typeof heartbeatOf>[1] = {}, receivedAt = app.clock.now()) =>
      recordReport(app.ports, { poolId: worker.poolId, workerId: worker.id, message: heartbeatOf(app, changes), receivedAt });
    const lastWill = (worker: Who, bootId = 'boot-1', receivedAt = app.clock.now()) =>
      recordReport(app.ports, { poolId: worker.poolId, workerId: worker.id, message: { v: 1, type: 'worker.lost', bootId }, receivedAt });

    describe('heartbeats', () => {
      it('show that the worker lives', async () => {
        const worker = await aWorker(app, fleet);
        app.clock.advance(60_000);
        expect(await beat(worker)).toEqual({ drained: false, cycle: false });
        expect(await workerNow(app, worker)).toMatchObject({ lastSeenAt: app.clock.now(), heartbeatSeq: 1 });
      });

      it('that come late or twice change nothing', async () => {
        const worker = await aWorker(app, fleet);
        const early = app.clock.now();
        app.clock.advance(40_000);
        await beat(worker, { seq: 3 });
        const expected = await workerNow(app, worker);
        expect(await beat(worker, { seq: 3 })).toBeUndefined();
        expect(await beat(worker, { seq: 2 }, early)).toBeUndefined();
        expect(await workerNow(app, worker)).toEqual(expected);
      });

      it('that waited in the queue never set the clock back', async () => {
        const worker = await aWorker(app, fleet);
        const sent = app.clock.now();
        app.clock.advance(30_000);
        await authenticateWorker(app.ports, worker.token);
        await beat(worker, { seq: 1 }, sent);
        expect((await workerNow(app, worker))?.lastSeenAt).toEqual(app.clock.now());
      });

      it('of another process or another pool are not the worker’s', async () => {
        const worker = await aWorker(app, fleet);
        expect(await beat(worker, { bootId: 'boot-2' })).toBeUndefined();
        expect(await beat({ ...worker, poolId: 'OTHER' })).toBeUndefined();
        expect(await workerNow(app, worker)).toMatchObject({ heartbeatSeq: 0 });
      });

      it('of a worker that was told to end say that it takes no further run', async () => {
        const worker = await aWorker(app, fleet);
        expect(await beat(worker, { draining: true })).toEqual({ drained: true, cycle: false });
      });

      it('of an idle worker that missed a cycle are answered with it', async () => {
        const own = await aWorkerPool(app);
        const worker = await aWorker(app, own);
        await cyclePool(app.ports, adminActor(), { id: own.pool.id });
        app.published.length = 0;
        expect(await beat(worker, { seq: 1, state: 'busy' })).toMatchObject({ cycle: true });
        expect(app.published).toEqual([]);
        await beat(worker, { seq: 2 });
        expect(app.published).toEqual([expect.objectContaining({ workerId: worker.id, message: expect.objectContaining({ type: 'worker.cycle' }) })]);
      });

      it('come through the queue with the ids of their topic; what is no message of ours is dropped', async () => {
        const worker = await aWorker(app, fleet);
        const report = { poolId: worker.poolId, workerId: worker.id, receivedAt: app.clock.now() };
        await receiveReport(app.ports, {
          ...report,
          payload: Buffer.from(JSON.stringify({ ...heartbeatOf(app, { seq: 5 }), workerId: 'SOMEBODY ELSE' })),
        });
        for (const rubbish of ['', 'not json', '{"v":1,"type":"unheard-of"}', '{"v":2,"type":"heartbeat"}', '[]'])
          await receiveReport(app.ports, { ...report, payload: Buffer.from(rubbish) });
        expect((await app.queued()).filter(({ queue }) => queue === 'iot')).toHaveLength(1);
        await app.drain();
        expect(await workerNow(app, worker)).toMatchObject({ heartbeatSeq: 5 });
      });
    });

    describe('goodbyes', () => {
      it('remove the worker', async () => {
        const worker = await aWorker(app, fleet);
        await recordReport(app.ports, {
          poolId: worker.poolId,
          workerId: worker.id,
          message: { v: 1, type: 'worker.bye', id: 'x', ts: '', reason: 'signal' },
          receivedAt: app.clock.now(),
        });
        expect(await workerNow(app, worker)).toBeUndefined();
        await app.drain();
        expect(app.lost).toEqual([]);
      });

      it('do not come from another pool', async () => {
        const worker = await aWorker(app, fleet);
        await recordReport(app.ports, {
          poolId: 'OTHER',
          workerId: worker.id,
          message: { v: 1, type: 'worker.bye', id: 'x', ts: '', reason: 'signal' },
          receivedAt: app.clock.now(),
        });
        expect(await workerNow(app, worker)).toBeDefined();
      });

      it('of a worker that still held a run end the run; what was only assigned waits again', async () => {
        const [busy, assigned] = [await aWorker(app, fleet), await aWorker(app, fleet)];
        await claim(app, busy, 'RUN-1', 2);
        await assign(app, fleet.pool, assigned, 'RUN-2');
        app.changedPools.length = 0;
        await deregisterWorker(app.ports, busy, 'fatal');
        await deregisterWorker(app.ports, busy, 'fatal');
        await deregisterWorker(app.ports, assigned, 'cycle');
        await app.drain();
        expect(app.lost).toEqual([
          {
            workerId: busy.id,
            poolId: fleet.pool.id,
            runId: 'RUN-1',
            lease: 2,
            reason: `worker lost: ${busy.id} left while it held the run (fatal)`,
            mayRequeue: true,
          },
        ]);
        expect(app.changedPools).toContain(fleet.pool.id);
        expect(await app.ports.db.sql.selectFrom('assignments').select('id').where('worker_id', '=', assigned.id).execute()).toEqual([]);
      });
    });

    describe('last wills', () => {
      it('make the worker suspect, and lost after 30 s without a sign of life', async () => {
        const worker = await aWorker(app, fleet);
        await claim(app, worker, 'RUN-1', 1);
        app.clock.advance(10_000);
        await lastWill(worker);
        expect((await workerNow(app, worker))?.willAt).toEqual(app.clock.now());
        app.clock.advance(29_000);
        await app.drain();
        expect(await workerNow(app, worker)).toBeDefined();

        app.clock.advance(1_000);
        await app.drain();

        expect(await workerNow(app, worker)).toBeUndefined();
        expect(app.lost).toEqual([
          {
            workerId: worker.id,
            poolId: fleet.pool.id,
            runId: 'RUN-1',
            lease: 1,
            reason: `worker lost: no heartbeat from ${worker.id} for 40s`,
            mayRequeue: true,
          },
        ]);
        expect(app.disconnected).toContainEqual({ poolId: fleet.pool.id, workerId: worker.id });
        await expect(authenticateWorker(app.ports, worker.token)).rejects.toMatchObject({ details: { workerCode: 'worker_unknown' } });
      });

      it('are forgotten when the worker reconnects in time', async () => {
        const worker = await aWorker(app, fleet);
        app.clock.advance(10_000);
        await lastWill(worker);
        app.clock.advance(20_000);
        await beat(worker);
        app.clock.advance(11_000);
        await app.drain();
        expect(await workerNow(app, worker)).toMatchObject({ willAt: null });
        expect((await app.queued()).filter(({ name }) => name === 'worker.check')).toEqual([]);
      });

      it('that arrive after what the worker said since, or of another process, change nothing', async () => {
        const worker = await aWorker(app, fleet);
        const dropped = app.clock.now();
        app.clock.advance(5_000);
        await beat(worker);
        await lastWill(worker, 'boot-1', dropped);
        await lastWill(worker, 'boot-2');
        expect(await workerNow(app, worker)).toMatchObject({ willAt: null });
      });

      it('are not undone by a heartbeat from before the connection broke', async () => {
        const worker = await aWorker(app, fleet);
        app.clock.advance(1_000);
        const sent = app.clock.now();
        app.clock.advance(1_000);
        await lastWill(worker);
        await beat(worker, { seq: 1 }, sent);
        expect((await workerNow(app, worker))?.willAt).toEqual(app.clock.now());
      });
    });

    describe('silence', () => {
      it('of a busy worker is found by the check that its claim left behind', async () => {
        const worker = await aWorker(app, fleet);
        await claim(app, worker, 'RUN-1', 1);
        for (const seq of [1, 2, 3]) {
          app.clock.advance(20_000);
          await beat(worker, { seq, state: 'busy' });
        }
        app.clock.advance(61_000);
        await app.drain();
        expect(await workerNow(app, worker)).toBeDefined();

        app.clock.advance(59_000);
        await app.drain();

        expect(await workerNow(app, worker)).toBeUndefined();
        expect(app.lost).toEqual([expect.objectContaining({ runId: 'RUN-1', reason: `worker lost: no heartbeat from ${worker.id} for 120s` })]);
      });

      it('is not watched for a handover that is over', async () => {
        const worker = await aWorker(app, fleet);
        await claim(app, worker, 'RUN-2', 1);
        await checkWorker(app.ports, { workerId: worker.id, runId: 'RUN-1', lease: 1 });
        await checkWorker(app.ports, { workerId: worker.id, runId: 'RUN-2', lease: 0 });
        await checkWorker(app.ports, { workerId: 'GONE' });
        expect((await app.queued()).filter(({ name }) => name === 'worker.check')).toHaveLength(1);
      });

      it('of idle workers is found by the sweep, which lets the living be', async () => {
        const silent = await aWorker(app, fleet);
        app.clock.advance(200_000);
        const living = await aWorker(app, fleet);
        app.clock.advance(39_000);
        await sweepWorkers(app.ports);
        expect(await workerNow(app, silent)).toBeDefined();
        app.clock.advance(1_000);
        await sweepWorkers(app.ports);
        expect(await workerNow(app, silent)).toBeUndefined();
        expect(await workerNow(app, living)).toBeDefined();
      });

      it('of one worker is announced once, however many look at the same time', async () => {
        const worker = await aWorker(app, fleet);
        await claim(app, worker, 'RUN-1', 1);
        app.clock.advance(120_000);
        await Promise.all([
          ...Array.from({ length: 5 }, () => sweepWorkers(app.ports)),
          ...Array.from({ length: 5 }, () => checkWorker(app.ports, { workerId: worker.id, runId: 'RUN-1', lease: 1 })),
        ]);
        await app.drain();
        expect(app.lost.filter(({ runId }) => runId === 'RUN-1')).toHaveLength(1);
      });

      it('while the server was down is not held against the workers', async () => {
        const worker = await aWorker(app, fleet);
        await claim(app, worker, 'RUN-1', 1);
        app.clock.advance(1_000);
        await lastWill(worker);
        app.clock.advance(3_600_000);
        await excuseDowntime(app.ports);
        await sweepWorkers(app.ports);
        await app.drain();
        expect(await workerNow(app, worker)).toMatchObject({ runId: 'RUN-1', willAt: null });
        app.clock.advance(121_000);
        await app.drain();
        expect(app.lost).toHaveLength(1);
      });
    });
  });
}
