import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { discardRun } from '../../../lib/core/runs/actions/discard-run.ts';
import { scheduleStack } from '../../../lib/core/runs/actions/schedule-stack.ts';
import { stepRun } from '../../../lib/core/runs/actions/step-run.ts';
import { triggerRun } from '../../../lib/core/runs/actions/trigger-run.ts';
import { json } from '../../../lib/core/ports/json.ts';
import { systemActor } from '../../../lib/core/shared/actor.ts';
import { getStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPool, aStackOfItsOwn, commitWith, insertTestRun, reload } from '../../support/run-builders.ts';

for (const engine of ENGINES) {
  describe(`scheduling the runs of a stack on ${engine}`, () => {
    let app: TestApp;
    let stack: Stack;
    let pool: string;

    before(async () => {
      app = await testApp({ engine });
      await aStackOfItsOwn(app);
    });
    after(() => app.close());
    beforeEach(async () => {
      pool = await aPool(app);
      stack = await aStackOfItsOwn(app, { workerPoolId: pool });
    });

    const schedule = () => scheduleStack(app.ports, { stackId: stack.id });
    const set = (changes: Record<string, unknown>) => app.ports.db.sql.updateTable('stacks').set(changes).where('id', '=', stack.id).execute();
    const shown = async (...runs: { readonly id: string }[]) =>
      Promise.all(runs.map(async (run) => reload(app, run).then(({ state, waiting }) => [state, waiting?.reason ?? null])));

    it('readies the oldest deployment and says of the others which run blocks them', async () => {
      const first = await insertTestRun(app, stack);
      const second = await insertTestRun(app, stack, { type: 'TASK' });
      const preview = await insertTestRun(app, stack, { type: 'PROPOSED' });

      await schedule();

      expect(await shown(first, second, preview)).toEqual([['READY', 'waiting for a worker'], ['QUEUED', `blocked by run ${first.id}`], ['READY', 'waiting for a worker']]);
      expect((await reload(app, second)).waiting).toMatchObject({ runId: first.id });
      expect((await getStack(app.ports.db.sql, stack.id)).blockerRunId).toBe(first.id);
    });

    it('goes on with the next once the slot is free', async () => {
      const first = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
      const next = await insertTestRun(app, stack);
      await schedule();
      expect(await shown(next)).toEqual([['QUEUED', `blocked by run ${first.id}`]]);

      await stepRun(app.ports, systemActor('test'), await reload(app, first), 'discard');
      await schedule();

      expect(await shown(next)).toEqual([['READY', 'waiting for a worker']]);
      expect((await getStack(app.ports.db.sql, stack.id)).blockerRunId).toBe(next.id);
    });

    it('readies one run when ten look at once', async () => {
      for (let i = 0; i < 5; i++) await insertTestRun(app, stack);

      await Promise.all(Array.from({ length: 10 }, schedule));

      const rows = await app.ports.db.sql.selectFrom('runs').select('id').where('stack_id', '=', stack.id).where('state', '=', 'READY').execute();
      expect(rows).toHaveLength(1);
      expect((await getStack(app.ports.db.sql, stack.id)).blockerRunId).toBe(rows[0]?.id);
    });

    it('changes nothing when it is repeated', async () => {
      const runs = [await insertTestRun(app, stack), await insertTestRun(app, stack), await insertTestRun(app, stack, { type: 'PROPOSED' })];
      await schedule();
      const before = await Promise.all(runs.map((run) => reload(app, run)));
      app.clock.advance(60_000);
      await app.ports.db.sql.deleteFrom('messages').execute();

      await schedule();

      expect(await Promise.all(runs.map((run) => reload(app, run)))).toEqual(before);
      expect(await app.queued()).toEqual([]);
    });

    it('takes back what no worker has begun when the stack is disabled, and lets it go again', async () => {
      const tracked = await insertTestRun(app, stack, { state: 'READY' });
      const preview = await insertTestRun(app, stack, { type: 'PROPOSED', state: 'READY' });
      await set({ is_disabled: true });

      await schedule();
      await schedule();
      expect(await shown(tracked, preview)).toEqual([['QUEUED', 'stack is disabled'], ['QUEUED', 'stack is disabled']]);
      expect((await getStack(app.ports.db.sql, stack.id)).blockerRunId).toBeNull();

      await set({ is_disabled: false });
      await schedule();
      expect(await shown(tracked, preview)).toEqual([['READY', 'waiting for a worker'], ['READY', 'waiting for a worker']]);
    });

    it('leaves alone what a worker has begun', async () => {
      const run = await insertTestRun(app, stack, { state: 'PLANNING' });
      await set({ is_disabled: true });

      await schedule();

      expect(await shown(run)).toEqual([['PLANNING', null]]);
    });

    it('says that there is no pool, and takes the one that comes', async () => {
      await set({ worker_pool_id: null });
      const run = await insertTestRun(app, { ...stack, workerPoolId: null });
      await schedule();
      expect(await shown(run)).toEqual([['QUEUED', 'no worker pool attached']]);

      const shared = await aPool(app, { isShared: true });
      await schedule();

      expect(await reload(app, run)).toMatchObject({ state: 'READY', workerPoolId: shared });
      await app.ports.db.sql.updateTable('worker_pools').set({ is_shared: false }).where('id', '=', shared).execute();
    });

    it('lets only the destruction of a stack through while it is being deleted', async () => {
      const queued = await insertTestRun(app, stack, { type: 'PROPOSED' });
      const destroy = await insertTestRun(app, stack, { type: 'DESTROY' });
      await set({ deleting: true });

      await schedule();

      expect(await shown(queued, destroy)).toEqual([['QUEUED', 'stack is being deleted'], ['READY', 'waiting for a worker']]);
    });

    it('follows from the messages of the runs alone', async () => {
      await set({ tracked_commit: json(commitWith()) });
      const first = await triggerRun(app.ports, writerActor(), { stackId: stack.id });
      const second = await triggerRun(app.ports, writerActor(), { stackId: stack.id });
      await app.drain();
      expect(await shown(first, second)).toEqual([['READY', expect.stringContaining('worker')], ['QUEUED', `blocked by run ${first.id}`]]);

      await discardRun(app.ports, writerActor(), { stackId: stack.id });
      await app.drain();

      expect(await shown(first, second)).toEqual([['DISCARDED', null], ['READY', expect.stringContaining('worker')]]);
    });

    it('has nothing to do for a stack that is gone', async () => {
      await scheduleStack(app.ports, { stackId: 'nowhere' });
    });
  });
}
