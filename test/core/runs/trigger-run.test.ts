import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { createTask } from '../../../lib/core/runs/actions/create-task.ts';
import { triggerOnce, triggerRun } from '../../../lib/core/runs/actions/trigger-run.ts';
import { listIgnoredTriggers } from '../../../lib/core/runs/ignored-trigger-store.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import { systemActor } from '../../../lib/core/shared/actor.ts';
import { getStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, readerActor, strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { aPool, aStackOfItsOwn, commitWith, conflictOf, insertTestRun, reload } from '../../support/run-builders.ts';

const git = systemActor('git');
const writer = writerActor();

for (const engine of ENGINES) {
  describe(`starting a run on ${engine}`, () => {
    let app: TestApp;
    let stack: Stack;

    before(async () => {
      app = await testApp({ engine });
    });
    after(() => app.close());
    beforeEach(async () => {
      stack = await aStackOfItsOwn(app, { trackedCommit: commitWith({ message: 'Tracked' }) });
      await app.ports.db.sql.deleteFrom('messages').execute();
    });

    const set = (changes: Record<string, unknown>) => app.ports.db.sql.updateTable('stacks').set(changes).where('id', '=', stack.id).execute();

    it('queues it at the tracked commit, with who asked and why, and announces it in the order of the stack', async () => {
      const run = await triggerRun(app.ports, writer, { stackId: stack.id });

      expect(run).toMatchObject({
        type: 'TRACKED', state: 'QUEUED', stateVersion: 0, title: 'Tracked', commit: stack.trackedCommit, branch: 'main', triggeredBy: 'writer',
        creatorSession: { login: 'writer', admin: false, creatorIp: '127.0.0.1', machine: false }, workflowId: run.id,
        causes: [{ kind: 'person', text: 'writer triggered a tracked run', subject: 'writer' }],
      });
      expect(await reload(app, run)).toEqual(run);
      expect(await historyOf(app.ports.db.sql, run.id)).toEqual([expect.objectContaining({ state: 'QUEUED', stateVersion: 0, username: 'writer' })]);
      expect(await app.queued()).toEqual([expect.objectContaining({ name: 'run.advanced', group: stack.id, body: { runId: run.id, stackId: stack.id, stateVersion: 0 } })]);
      expect(await app.ports.db.sql.selectFrom('audit').select(['action', 'actor']).where('resource_id', '=', run.id).execute()).toEqual([{ action: 'run.create', actor: 'writer' }]);
    });

    it('takes the head of the branch while the stack tracks no commit, or the commit named', async () => {
      await set({ tracked_commit: null });
      const head = app.vcs.push(stack.repositoryUrl, 'main', { 'a.tf': '' }, { message: 'Head' });
      const named = app.vcs.push(stack.repositoryUrl, 'topic', { 'b.tf': '' }, { message: 'Named' });

      expect((await triggerRun(app.ports, writer, { stackId: stack.id })).commit).toMatchObject({ hash: head, message: 'Head' });
      expect((await triggerRun(app.ports, writer, { stackId: stack.id, type: 'PROPOSED', commitSha: named })).commit).toMatchObject({ hash: named, message: 'Named' });
      await expect(triggerRun(app.ports, writer, { stackId: stack.id, commitSha: 'f'.repeat(40) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(triggerRun(app.ports, writer, { stackId: stack.id, commitSha: 'not a hash' })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('fixes the pool of the stack, or else the shared one', async () => {
      const own = await aPool(app);
      const shared = await aPool(app, { isShared: true });
      const withPool = await aStackOfItsOwn(app, { trackedCommit: commitWith(), workerPoolId: own });

      expect((await triggerRun(app.ports, writer, { stackId: withPool.id })).workerPoolId).toBe(own);
      expect((await triggerRun(app.ports, writer, { stackId: stack.id })).workerPoolId).toBe(shared);
      await app.ports.db.sql.updateTable('worker_pools').set({ is_shared: false }).where('id', '=', shared).execute();
      expect((await triggerRun(app.ports, writer, { stackId: stack.id })).workerPoolId).toBeNull();
    });

    it('keeps metadata, a forced apply, and settings for this run only', async () => {
      const run = await triggerRun(app.ports, adminActor(), { stackId: stack.id, userMetadata: 'ticket 7', forceApply: 'SINGLE', runtimeConfig: 'project_root: infra\n' });

      expect(run).toMatchObject({ userMetadata: ['ticket 7'], forceApply: 'SINGLE', runtimeConfigInput: 'project_root: infra\n' });
      await expect(triggerRun(app.ports, writer, { stackId: stack.id, userMetadata: 'x'.repeat(4097) })).rejects.toMatchObject({ code: 'INVALID' });
      await expect(triggerRun(app.ports, adminActor(), { stackId: stack.id, runtimeConfig: 'environment: [' })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('asks for the right to do so', async () => {
      await expect(triggerRun(app.ports, readerActor(), { stackId: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(createTask(app.ports, readerActor(), { stackId: stack.id, command: 'ls' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(triggerRun(app.ports, writer, { stackId: stack.id, runtimeConfig: 'project_root: x' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(triggerRun(app.ports, writer, { stackId: stack.id, type: 'DESTROY' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(triggerRun(app.ports, strangerActor(), { stackId: stack.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(triggerRun(app.ports, writer, { stackId: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await app.queued()).toEqual([]);
    });

    it('is refused while the stack is disabled or being deleted, whoever asks', async () => {
      for (const [changes, words] of [[{ is_disabled: true }, 'is disabled'], [{ is_disabled: false, deleting: true }, 'is being deleted']] as const) {
        await set(changes);
        for (const actor of [writer, git]) expect(await conflictOf(triggerRun(app.ports, actor, { stackId: stack.id, type: 'PROPOSED' }))).toContain(words);
      }
    });

    describe('on a stack that somebody else locked', () => {
      beforeEach(() => set({ locked_by: 'ada', lock_note: 'moving house' }));

      it('is refused to people for what may change the stack', async () => {
        expect(await conflictOf(triggerRun(app.ports, writer, { stackId: stack.id }))).toBe(`stack ${stack.id} is locked by ada (moving house): ask them to unlock it`);
        expect(await conflictOf(createTask(app.ports, writer, { stackId: stack.id, command: 'ls' }))).toContain('is locked by ada');
      });

      it('is granted for previews, to events, and to who holds the lock', async () => {
        expect(await triggerRun(app.ports, writer, { stackId: stack.id, type: 'PROPOSED' })).toMatchObject({ state: 'QUEUED' });
        expect(await triggerRun(app.ports, git, { stackId: stack.id })).toMatchObject({ state: 'QUEUED', triggeredBy: null, creatorSession: null });
        expect(await triggerRun(app.ports, writerActor(['root'], { login: 'ada' }), { stackId: stack.id })).toMatchObject({ state: 'QUEUED' });
      });
    });

    it('marks a stack that is to be destroyed as being deleted', async () => {
      const run = await triggerRun(app.ports, adminActor(), { stackId: stack.id, type: 'DESTROY' });

      expect(run).toMatchObject({ type: 'DESTROY', state: 'QUEUED' });
      expect((await getStack(app.ports.db.sql, stack.id)).deleting).toBe(true);
    });

    it('runs a command as a task at the tracked commit, titled by it', async () => {
      const task = await createTask(app.ports, writer, { stackId: stack.id, command: 'terraform state list', skipInitialization: true });

      expect(task).toMatchObject({ type: 'TASK', title: 'terraform state list', command: 'terraform state list', skipInitialization: true, commit: stack.trackedCommit });
      await expect(createTask(app.ports, writer, { stackId: stack.id, command: ' ' })).rejects.toMatchObject({ code: 'INVALID' });
    });

    describe('for an event of the repository', () => {
      const commit = commitWith({ message: 'Pushed' });
      const push = (changes: object = {}) => triggerOnce(app.ports, git, { stackId: stack.id, commit, branch: 'main', triggeredBy: null, dedup: true, ...changes });

      it('makes one tracked run of a commit, even told ten times at once', async () => {
        const outcomes = await Promise.all(Array.from({ length: 10 }, () => push()));

        expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
        expect(new Set(outcomes.map(({ run }) => run.id)).size).toBe(1);
      });

      it('makes one preview of a commit, even told ten times at once', async () => {
        const outcomes = await Promise.all(Array.from({ length: 10 }, () => push({ type: 'PROPOSED', branch: 'topic' })));

        expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
        expect(new Set(outcomes.map(({ run }) => run.id)).size).toBe(1);
      });

      it('makes runs of both types of one commit', async () => {
        expect((await push({ type: 'PROPOSED', branch: 'topic' })).created).toBe(true);
        expect((await push()).created).toBe(true);
      });

      it('runs an older commit again when the branch is forced back to it', async () => {
        await push();
        await push({ commit: commitWith({ message: 'Next' }) });

        expect((await push()).created).toBe(true);
        expect((await push()).created).toBe(false);
      });

      it('notes why the last tracked commit made no further run', async () => {
        const { run } = await push();
        await push();

        expect(await listIgnoredTriggers(app.ports.db.sql, stack.id)).toEqual([expect.objectContaining({ commitHash: commit.hash, branch: 'main', reason: `run ${run.id} is for this commit already` })]);
      });

      it('does not take a local preview or drift detection for a preview of the commit', async () => {
        await insertTestRun(app, stack, { type: 'PROPOSED', commit, localWorkspaceId: 'W' });
        await insertTestRun(app, stack, { type: 'PROPOSED', commit, driftDetection: true });

        expect((await push({ type: 'PROPOSED', branch: 'topic' })).created).toBe(true);
      });

      it('ends the older previews of the same branch, each as its state allows', async () => {
        const pool = await aPool(app);
        const older = (changes: object) => insertTestRun(app, stack, { type: 'PROPOSED', branch: 'topic', ...changes });
        const queued = await older({});
        const ready = await older({ state: 'READY' });
        const planning = await older({ state: 'PLANNING', workerPoolId: pool, workerId: 'W1', lease: 3 });
        const reviewed = await older({ state: 'PENDING_REVIEW' });
        const kept = [
          await older({ triggeredBy: 'ada' }),
          await older({ driftDetection: true }),
          await older({ localWorkspaceId: 'W' }),
          await older({ branch: 'other' }),
          await older({ type: 'TRACKED' }),
        ];
        app.published.length = 0;

        const { run } = await push({ type: 'PROPOSED', branch: 'topic' });

        const states = async (...runs: { readonly id: string }[]) => Promise.all(runs.map(async (one) => (await reload(app, one)).state));
        expect(await states(queued, ready, reviewed)).toEqual(['CANCELED', 'CANCELED', 'DISCARDED']);
        expect(await reload(app, planning)).toMatchObject({ state: 'PLANNING', stopRequestedBy: 'system::superseding', stopNote: `superseded by commit ${commit.hash.slice(0, 8)} (run ${run.id})` });
        expect(app.published).toEqual([expect.objectContaining({ poolId: pool, workerId: 'W1', message: expect.objectContaining({ type: 'run.stop', runId: planning.id, lease: 3 }) })]);
        expect(await states(...kept)).toEqual(kept.map(() => 'QUEUED'));
        expect((await historyOf(app.ports.db.sql, queued.id))[0]).toMatchObject({ state: 'CANCELED', username: null, note: expect.stringContaining('superseded by commit') });
      });

      it('ends them for an event that is told again, for its first telling may have broken off before', async () => {
        const { run: newer } = await push({ type: 'PROPOSED', branch: 'feature' });
        const older = await insertTestRun(app, stack, { id: '0'.repeat(20) + newer.id.slice(20), type: 'PROPOSED', branch: 'feature' });

        const again = await push({ type: 'PROPOSED', branch: 'feature' });

        expect(again).toMatchObject({ created: false, run: { id: newer.id } });
        expect((await reload(app, older)).state).toBe('CANCELED');
        expect((await reload(app, newer)).state).not.toBe('CANCELED');
      });

      it('leaves the previews of the tracked branch alone', async () => {
        const older = await insertTestRun(app, stack, { type: 'PROPOSED', branch: 'main' });

        await push({ type: 'PROPOSED', branch: 'main' });

        expect((await reload(app, older)).state).toBe('QUEUED');
      });
    });
  });
}
