import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { inPoolOrder } from '../../../lib/core/runs/pool-queue.ts';
import { claimableRuns, nextRunForPool, pendingRuns, pendingRunsOfPools, schedulableRuns } from '../../../lib/core/runs/pool-queue-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPool, aStackOfItsOwn, insertTestRun } from '../../support/run-builders.ts';

for (const engine of ENGINES) {
  describe(`the queue of a worker pool on ${engine}`, () => {
    let app: TestApp;
    let pool: string;
    const minute = 60_000;

    before(async () => {
      app = await testApp({ engine });
      await aStackOfItsOwn(app);
    });
    after(() => app.close());
    beforeEach(async () => {
      pool = await aPool(app);
    });

    const waits = async (changes: Partial<Run>, stack?: { readonly id: string; readonly spaceId: string; readonly workerPoolId: string | null; readonly branch: string }) => {
      app.clock.advance(minute);
      return insertTestRun(app, stack ?? (await aStackOfItsOwn(app)), { state: 'READY', workerPoolId: pool, ...changes });
    };
    const order = async () => (await claimableRuns(app.ports.db.sql, pool)).map(({ id }) => id);

    it('serves what changes something first, then previews, then drift detection, each by age', async () => {
      const drift = await waits({ type: 'PROPOSED', driftDetection: true });
      const preview = await waits({ type: 'PROPOSED' });
      const task = await waits({ type: 'TASK' });
      const confirmed = await waits({ state: 'CONFIRMED' });
      const replan = await waits({ state: 'REPLAN_REQUESTED' });
      const later = await waits({ type: 'PROPOSED' });

      expect(await order()).toEqual([task.id, confirmed.id, replan.id, preview.id, later.id, drift.id]);
    });

    it('serves prioritized runs before all others, and unimportant ones last', async () => {
      const low = await waits({ priority: 'LOW' });
      const normal = await waits({});
      const high = await waits({ type: 'PROPOSED', priority: 'HIGH' });

      expect(await order()).toEqual([high.id, normal.id, low.id]);
    });

    it('never lets a prioritized preview pass the deployment of its own stack', async () => {
      const stack = await aStackOfItsOwn(app);
      const older = await waits({});
      const tracked = await waits({}, stack);
      const preview = await waits({ type: 'PROPOSED', priority: 'HIGH' }, stack);
      const other = await waits({ type: 'PROPOSED', priority: 'HIGH' });

      expect(await order()).toEqual([other.id, older.id, tracked.id, preview.id]);
    });

    it('is the same by the rule and by the database', async () => {
      const stacks = [await aStackOfItsOwn(app), await aStackOfItsOwn(app), await aStackOfItsOwn(app)];
      const kinds: readonly Partial<Run>[] = [{}, { type: 'PROPOSED' }, { type: 'PROPOSED', driftDetection: true }];
      const runs = [];
      for (let i = 0; i < 36; i++) {
        const kind = kinds[(i * 7) % 3] ?? {};
        runs.push(await waits({ ...kind, priority: (['LOW', 'NORMAL', 'HIGH'] as const)[(i * 5 + (i >> 2)) % 3] ?? 'NORMAL' }, stacks[(i * 11) % 3 === 0 ? i % 3 : (i + 1) % 3]));
      }

      expect(await order()).toEqual(inPoolOrder(runs).map(({ id }) => id));
    });

    it('holds neither runs of other pools nor those that wait for something else', async () => {
      await waits({ workerPoolId: await aPool(app) });
      await waits({ state: 'UNCONFIRMED' });
      await waits({ state: 'PLANNING' });
      await waits({ state: 'FINISHED' });

      expect(await order()).toEqual([]);
      expect(await nextRunForPool(app.ports.db.sql, pool)).toBeUndefined();
    });

    it('passes over a run that is assigned, until the assignment expires', async () => {
      const first = await waits({});
      const second = await waits({});
      const now = app.clock.now();
      await app.ports.db.sql.insertInto('assignments').values({ id: `A${first.id}`, pool_id: pool, run_id: first.id, worker_id: `W${first.id}`, created_at: now, expires_at: new Date(now.getTime() + 10_000) }).execute();

      expect((await nextRunForPool(app.ports.db.sql, pool, { unassignedAt: now }))?.id).toBe(second.id);
      app.clock.advance(10_001);
      expect((await nextRunForPool(app.ports.db.sql, pool, { unassignedAt: app.clock.now() }))?.id).toBe(first.id);
    });

    it('counts what waits', async () => {
      await waits({});
      await waits({ state: 'CONFIRMED' });
      await waits({ state: 'PLANNING' });

      expect(await pendingRuns(app.ports.db.sql, pool)).toBe(2);
      expect(await pendingRunsOfPools(app.ports.db.sql, [pool, 'none'])).toEqual(new Map([[pool, 2]]));
    });

    it('is shown page by page, what is in progress first', async () => {
      const waiting = await waits({ type: 'PROPOSED' });
      const first = await waits({});
      const running = await waits({ state: 'APPLYING' });

      const page = await schedulableRuns(app.ports.db.sql, pool, { first: 2 });
      const next = await schedulableRuns(app.ports.db.sql, pool, { first: 2, after: page.endCursor });

      expect(page.items.map(({ position, run }) => [position, run.id])).toEqual([[1, running.id], [2, first.id]]);
      expect(page).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
      expect(next.items.map(({ position, run }) => [position, run.id])).toEqual([[3, waiting.id]]);
      expect(next).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    });

    if (engine === 'pg')
      it('gives two claims at once two different runs', async () => {
        const runs = [await waits({}), await waits({})];
        const { db } = app.ports;

        const taken = await db.transaction(async (a) => {
          const first = await nextRunForPool(a.sql, pool, { lock: true });
          const second = await db.transaction((b) => nextRunForPool(b.sql, pool, { lock: true }));
          return [first?.id, second?.id];
        });

        expect(taken).toEqual(runs.map(({ id }) => id));
      });
  });
}
