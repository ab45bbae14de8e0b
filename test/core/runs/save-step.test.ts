import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { RUN_TRANSITIONS, advance, isActive, isBlocking, isTerminal, type RunEvent, type RunState } from '../../../lib/core/runs/run-states.ts';
import { getRun, historyOf, insertRun, patchRun, saveStep, setWaiting } from '../../../lib/core/runs/run-store.ts';
import { systemActor } from '../../../lib/core/shared/actor.ts';
import { getStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { insertTestRun, runWith } from '../../support/run-builders.ts';
import { aPool, aStackOfItsOwn, conflictOf } from '../../support/run-builders.ts';

for (const engine of ENGINES) {
  describe(`a step of a run on ${engine}`, () => {
    let app: TestApp;
    let stack: Stack;
    const system = systemActor('test');

    before(async () => {
      app = await testApp({ engine });
    });
    after(() => app.close());
    beforeEach(async () => {
      stack = await aStackOfItsOwn(app);
      await app.ports.db.sql.deleteFrom('messages').execute();
    });

    const step = (run: Parameters<typeof saveStep>[2], event: RunEvent, by = system, note?: string) =>
      saveStep(app.ports, app.ports.db.sql, run, advance(run, event, app.clock.now()), { by, note });

    it('writes state, history, announcement and stack in one statement', async () => {
      const run = await insertTestRun(app, stack, { state: 'PLANNING' });

      const parked = await step(run, 'park', system, 'Autodeploy is off');

      expect(parked).toMatchObject({ state: 'UNCONFIRMED', stateVersion: run.stateVersion + 1, waiting: { reason: 'waiting for a person to confirm' } });
      expect(await getRun(app.ports.db.sql, run.id)).toEqual(parked);
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'UNCONFIRMED', stateVersion: parked.stateVersion, note: 'Autodeploy is off', username: null, hasLogs: false, terminal: false });
      expect(await app.queued()).toEqual([expect.objectContaining({ name: 'run.advanced', group: stack.id, body: { runId: run.id, stackId: stack.id, stateVersion: parked.stateVersion } })]);
      expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ state: 'UNCONFIRMED', blockerRunId: run.id });
    });

    it('lets one of ten simultaneous steps through and tells the others', async () => {
      const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });

      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => step(run, i % 2 === 0 ? 'confirm' : 'discard')));

      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT' });
      expect(await historyOf(app.ports.db.sql, run.id)).toHaveLength(2);
      expect((await app.queued()).filter(({ name }) => name === 'run.advanced')).toHaveLength(1);
    });

    it('asks the pool for a worker when a run becomes READY, CONFIRMED or REPLAN_REQUESTED', async () => {
      const pool = await aPool(app);
      for (const [state, event] of [['QUEUED', 'unblock'], ['UNCONFIRMED', 'confirm'], ['UNCONFIRMED', 'replan']] as const) {
        await app.ports.db.sql.deleteFrom('messages').execute();
        const run = await insertTestRun(app, await aStackOfItsOwn(app), { state, workerPoolId: pool });

        await step(run, event);

        expect((await app.queued()).map(({ name, group }) => [name, group])).toEqual([['run.advanced', run.stackId], ['pool.changed', pool]]);
      }
    });

    it('keeps an audit row when a person acted, and none for the platform', async () => {
      const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });

      const confirmed = await step(run, 'confirm', adminActor());
      await step(confirmed, 'claim');

      const rows = await app.ports.db.sql.selectFrom('audit').selectAll().where('resource_id', '=', run.id).execute();
      expect(rows).toEqual([expect.objectContaining({ action: 'run.confirmed', actor: 'admin', related_id: stack.id })]);
      expect((await historyOf(app.ports.db.sql, run.id)).map(({ username }) => username)).toEqual([null, 'admin', null]);
    });

    it('saves whatever else the step changes', async () => {
      const run = await insertTestRun(app, stack, { state: 'READY' });
      const handoverAt = app.clock.now();

      await saveStep(app.ports, app.ports.db.sql, run, { ...advance(run, 'claim', handoverAt), lease: 1, workerId: 'W', handoverAt, flags: ['a'], userMetadata: ['x'] }, { by: system });

      expect(await getRun(app.ports.db.sql, run.id)).toMatchObject({ state: 'PREPARING', lease: 1, workerId: 'W', handoverAt, flags: ['a'], userMetadata: ['x'], waiting: null });
    });

    it('forgets a stop that came too late for the phase it was meant for', async () => {
      const run = await insertTestRun(app, stack, { state: 'PLANNING', stopRequestedAt: app.clock.now(), stopRequestedBy: 'ada', stopNote: 'enough' });

      expect(await step(run, 'park')).toMatchObject({ stopRequestedAt: null, stopRequestedBy: null, stopNote: null });
    });

    it('keeps a stop from reaching an apply, even one asked for at the last moment', async () => {
      const run = await insertTestRun(app, stack, { state: 'PLANNING' });
      const stop = { stop_requested_at: app.clock.now(), stop_requested_by: 'ada', stop_note: 'enough' };
      await app.ports.db.sql.updateTable('runs').set(stop).where('id', '=', run.id).execute();
      expect(await step(run, 'apply')).toMatchObject({ state: 'APPLYING', stopRequestedAt: null, stopNote: null });

      const killed = await insertTestRun(app, await aStackOfItsOwn(app), { state: 'PLANNING' });
      await app.ports.db.sql.updateTable('runs').set({ ...stop, kill_requested_at: app.clock.now() }).where('id', '=', killed.id).execute();
      expect(await step(killed, 'apply')).toMatchObject({ stopNote: 'enough', killRequestedAt: app.clock.now() });
    });

    describe('the slot of the stack', () => {
      it('is taken by the run that leaves the queue, which also sets the tracked commit', async () => {
        const run = await insertTestRun(app, stack);

        await step(run, 'unblock');

        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ blockerRunId: run.id, trackedCommit: run.commit, state: 'NONE' });
      });

      it('is taken by one of ten runs at once', async () => {
        const runs = [];
        for (let i = 0; i < 10; i++) runs.push(await insertTestRun(app, stack));

        const outcomes = await Promise.allSettled(runs.map((run) => step(run, 'unblock')));

        const ready = outcomes.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => outcome.value.id);
        expect(ready).toHaveLength(1);
        expect((await getStack(app.ports.db.sql, stack.id)).blockerRunId).toBe(ready[0]);
        expect(await app.ports.db.sql.selectFrom('run_history').select('run_id').where('state', '=', 'READY').where('run_id', 'in', runs.map(({ id }) => id)).execute()).toHaveLength(1);
      });

      it('is not taken by a run that was canceled at the same moment', async () => {
        const run = await insertTestRun(app, stack);
        await step(run, 'cancel');

        await conflictOf(step(run, 'unblock'));

        expect((await getStack(app.ports.db.sql, stack.id)).blockerRunId).toBeNull();
      });

      it('is neither taken nor freed by a preview', async () => {
        const holder = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
        const preview = await insertTestRun(app, stack, { type: 'PROPOSED' });

        const ready = await step(preview, 'unblock');
        await step(ready, 'cancel');

        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ blockerRunId: holder.id, state: 'UNCONFIRMED' });
      });

      it('is freed by every ending, and by going back to the queue', async () => {
        for (const [state, row] of Object.entries(RUN_TRANSITIONS) as [RunState, Partial<Record<RunEvent, RunState>>][]) {
          for (const [event, to] of Object.entries(row) as [RunEvent, RunState][]) {
            if (state === 'QUEUED' || !(isTerminal(to) || to === 'QUEUED')) continue;
            const other = await aStackOfItsOwn(app);
            const run = await insertTestRun(app, other, { state });

            await step(run, event);

            expect({ state, event, blocker: (await getStack(app.ports.db.sql, other.id)).blockerRunId }).toEqual({ state, event, blocker: null });
          }
        }
      });

      it('stays with its run when another, still queued, ends', async () => {
        const holder = await insertTestRun(app, stack, { state: 'APPLYING' });
        const queued = await insertTestRun(app, stack);

        await step(queued, 'discard');

        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ blockerRunId: holder.id, state: 'APPLYING' });
      });
    });

    describe('the state of the stack', () => {
      it('follows every state of a tracked run that people are to see', async () => {
        let run = await insertTestRun(app, stack);
        const seen = [];
        for (const event of ['unblock', 'claim', 'initialize', 'plan', 'park', 'replan', 'claim', 'plan', 'park', 'confirm', 'claim', 'apply', 'finish'] as const) {
          run = await step(run, event);
          seen.push((await getStack(app.ports.db.sql, stack.id)).state);
        }

        expect(seen).toEqual(['NONE', 'PREPARING', 'INITIALIZING', 'PLANNING', 'UNCONFIRMED', 'REPLAN_REQUESTED', 'PREPARING_REPLAN', 'PLANNING', 'UNCONFIRMED', 'CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED']);
      });

      it('records when and with what version the last apply finished, but not a run that changed nothing', async () => {
        const noOp = await insertTestRun(app, stack, { state: 'PLANNING', toolVersion: '1.0.0' });
        await step(noOp, 'finish');
        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ lastApplyAt: null, lastAppliedVersion: null });

        const run = await insertTestRun(app, stack, { state: 'APPLYING', toolVersion: '1.5.7' });
        await step(run, 'finish');
        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ lastApplyAt: app.clock.now(), lastAppliedVersion: '1.5.7' });
      });

      it('is not changed by tasks', async () => {
        const task = await insertTestRun(app, stack, { type: 'TASK', state: 'PERFORMING' });

        await step(task, 'fail');

        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ state: 'NONE', blockerRunId: null });
      });

      it('does not stay busy when a run that lost its worker is canceled', async () => {
        const run = await insertTestRun(app, stack, { state: 'PREPARING' });

        await step(await step(run, 'requeue'), 'cancel');

        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ state: 'STOPPED', blockerRunId: null });
      });

      it('keeps the stack when its destruction does not finish', async () => {
        await app.ports.db.sql.updateTable('stacks').set({ deleting: true }).where('id', '=', stack.id).execute();
        const run = await insertTestRun(app, stack, { type: 'DESTROY', state: 'DESTROYING' });

        await step(run, 'fail');

        expect(await getStack(app.ports.db.sql, stack.id)).toMatchObject({ state: 'FAILED', deleting: false });
      });
    });

    it('takes every step of the state table, and refuses every other', async () => {
      const events = [...new Set(Object.values(RUN_TRANSITIONS).flatMap((row) => Object.keys(row)))] as RunEvent[];
      const other = await aStackOfItsOwn(app);
      for (const [state, row] of Object.entries(RUN_TRANSITIONS) as [RunState, Partial<Record<RunEvent, RunState>>][]) {
        for (const event of events) {
          const target = row[event];
          const run = runWith(app, other, { type: 'PROPOSED', state });
          if (target === undefined) {
            expect(() => advance(run, event, app.clock.now())).toThrow(`a run in state ${state} cannot ${event}`);
            continue;
          }
          const saved = await insertTestRun(app, other, { type: 'PROPOSED', state });
          const next = await step(saved, event);
          expect(next).toMatchObject({ state: target, stateVersion: saved.stateVersion + 1 });
          expect(next.finishedAt !== null).toBe(isTerminal(target));
          expect((await historyOf(app.ports.db.sql, saved.id))[0]).toMatchObject({ state: target, hasLogs: isActive(target), terminal: isTerminal(target) });
        }
      }
    });

    it('inserts a run once for one dedup key, however many ask at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => insertRun(app.ports, app.ports.db.sql, runWith(app, stack, { type: 'PROPOSED' }), { by: system, dedupKey: 'PROPOSED:abc' })),
      );

      expect(outcomes.filter((run) => run !== undefined)).toHaveLength(1);
      expect(await app.queued()).toHaveLength(1);
    });

    it('patches what no state depends on without a new version', async () => {
      const run = await insertTestRun(app, stack, { state: 'PLANNING' });

      const patched = await patchRun(app.ports.db.sql, run, { toolVersion: '1.5.7', delta: { addCount: 1, changeCount: 0, deleteCount: 0, importCount: 0, moveCount: 0, forgetCount: 0, resources: 1 } });

      expect(patched).toMatchObject({ toolVersion: '1.5.7', stateVersion: run.stateVersion, delta: { addCount: 1 } });
    });

    it('changes why a run waits only while it is where it was read', async () => {
      const run = await insertTestRun(app, stack, { state: 'READY' });

      expect(await setWaiting(app.ports, app.ports.db.sql, run, { reason: 'no idle worker in pool blue' })).toBe(true);
      expect(await setWaiting(app.ports, app.ports.db.sql, run, { reason: 'no idle worker in pool blue' })).toBe(false);
      const claimed = await step(run, 'claim');
      expect(await setWaiting(app.ports, app.ports.db.sql, run, { reason: 'too late' })).toBe(false);
      expect(isBlocking(claimed.type)).toBe(true);
      expect((await getRun(app.ports.db.sql, run.id)).waiting).toBeNull();
    });
  });
}
