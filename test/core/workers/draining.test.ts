import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { setWorkerDrain } from '../../../lib/core/workers/actions/set-worker-drain.ts';
import { markFree, passOver } from '../../../lib/core/workers/worker-claims-store.ts';
import { dropAssignment, idleWorkers, listWorkers } from '../../../lib/core/workers/worker-store.ts';
import type { Worker } from '../../../lib/core/workers/worker.ts';
import { adminActor, readerActor, strangerActor } from '../../support/actors.ts';
import { ENGINES } from '../../support/database.ts';
import { assign, aWorker, aWorkerPool, claim, markClaimed, workerNow, workersApp, type TestPool, type WorkersApp } from '../../support/worker-builders.ts';

const admin = adminActor();
const code = (code: string) => expect.objectContaining({ code });
const workerCode = (workerCode: string) => expect.objectContaining({ details: expect.objectContaining({ workerCode }) });

for (const engine of ENGINES) {
  describe(`who may take a run (${engine})`, () => {
    let app: WorkersApp;
    let fleet: TestPool;
    before(async () => {
      app = await workersApp({ engine });
      fleet = await aWorkerPool(app);
    });
    after(() => app.close());
    const drain = (worker: Pick<Worker, 'id'>, drain = true) =>
      setWorkerDrain(app.ports, admin, { poolId: fleet.pool.id, workerId: worker.id, drain });
    const free = (worker: Pick<Worker, 'id' | 'poolId'>, runId = 'RUN') => app.ports.db.transaction((tx) => markFree(app.ports, tx, worker, runId));

    it('a claim makes the worker busy, and a check of its life is due when it would be lost', async () => {
      const worker = await aWorker(app, fleet);
      await app.drain();
      await claim(app, worker, 'RUN-1', 4);
      expect(await workerNow(app, worker)).toMatchObject({ busy: true, runId: 'RUN-1', lease: 4, availableAt: null });
      expect(await app.queued()).toEqual([
        expect.objectContaining({
          name: 'worker.check',
          queue: 'async',
          body: { workerId: worker.id, runId: 'RUN-1', lease: 4 },
          visibleAt: new Date(app.clock.now().getTime() + 121_000),
        }),
      ]);
    });

    it('a worker that gives its run back is available from then on, and its pool is announced', async () => {
      const worker = await aWorker(app, fleet);
      await claim(app, worker);
      await app.drain();
      app.changedPools.length = 0;
      app.clock.advance(5000);
      await free(worker);
      expect(await workerNow(app, worker)).toMatchObject({ busy: false, runId: null, lease: null, availableAt: app.clock.now() });
      await free(worker, 'ANOTHER');
      await app.drain();
      expect(app.changedPools).toEqual([fleet.pool.id, fleet.pool.id]);
    });

    it('giving back a run that it holds no longer changes nothing', async () => {
      const worker = await aWorker(app, fleet);
      await claim(app, worker, 'RUN-2');
      await free(worker, 'RUN-1');
      expect(await workerNow(app, worker)).toMatchObject({ runId: 'RUN-2' });
    });

    it('drains an idle worker: no claim after it, the assignment is dropped, the worker is told', async () => {
      const worker = await aWorker(app, fleet);
      await assign(app, fleet.pool, worker);
      expect(await workerNow(app, worker)).toMatchObject({ busy: true });

      expect(await drain(worker)).toMatchObject({ id: worker.id, drained: true, busy: false });

      expect(await workerNow(app, worker)).toMatchObject({ busy: false, drained: true });
      expect(app.published.at(-1)).toMatchObject({ workerId: worker.id, message: { type: 'worker.drain', drain: true } });
      await expect(claim(app, worker)).rejects.toEqual(workerCode('drained'));
    });

    it('lets a busy worker end its run, and says that it is busy', async () => {
      const worker = await aWorker(app, fleet);
      await claim(app, worker);
      expect(await drain(worker)).toMatchObject({ drained: true, busy: true });
      await free(worker);
      expect(await workerNow(app, worker)).toMatchObject({ drained: true, busy: false });
    });

    it('makes an undrained worker available as of now', async () => {
      const worker = await aWorker(app, fleet);
      await drain(worker);
      app.clock.advance(60_000);
      expect(await drain(worker, false)).toMatchObject({ drained: false, busy: false, availableAt: app.clock.now() });
      await claim(app, worker);
      await drain(worker);
      expect(await drain(worker, false)).toMatchObject({ busy: true, availableAt: null });
    });

    it('needs the right in the space of the pool, and a worker of that pool', async () => {
      const other = await aWorkerPool(app);
      const worker = await aWorker(app, fleet);
      const input = { poolId: fleet.pool.id, workerId: worker.id, drain: true };
      await expect(setWorkerDrain(app.ports, readerActor(), input)).rejects.toEqual(code('FORBIDDEN'));
      await expect(setWorkerDrain(app.ports, strangerActor(), input)).rejects.toEqual(code('NOT_FOUND'));
      await expect(setWorkerDrain(app.ports, admin, { ...input, poolId: other.pool.id })).rejects.toEqual(code('NOT_FOUND'));
      expect(await workerNow(app, worker)).toMatchObject({ drained: false });
      const autoscaler = strangerActor({ grants: new Map([['root', new Set(['space:read', 'worker:drain-set'] as const)]]) });
      expect(await setWorkerDrain(app.ports, autoscaler, input)).toMatchObject({ drained: true });
      const audit = await app.ports.db.sql.selectFrom('audit').selectAll().where('resource_id', '=', worker.id).execute();
      expect(audit).toEqual([expect.objectContaining({ action: 'worker.drain', actor: 'stranger', related_id: fleet.pool.id })]);
    });

    it('offers idle workers, the newest available first', async () => {
      const own = await aWorkerPool(app);
      const made: Worker[] = [];
      for (let i = 0; i < 8; i++) {
        app.clock.advance(1000);
        made.push(await aWorker(app, own));
      }
      const [oldest, busy, drained, assigned, passed, dropped, silent, newest] = made as [
        Worker,
        Worker,
        Worker,
        Worker,
        Worker,
        Worker,
        Worker,
        Worker,
      ];
      await claim(app, busy);
      await setWorkerDrain(app.ports, admin, { poolId: own.pool.id, workerId: drained.id, drain: true });
      await assign(app, own.pool, assigned, 'RUN-X');
      const now = app.clock.now();
      await app.ports.db.transaction((tx) => passOver(tx, passed.id, new Date(now.getTime() + 30_000)));
      await app.ports.db.sql.updateTable('workers').set({ will_at: now }).where('id', '=', dropped.id).execute();
      await app.ports.db.sql
        .updateTable('workers')
        .set({ last_seen_at: new Date(now.getTime() - 150_000) })
        .where('id', '=', silent.id)
        .execute();

      expect((await idleWorkers(app.ports.db.sql, own.pool.id, now)).map(({ id }) => id)).toEqual([newest.id, oldest.id]);

      const later = new Date(now.getTime() + 30_000);
      expect((await idleWorkers(app.ports.db.sql, own.pool.id, later)).map(({ id }) => id)).toEqual([newest.id, passed.id, oldest.id]);
      expect((await listWorkers(app.ports.db.sql, own.pool.id)).map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    });

    /** As the handover area does it: the assignment first, then the worker. */
    const claimAssigned = (worker: Pick<Worker, 'id'>) =>
      app.ports.db.transaction(async (tx) => {
        await dropAssignment(tx, worker.id);
        await markClaimed(app, tx, worker.id);
      });

    it('never lets a worker start once a drain said that it is free, however they race', async () => {
      const workers = await Promise.all(Array.from({ length: 8 }, () => aWorker(app, fleet)));
      const seen = { started: 0, refused: 0 };
      for (let round = 0; round < (engine === 'pg' ? 25 : 8); round++) {
        await Promise.all(
          workers.map(async (worker) => {
            await assign(app, fleet.pool, worker, `RUN-${worker.id}`);
            const draining = drain(worker);
            // Later by up to three statements, so that either comes first.
            for (let i = 0; i < round % 4; i++) await workerNow(app, worker);
            const outcome = await claimAssigned(worker).then(
              () => 'started' as const,
              () => 'refused' as const,
            );
            seen[outcome]++;
            expect({ outcome, busy: (await draining).busy }).toEqual({ outcome, busy: outcome === 'started' });
            await free(worker);
            await drain(worker, false);
          }),
        );
        await app.ports.db.sql.deleteFrom('messages').execute();
      }
      expect(seen.started).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(0);
    });

    it('lets one of ten claims of a worker through', async () => {
      const worker = await aWorker(app, fleet);
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => claim(app, worker, `RUN-${i}`)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });
}
