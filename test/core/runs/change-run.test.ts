import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { cancelRun } from '../../../lib/core/runs/actions/cancel-run.ts';
import { confirmRun } from '../../../lib/core/runs/actions/confirm-run.ts';
import { discardAllRuns } from '../../../lib/core/runs/actions/discard-all-runs.ts';
import { discardRun } from '../../../lib/core/runs/actions/discard-run.ts';
import { failRun } from '../../../lib/core/runs/actions/fail-run.ts';
import { killRun } from '../../../lib/core/runs/actions/kill-run.ts';
import { readRun } from '../../../lib/core/runs/actions/read-run.ts';
import { stopRun } from '../../../lib/core/runs/actions/stop-run.ts';
import { targetedReplan } from '../../../lib/core/runs/actions/targeted-replan.ts';
import { RUN_STATES, type RunState } from '../../../lib/core/runs/run-states.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Actor } from '../../../lib/core/shared/actor.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { readerActor, strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPool, aStackOfItsOwn, conflictOf, insertTestRun, reload } from '../../support/run-builders.ts';

const writer = writerActor();
const reader = readerActor();

for (const engine of ENGINES) {
  describe(`what people do to a run on ${engine}`, () => {
    let app: TestApp;
    let stack: Stack;

    before(async () => {
      app = await testApp({ engine });
    });
    after(() => app.close());
    beforeEach(async () => {
      stack = await aStackOfItsOwn(app);
    });

    /** From each state: where the operation leads, or nothing where it is refused without a trace. */
    async function outcomes(work: (run: Run) => Promise<Run>, type: Run['type'] = 'PROPOSED'): Promise<Partial<Record<RunState, RunState>>> {
      const found: Partial<Record<RunState, RunState>> = {};
      for (const state of RUN_STATES) {
        const own = await aStackOfItsOwn(app);
        const run = await insertTestRun(app, own, { type, state });
        try {
          found[state] = (await work(run)).state;
          expect((await reload(app, run)).state).toBe(found[state]);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(state) });
          expect(await reload(app, run)).toEqual(run);
        }
      }
      return found;
    }

    describe('confirming', () => {
      it('is for unconfirmed runs only', async () => {
        expect(await outcomes((run) => confirmRun(app.ports, writer, { runId: run.id }), 'TRACKED')).toEqual({ UNCONFIRMED: 'CONFIRMED' });
      });

      it('readies the run for its apply, asks the pool for a worker, and keeps note and metadata', async () => {
        const pool = await aPool(app);
        const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED', workerPoolId: pool, attempts: 2, decision: 'release', userMetadata: ['first'] });
        await app.ports.db.sql.deleteFrom('messages').execute();

        const confirmed = await confirmRun(app.ports, writer, { stackId: stack.id, runId: run.id, note: 'looks right', userMetadata: 'ticket 7' });

        expect(confirmed).toMatchObject({ state: 'CONFIRMED', phase: 'APPLY', attempts: 0, decision: null, userMetadata: ['first', 'ticket 7'], waiting: { reason: 'waiting for a worker', workerPoolId: pool } });
        expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'CONFIRMED', username: 'writer', note: 'looks right' });
        expect((await app.queued()).map(({ name }) => name)).toEqual(['run.advanced', 'pool.changed']);
      });

      it('takes the run that holds the stack when none is named', async () => {
        const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
        await insertTestRun(app, stack);

        expect((await confirmRun(app.ports, writer, { stackId: stack.id, runId: null })).id).toBe(run.id);
        expect(await conflictOf(confirmRun(app.ports, writer, { stackId: (await aStackOfItsOwn(app)).id }))).toContain('no run holds stack');
      });

      it('lets one of ten people through and tells the others', async () => {
        const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });

        const all = await Promise.allSettled(Array.from({ length: 10 }, () => confirmRun(app.ports, writer, { runId: run.id })));

        expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CONFLICT' });
      });

      it('is for the owner of the lock while there is one; discarding is for any writer', async () => {
        await app.ports.db.sql.updateTable('stacks').set({ locked_by: 'ada' }).where('id', '=', stack.id).execute();
        const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });

        expect(await conflictOf(confirmRun(app.ports, writer, { runId: run.id }))).toContain('is locked by ada');
        expect(await confirmRun(app.ports, writerActor(['root'], { login: 'ada' }), { runId: run.id })).toMatchObject({ state: 'CONFIRMED' });
        expect(await discardRun(app.ports, writer, { runId: run.id })).toMatchObject({ state: 'DISCARDED' });
      });

      it('wakes who watches the run', async () => {
        const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
        const { woken } = app.ports.wakeups.wait(`run:${run.id}`, 1000);

        await confirmRun(app.ports, writer, { runId: run.id });

        expect(await woken).toBe(true);
      });
    });

    it('discarding is for every run that waits, a confirmed one included', async () => {
      expect(await outcomes((run) => discardRun(app.ports, writer, { runId: run.id }))).toEqual({
        QUEUED: 'DISCARDED', READY: 'DISCARDED', PENDING_REVIEW: 'DISCARDED', UNCONFIRMED: 'DISCARDED', REPLAN_REQUESTED: 'DISCARDED', CONFIRMED: 'DISCARDED',
      });
    });

    it('canceling is for runs that have not begun', async () => {
      expect(await outcomes((run) => cancelRun(app.ports, writer, { runId: run.id }))).toEqual({ QUEUED: 'CANCELED', READY: 'CANCELED' });
    });

    it('stopping cancels what has not begun, and asks up to planning; the run keeps its state until the worker answers', async () => {
      expect(await outcomes((run) => stopRun(app.ports, writer, { runId: run.id }))).toEqual({
        QUEUED: 'CANCELED', READY: 'CANCELED', PREPARING: 'PREPARING', INITIALIZING: 'INITIALIZING', PLANNING: 'PLANNING', PREPARING_REPLAN: 'PREPARING_REPLAN',
      });
    });

    it('killing is for every run that a worker executes', async () => {
      const active: readonly RunState[] = ['PREPARING', 'INITIALIZING', 'PLANNING', 'PREPARING_REPLAN', 'PREPARING_APPLY', 'APPLYING', 'PERFORMING', 'DESTROYING'];

      expect(await outcomes((run) => killRun(app.ports, writer, { runId: run.id }))).toEqual(Object.fromEntries(active.map((state) => [state, state])));
    });

    it('tells the worker to stop or to kill, with the lease it holds, and remembers who asked', async () => {
      const run = await insertTestRun(app, stack, { state: 'PLANNING', workerPoolId: await aPool(app), workerId: 'W', lease: 2 });
      app.published.length = 0;

      await stopRun(app.ports, writer, { runId: run.id, note: 'wrong branch' });
      await killRun(app.ports, writer, { runId: run.id, note: 'it hangs' });

      expect(app.published.map(({ workerId, message }) => [workerId, message])).toEqual([
        ['W', expect.objectContaining({ type: 'run.stop', runId: run.id, lease: 2 })],
        ['W', expect.objectContaining({ type: 'run.kill', runId: run.id, lease: 2, reason: 'it hangs' })],
      ]);
      expect(await reload(app, run)).toMatchObject({ stopRequestedBy: 'writer', stopNote: 'it hangs', stopRequestedAt: app.clock.now(), killRequestedAt: app.clock.now(), stateVersion: run.stateVersion });
      expect(await app.ports.db.sql.selectFrom('audit').select('action').where('resource_id', '=', run.id).orderBy('id').execute()).toEqual([{ action: 'run.stop' }, { action: 'run.kill' }]);
    });

    describe('a targeted replan', () => {
      it('is for unconfirmed runs', async () => {
        expect(await outcomes((run) => targetedReplan(app.ports, writer, { runId: run.id, targets: ['a.b'] }), 'TRACKED')).toEqual({ UNCONFIRMED: 'REPLAN_REQUESTED' });
      });

      it('keeps the addresses, and can be repeated', async () => {
        const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });

        expect(await targetedReplan(app.ports, writer, { runId: run.id, targets: ['a.b', 'c.d["x"]'] })).toMatchObject({ targets: ['a.b', 'c.d["x"]'], phase: 'REPLAN', attempts: 0, decision: null });
        await expect(targetedReplan(app.ports, writer, { runId: run.id, targets: [] })).rejects.toMatchObject({ code: 'INVALID' });
      });

      it('takes what the plan changes, or a part of the tree that holds such, and nothing else: the run would end without changes', async () => {
        const changes = [{ address: 'module.m["x"].a.b[0]', type: 'a' }, { address: 'c.d', type: 'c' }, { address: 'output.o', type: 'output' }];
        await app.ports.objects.put('documents', 'changes', Buffer.from(JSON.stringify(changes)));
        const planned = () => insertTestRun(app, stack, { state: 'UNCONFIRMED', changesKey: 'changes' });

        for (const target of ['c.d', 'module.m', 'module.m["x"]', 'module.m["x"].a.b']) expect((await targetedReplan(app.ports, writer, { runId: (await planned()).id, targets: [target] })).targets).toEqual([target]);
        const { id } = await planned();
        for (const target of ['c.e', 'c', 'c.', 'module.m["x"].a.bc', 'output.o']) await expect(targetedReplan(app.ports, writer, { runId: id, targets: ['c.d', target] })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining(target) });
      });
    });

    it('discarding all leaves what a worker executes, and says what could not be dropped', async () => {
      const applying = await insertTestRun(app, stack, { state: 'APPLYING' });
      const waiting = [await insertTestRun(app, stack), await insertTestRun(app, stack, { type: 'PROPOSED', state: 'READY' }), await insertTestRun(app, stack, { type: 'TASK' })];

      const { discardedRuns, failedDiscarding } = await discardAllRuns(app.ports, writer, { stackId: stack.id, note: 'start over' });

      expect(new Set(discardedRuns.map(({ id }) => id))).toEqual(new Set(waiting.map(({ id }) => id)));
      expect(failedDiscarding).toEqual([]);
      expect((await reload(app, applying)).state).toBe('APPLYING');
    });

    it('failing ends a run from every state that has not ended, with the reason', async () => {
      for (const state of RUN_STATES) {
        const run = await insertTestRun(app, stack, { type: 'PROPOSED', state });
        if (run.finishedAt !== null) await conflictOf(failRun(app.ports, run, 'no reason'));
        else {
          await failRun(app.ports, run, 'the disk is full');
          expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: 'the disk is full', username: null, terminal: true });
        }
      }
    });

    it('asks for the rights of who changes something, and of who only looks', async () => {
      const refused = (work: Promise<unknown>) => expect(work).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const waiting = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
      for (const work of [confirmRun, discardRun] as const) await refused(work(app.ports, reader, { runId: waiting.id }));
      await refused(targetedReplan(app.ports, reader, { runId: waiting.id, targets: ['a.b'] }));
      await refused(discardAllRuns(app.ports, reader, { stackId: stack.id }));

      const tracked = await insertTestRun(app, stack);
      const preview = await insertTestRun(app, stack, { type: 'PROPOSED' });
      const planning = await insertTestRun(app, stack, { type: 'PROPOSED', state: 'PLANNING' });
      await refused(cancelRun(app.ports, reader, { runId: tracked.id }));
      await refused(stopRun(app.ports, reader, { runId: tracked.id }));
      await refused(killRun(app.ports, reader, { runId: tracked.id }));
      expect(await cancelRun(app.ports, reader, { runId: preview.id })).toMatchObject({ state: 'CANCELED' });
      expect(await stopRun(app.ports, reader, { runId: planning.id })).toMatchObject({ stopRequestedBy: 'reader' });
    });

    it('is as if there were no run for who may not see it, or on another stack', async () => {
      const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
      const missing = (work: Promise<unknown>) => expect(work).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const stranger: Actor = strangerActor();

      await missing(confirmRun(app.ports, stranger, { runId: run.id }));
      await missing(confirmRun(app.ports, stranger, { stackId: stack.id, runId: run.id }));
      await missing(confirmRun(app.ports, writer, { stackId: (await aStackOfItsOwn(app)).id, runId: run.id }));
      await missing(confirmRun(app.ports, writer, { runId: 'nothing' }));
      expect(await readRun(app.ports, stranger, run.id)).toBeUndefined();
      expect(await readRun(app.ports, reader, run.id)).toEqual(run);
    });
  });
}
