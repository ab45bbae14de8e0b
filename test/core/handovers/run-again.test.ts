// A run whose host, bucket or key service does not answer at the moment it is handed over.
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { assignPool } from '../../../lib/core/handovers/actions/assign-pool.ts';
import { claimRun } from '../../../lib/core/handovers/actions/claim-run.ts';
import { readRunLogs } from '../../../lib/core/handovers/actions/read-run-logs.ts';
import { requestStop } from '../../../lib/core/runs/actions/request-stop.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import { unavailable } from '../../../lib/core/shared/errors.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aRun, claimed, handoversApp, poolStack, workerAgain } from '../../support/handover-builders.ts';
import { reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, workerNow } from '../../support/worker-builders.ts';

const REASON = 'repository https://git.example.com/infra.git did not answer within 27 seconds';

for (const engine of ENGINES) {
  describe(`a run that needs what does not answer (${engine})`, () => {
    let app: TestApp;
    before(async () => void (app = await handoversApp({ engine })));
    after(() => app.close());

    const setting = async () => {
      const pool = await aWorkerPool(app, { name: app.ports.ids.ulid() });
      const stack = await poolStack(app, pool, { id: app.ports.ids.ulid().toLowerCase() });
      return { pool, stack, run: await aRun(app, stack), worker: await aWorker(app, pool) };
    };
    /** While the host of repositories is silent. */
    const silent = (after: () => Promise<unknown> = async () => {}): typeof app.ports => ({
      ...app.ports,
      vcs: {
        ...app.ports.vcs,
        file: async () => {
          await after();
          throw unavailable(REASON);
        },
      },
    });

    it('waits half a minute, says for what, and then begins', async () => {
      const { pool, run, worker } = await setting();

      expect(await claimRun(silent(), worker)).toBeUndefined();

      expect(await workerNow(app, worker)).toMatchObject({ runId: null, busy: false });
      expect(await reload(app, run)).toMatchObject({ state: 'READY', attempts: 1, workerId: null, waiting: { reason: `waiting to be tried again: ${REASON}`, workerPoolId: pool.pool.id } });
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'READY', note: REASON, terminal: false });
      expect(await readRunLogs(app.ports, { run: await reload(app, run), state: 'PREPARING', stateVersion: null, token: null })).toMatchObject({
        finished: true,
        messages: [{ message: `[Ground Control] ${REASON}` }],
      });
      await app.drain();
      expect((await reload(app, run)).waiting?.reason).toBe(`waiting to be tried again: ${REASON}`);

      app.clock.advance(31_000);
      await app.drain();
      expect(app.published.findLast(({ message }) => message.type === 'run.assign')).toMatchObject({ workerId: worker.id, message: { runId: run.id } });
      expect(await claimed(app, worker)).toMatchObject({ run: { id: run.id }, lease: 2 });
      expect(await reload(app, run)).toMatchObject({ state: 'PREPARING', againAt: null, attempts: 2 });
    });

    it('lets others of its pool go first meanwhile', async () => {
      const { pool, stack, run, worker } = await setting();
      await claimRun(silent(), worker);
      const next = await aRun(app, stack, { type: 'PROPOSED' });

      await assignPool(app.ports, { poolId: pool.pool.id });

      expect(app.published.findLast(({ message }) => message.type === 'run.assign')).toMatchObject({ message: { runId: next.id } });
      expect((await claimed(app, worker)).run.id).toBe(next.id);
      expect((await reload(app, run)).state).toBe('READY');
    });

    it('has failed when it was handed over three times in vain, with the reason', async () => {
      const { run, worker } = await setting();
      for (let attempt = 1; attempt <= 3; attempt++) {
        expect((await reload(app, run)).state).toBe('READY');
        expect(await claimRun(silent(), await workerAgain(app, worker))).toBeUndefined();
        app.clock.advance(31_000);
      }

      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', terminal: true, note: `${REASON}; the run was handed over 3 times and did not begin` });
      expect(await workerNow(app, worker)).toMatchObject({ runId: null, busy: false });
    });

    it('is stopped instead when somebody asks for that', async () => {
      const { run, worker } = await setting();

      await claimRun(silent(async () => requestStop(app.ports, adminActor(), await reload(app, run), 'not now')), worker);

      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'STOPPED', note: 'not now' });
    });

    it('leaves the next run to the next call when the answer was long awaited', async () => {
      const { stack, worker } = await setting();
      const next = await aRun(app, stack, { type: 'PROPOSED' });

      expect(await claimRun(silent(async () => app.clock.advance(27_000)), worker)).toBeUndefined();

      expect((await reload(app, next)).state).toBe('READY');
      expect((await claimed(app, worker)).run.id).toBe(next.id);
    });
  });
}
