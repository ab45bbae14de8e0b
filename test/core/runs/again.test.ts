import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { promoteRun } from '../../../lib/core/runs/actions/promote-run.ts';
import { retryRun } from '../../../lib/core/runs/actions/retry-run.ts';
import { RUN_STATES, type RunState } from '../../../lib/core/runs/run-states.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, readerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aStackOfItsOwn, commitWith, conflictOf, insertTestRun } from '../../support/run-builders.ts';

const writer = writerActor();

describe('running something again', () => {
  let app: TestApp;
  let stack: Stack;

  before(async () => {
    app = await testApp();
  });
  after(() => app.close());
  beforeEach(async () => {
    stack = await aStackOfItsOwn(app, { trackedCommit: commitWith({ message: 'Tracked', timestamp: 1000 }) });
  });

  const allowed = async (type: Run['type'], work: (run: Run) => Promise<Run>): Promise<RunState[]> => {
    const states: RunState[] = [];
    for (const state of RUN_STATES) {
      const own = await aStackOfItsOwn(app, { trackedCommit: commitWith({ message: 'Tracked', timestamp: 1000 }) });
      const run = await insertTestRun(app, own, { type, state, commit: commitWith({ timestamp: 2000 }) });
      try {
        await work(run);
        states.push(state);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFLICT' });
      }
    }
    return states.sort();
  };

  describe('by a retry', () => {
    const retry = (run: Run, actor = writer) => retryRun(app.ports, actor, { runId: run.id });

    it('is for every preview that has ended', async () => {
      expect(await allowed('PROPOSED', retry)).toEqual(['CANCELED', 'DISCARDED', 'FAILED', 'FINISHED', 'STOPPED']);
    });

    it('is for deployments that did not finish, and for all tasks', async () => {
      expect(await allowed('TRACKED', retry)).toEqual(['CANCELED', 'DISCARDED', 'FAILED', 'STOPPED']);
      expect(await allowed('DESTROY', (run) => retry(run, adminActor()))).toEqual(['CANCELED', 'DISCARDED', 'FAILED', 'STOPPED']);
      expect(await allowed('TASK', retry)).toEqual(['CANCELED', 'DISCARDED', 'FAILED', 'FINISHED', 'STOPPED']);
    });

    it('makes a new run of the same, in the name of who asked', async () => {
      const run = await insertTestRun(app, stack, {
        type: 'TASK', state: 'FAILED', title: 'ls', command: 'ls', branch: 'topic', skipInitialization: true, targets: ['a.b'],
        environmentOverrides: [{ key: 'A', value: '1' }], runtimeConfigInput: 'project_root: x', triggeredBy: 'ada', flags: ['old'], delta: null,
      });

      const again = await retryRun(app.ports, writer, { runId: run.id, userMetadata: 'once more' });

      expect(again).toMatchObject({
        type: 'TASK', state: 'QUEUED', title: 'ls', command: 'ls', branch: 'topic', commit: run.commit, skipInitialization: true, targets: ['a.b'],
        environmentOverrides: [{ key: 'A', value: '1' }], runtimeConfigInput: 'project_root: x', triggeredBy: 'writer', retryOf: run.id, flags: [], userMetadata: ['once more'],
      });
      expect(again.id).not.toBe(run.id);
    });

    it('is for readers as far as previews go', async () => {
      const preview = await insertTestRun(app, stack, { type: 'PROPOSED', state: 'FAILED' });
      const tracked = await insertTestRun(app, stack, { state: 'FAILED' });

      expect(await retryRun(app.ports, readerActor(), { runId: preview.id })).toMatchObject({ state: 'QUEUED' });
      await expect(retryRun(app.ports, readerActor(), { runId: tracked.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });

    it('of a destruction is for who may delete the stack, and not while it is protected', async () => {
      const run = await insertTestRun(app, stack, { type: 'DESTROY', state: 'FAILED' });

      await expect(retry(run)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await app.ports.db.sql.updateTable('stacks').set({ protect_from_deletion: true }).where('id', '=', stack.id).execute();
      expect(await conflictOf(retry(run, adminActor()))).toContain('is protected from deletion');
    });

    it('is refused for a deployment while somebody else holds the lock', async () => {
      await app.ports.db.sql.updateTable('stacks').set({ locked_by: 'ada' }).where('id', '=', stack.id).execute();
      const run = await insertTestRun(app, stack, { state: 'FAILED' });

      expect(await conflictOf(retry(run))).toContain('is locked by ada');
    });

    it('is refused for a local preview whose archive is gone', async () => {
      const run = await insertTestRun(app, stack, { type: 'PROPOSED', state: 'FAILED', localWorkspaceId: 'gone' });

      expect(await conflictOf(retry(run))).toContain('upload it again');
    });
  });

  describe('by a promotion', () => {
    const promote = (run: Run) => promoteRun(app.ports, writer, { runId: run.id });
    const preview = (changes: Partial<Run> = {}) => insertTestRun(app, stack, { type: 'PROPOSED', state: 'FINISHED', commit: commitWith({ timestamp: 2000 }), ...changes });

    it('is for previews that did not fail', async () => {
      expect(await allowed('PROPOSED', promote)).toEqual(['CANCELED', 'DISCARDED', 'FINISHED', 'PENDING_REVIEW', 'STOPPED']);
      expect(await allowed('TRACKED', promote)).toEqual([]);
    });

    it('makes a tracked run of the same commit', async () => {
      const run = await preview({ branch: 'topic' });

      expect(await promote(run)).toMatchObject({ type: 'TRACKED', commit: run.commit, branch: 'topic', triggeredBy: 'writer', causes: [{ kind: 'promotion', subject: run.id }, { kind: 'person' }] });
    });

    it('is refused where the stack does not allow it, for a local preview, and for drift detection', async () => {
      expect(await conflictOf(promote(await preview({ localWorkspaceId: 'W' })))).toContain('local preview');
      expect(await conflictOf(promote(await preview({ driftDetection: true })))).toContain('drift detection');
      await app.ports.db.sql.updateTable('stacks').set({ github_action_deploy: false }).where('id', '=', stack.id).execute();
      expect(await conflictOf(promote(await preview()))).toContain('does not allow');
    });

    it('is refused for the tracked commit and for older ones', async () => {
      const older = app.vcs.push(stack.repositoryUrl, stack.branch, { 'a.tf': '1' });
      const newer = app.vcs.push(stack.repositoryUrl, stack.branch, { 'a.tf': '2' });
      const at = (hash: string) => commitWith({ hash, timestamp: 1000 });
      await app.ports.db.sql.updateTable('stacks').set({ tracked_commit: null }).where('id', '=', stack.id).execute();
      expect(await promote(await preview({ commit: at(older) }))).toMatchObject({ type: 'TRACKED' });

      const { json } = await import('../../../lib/core/ports/json.ts');
      await app.ports.db.sql.updateTable('stacks').set({ tracked_commit: json(at(newer)) }).where('id', '=', stack.id).execute();
      expect(await conflictOf(promote(await preview({ commit: at(older) })))).toContain('is not newer');
      expect(await conflictOf(promote(await preview({ commit: at(newer) })))).toContain('is not newer');
      await app.ports.db.sql.updateTable('stacks').set({ tracked_commit: json(at(older)) }).where('id', '=', stack.id).execute();
      expect(await promote(await preview({ commit: at(newer) }))).toMatchObject({ type: 'TRACKED' });
    });
  });
});
