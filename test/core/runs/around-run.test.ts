import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { commentRun } from '../../../lib/core/runs/actions/comment-run.ts';
import { prioritizeRun } from '../../../lib/core/runs/actions/prioritize-run.ts';
import { proposeLocalWorkspace } from '../../../lib/core/runs/actions/propose-local-workspace.ts';
import { proposeWithOverrides } from '../../../lib/core/runs/actions/propose-with-overrides.ts';
import { reviewRun } from '../../../lib/core/runs/actions/review-run.ts';
import { searchRuns } from '../../../lib/core/runs/actions/search-runs.ts';
import { uploadLocalWorkspace } from '../../../lib/core/runs/actions/upload-local-workspace.ts';
import { expireIgnoredTriggers, listIgnoredTriggers, recordIgnoredTrigger } from '../../../lib/core/runs/ignored-trigger-store.ts';
import { findLocalWorkspace, takeExpiredLocalWorkspaces } from '../../../lib/core/runs/local-workspace-store.ts';
import { canConfirm, canDiscard, canPromote, canRetry, isMostRecent, logsExpired } from '../../../lib/core/runs/run-abilities.ts';
import { currentReviews } from '../../../lib/core/runs/run-discussion.ts';
import { listComments, listReviews } from '../../../lib/core/runs/run-discussion-store.ts';
import { listProposedRuns, listRuns, listTrackedRuns, newestTrackedRunIds, STACK_LISTS } from '../../../lib/core/runs/run-list-store.ts';
import { RUN_STATES } from '../../../lib/core/runs/run-states.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, readerActor, strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aStackOfItsOwn, commitWith, conflictOf, insertTestRun, reload, runWith } from '../../support/run-builders.ts';
import { aSpace } from '../../support/stack-builders.ts';
import { heldByApproval } from '../../support/policy-builders.ts';

const writer = writerActor();
const reader = readerActor();

describe('around a run', () => {
  let app: TestApp;
  let stack: Stack;

  before(async () => {
    app = await testApp();
  });
  after(() => app.close());
  beforeEach(async () => {
    stack = await aStackOfItsOwn(app, { localPreviewEnabled: true, trackedCommit: commitWith() });
  });

  describe('comments', () => {
    it('are left by readers, in every state, and listed oldest first', async () => {
      const run = await insertTestRun(app, stack, { state: 'FINISHED' });

      await commentRun(app.ports, reader, { stackId: stack.id, runId: run.id, body: 'What is this?' });
      await commentRun(app.ports, writer, { stackId: stack.id, runId: run.id, body: 'A network.' });

      expect((await listComments(app.ports.db.sql, run.id)).map(({ username, body }) => [username, body])).toEqual([['reader', 'What is this?'], ['writer', 'A network.']]);
      await expect(commentRun(app.ports, reader, { runId: run.id, body: ' ' })).rejects.toMatchObject({ code: 'INVALID' });
    });
  });

  describe('priorities', () => {
    it('are set and taken back until the run has ended', async () => {
      const run = await insertTestRun(app, stack);

      expect(await prioritizeRun(app.ports, writer, { runId: run.id, prioritize: true })).toMatchObject({ priority: 'HIGH' });
      expect(await prioritizeRun(app.ports, writer, { runId: run.id, prioritize: false })).toMatchObject({ priority: 'NORMAL' });
      expect(await prioritizeRun(app.ports, writer, { runId: run.id, preset: 'LOW' })).toMatchObject({ priority: 'LOW', stateVersion: run.stateVersion });
      await expect(prioritizeRun(app.ports, reader, { runId: run.id, prioritize: true })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const ended = await insertTestRun(app, stack, { state: 'FINISHED' });
      expect(await conflictOf(prioritizeRun(app.ports, writer, { runId: ended.id, prioritize: true }))).toContain('has ended');
      expect(await app.ports.db.sql.selectFrom('audit').select('action').where('resource_id', '=', ended.id).execute()).toEqual([]);
    });
  });

  describe('reviews', () => {
    it('are taken while a run waits to begin, to be confirmed or to be reviewed, where an approval policy is attached', async () => {
      await heldByApproval(app, stack.id);
      for (const state of RUN_STATES) {
        const run = await insertTestRun(app, stack, { type: 'PROPOSED', state });
        const review = reviewRun(app.ports, writer, { runId: run.id, decision: 'APPROVE', note: 'fine' });
        if (['QUEUED', 'UNCONFIRMED', 'PENDING_REVIEW'].includes(state)) expect(await review).toMatchObject({ author: 'writer', decision: 'APPROVE', note: 'fine', state, stateVersion: run.stateVersion });
        else expect(await conflictOf(review)).toBe(`a run in state ${state} takes no reviews`);
      }
    });

    it('count by the newest of each person, apart for the state the run is in', async () => {
      await heldByApproval(app, stack.id);
      const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
      for (const [login, decision] of [['ada', 'REJECT'], ['bob', 'APPROVE'], ['ada', 'APPROVE']] as const) await reviewRun(app.ports, writerActor(['root'], { login }), { runId: run.id, decision });

      const reviews = await listReviews(app.ports.db.sql, run.id);
      expect(currentReviews(reviews, run.stateVersion).current.map(({ author, decision }) => [author, decision])).toEqual([['ada', 'APPROVE'], ['bob', 'APPROVE']]);
      expect(currentReviews(reviews, run.stateVersion + 1).older).toHaveLength(2);
    });
  });

  describe('a local preview', () => {
    const uploaded = async () => {
      const upload = await uploadLocalWorkspace(app.ports, writer, { stackId: stack.id });
      const workspace = await findLocalWorkspace(app.ports.db.sql, upload.id, app.clock.now());
      await app.ports.objects.put('user-uploaded-workspaces', workspace?.objectKey ?? '', Buffer.from('archive'));
      return upload;
    };

    it('plans the uploaded working copy with the variables given', async () => {
      const { id, uploadUrl } = await uploaded();

      const run = await proposeLocalWorkspace(app.ports, writer, { stackId: stack.id, workspaceId: id, environmentVarsOverrides: [{ key: 'TF_CLI_ARGS_plan', value: '-target=a.b' }] });

      expect(uploadUrl).toContain('http');
      expect(run).toMatchObject({ type: 'PROPOSED', localWorkspaceId: id, environmentOverrides: [{ key: 'TF_CLI_ARGS_plan', value: '-target=a.b' }], triggeredBy: 'writer', commit: stack.trackedCommit });
    });

    it('is refused where it is off, without an upload, with that of another stack, and after a day', async () => {
      const upload = await uploadLocalWorkspace(app.ports, writer, { stackId: stack.id });
      await expect(proposeLocalWorkspace(app.ports, writer, { stackId: stack.id, workspaceId: upload.id })).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('was not uploaded') });
      const { id } = await uploaded();
      const other = await aStackOfItsOwn(app, { localPreviewEnabled: true, trackedCommit: commitWith() });
      await expect(proposeLocalWorkspace(app.ports, writer, { stackId: other.id, workspaceId: id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      app.clock.advance(86_400_001);
      await expect(proposeLocalWorkspace(app.ports, writer, { stackId: stack.id, workspaceId: id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await takeExpiredLocalWorkspaces(app.ports.db.sql, app.clock.now())).toContainEqual(expect.stringContaining(id));

      const off = await aStackOfItsOwn(app, { trackedCommit: commitWith() });
      expect(await conflictOf(uploadLocalWorkspace(app.ports, writer, { stackId: off.id }))).toContain('local preview is off');
      expect(await conflictOf(proposeLocalWorkspace(app.ports, writer, { stackId: off.id, workspaceId: id }))).toContain('local preview is off');
    });

    it('is for writers', async () => {
      await expect(uploadLocalWorkspace(app.ports, reader, { stackId: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(proposeLocalWorkspace(app.ports, reader, { stackId: stack.id, workspaceId: 'x' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });
  });

  it('a preview may have variables of its own', async () => {
    const run = await proposeWithOverrides(app.ports, writer, { stackId: stack.id, environmentVarsOverrides: [{ key: 'REGION', value: 'eu' }] });

    expect(run).toMatchObject({ type: 'PROPOSED', localWorkspaceId: null, environmentOverrides: [{ key: 'REGION', value: 'eu' }] });
    await expect(proposeWithOverrides(app.ports, writer, { stackId: stack.id, environmentVarsOverrides: [{ key: 'A B', value: '' }] })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(proposeWithOverrides(app.ports, reader, { stackId: stack.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('ignored triggers are listed newest first and forgotten after seven days', async () => {
    for (const reason of ['tag pushed', 'outside project root']) await recordIgnoredTrigger(app.ports, { stackId: stack.id, commitHash: 'abc', branch: 'main', reason });

    expect((await listIgnoredTriggers(app.ports.db.sql, stack.id)).map(({ reason }) => reason)).toEqual(['outside project root', 'tag pushed']);
    app.clock.advance(7 * 86_400_000 + 1);
    await expireIgnoredTriggers(app.ports.db.sql, app.clock.now());
    expect(await listIgnoredTriggers(app.ports.db.sql, stack.id)).toEqual([]);
  });

  describe('lists', () => {
    it('show deployments, previews and tasks apart, newest first, fifty a page', async () => {
      const runs: Run[] = [];
      for (let i = 0; i < 53; i++) runs.push(await insertTestRun(app, stack, { state: 'FINISHED' }));
      const destroy = await insertTestRun(app, stack, { type: 'DESTROY', state: 'FAILED' });
      const preview = await insertTestRun(app, stack, { type: 'PROPOSED' });
      await insertTestRun(app, stack, { type: 'PROPOSED', driftDetection: true });
      const task = await insertTestRun(app, stack, { type: 'TASK' });

      const first = await listTrackedRuns(app.ports.db.sql, stack.id);
      const second = await listTrackedRuns(app.ports.db.sql, stack.id, first.at(-1)?.id);
      expect([...first, ...second].map(({ id }) => id)).toEqual([destroy, ...runs.toReversed()].map(({ id }) => id));
      expect(first).toHaveLength(50);
      expect((await listProposedRuns(app.ports.db.sql, stack.id)).map(({ id }) => id)).toEqual([preview.id]);
      expect((await listRuns(app.ports.db.sql, stack.id, STACK_LISTS.tasks)).map(({ id }) => id)).toEqual([task.id]);
      expect(await newestTrackedRunIds(app.ports.db.sql, [stack.id])).toEqual(new Map([[stack.id, runs.at(-1)?.id]]));
    });

    it('of all runs hold what the actor may see', async () => {
      const space = await aSpace(app, { id: 'secret' });
      const hidden = await aStackOfItsOwn(app, { spaceId: space.id, trackedCommit: commitWith() });
      const theirs = await insertTestRun(app, hidden, { title: 'needle' });
      const ours = await insertTestRun(app, stack, { title: 'needle' });
      const found = async (actor: Parameters<typeof searchRuns>[1]) => (await searchRuns(app.ports, actor, { fullTextSearch: 'NEEDLE' })).items.map(({ id }) => id);

      expect(await found(adminActor())).toEqual([ours.id, theirs.id]);
      expect(await found(readerActor(['root']))).toEqual([ours.id]);
      expect(await found(readerActor(['secret']))).toEqual([theirs.id]);
      expect(await found(strangerActor())).toEqual([]);
    });

    it('are searched by field, with exclusion, order and pages both ways', async () => {
      const states = ['FINISHED', 'FAILED', 'QUEUED', 'FINISHED', 'CANCELED'] as const;
      const runs: Run[] = [];
      for (const state of states) runs.push(await insertTestRun(app, stack, { type: 'PROPOSED', state }));
      const [a, b, c, d, e] = runs.map(({ id }) => id);
      const here = { field: 'stack', constraint: { stringMatches: [stack.id] } };
      const search = async (input: object) => searchRuns(app.ports, adminActor(), { predicates: [here], ...input });
      const ids = async (input: object) => (await search(input)).items.map(({ id }) => id);

      expect(await ids({})).toEqual([e, d, c, b, a]);
      expect(await ids({ orderBy: { field: 'createdAt', direction: 'ASC' } })).toEqual([a, b, c, d, e]);
      expect(await ids({ predicates: [here, { field: 'state', constraint: { enumEquals: ['FINISHED', 'FAILED'] } }] })).toEqual([d, b, a]);
      expect(await ids({ predicates: [here, { field: 'state', exclude: true, constraint: { enumEquals: ['FINISHED'] } }] })).toEqual([e, c, b]);
      expect(await ids({ predicates: [here, { field: 'finished', constraint: { booleanEquals: [false] } }] })).toEqual([c]);
      const page = await search({ first: 2 });
      expect(page).toMatchObject({ hasNextPage: true, hasPreviousPage: false, endCursor: d });
      expect(await ids({ first: 2, after: page.endCursor })).toEqual([c, b]);
      const back = await search({ last: 2, before: b });
      expect(back.items.map(({ id }) => id)).toEqual([d, c]);
      expect(back).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    });

    it('refuse a question they do not understand', async () => {
      const ask = (input: object) => expect(searchRuns(app.ports, adminActor(), input)).rejects;
      await ask({ predicates: [{ field: 'colour', constraint: { stringMatches: ['red'] } }] }).toMatchObject({ code: 'INVALID', message: expect.stringContaining('"colour"') });
      await ask({ predicates: [{ field: 'state', constraint: {} }] }).toMatchObject({ code: 'INVALID' });
      await ask({ orderBy: { field: 'title', direction: 'ASC' } }).toMatchObject({ code: 'INVALID' });
    });
  });

  describe('what a page offers', () => {
    it('follows state, right and lock', () => {
      const unconfirmed = runWith(app, stack, { state: 'UNCONFIRMED' });
      expect([canConfirm(writer, stack, unconfirmed), canDiscard(writer, stack, unconfirmed), canRetry(writer, stack, unconfirmed)]).toEqual([true, true, false]);
      expect([canConfirm(reader, stack, unconfirmed), canDiscard(reader, stack, unconfirmed)]).toEqual([false, false]);
      expect([canConfirm(writer, { ...stack, lockedBy: 'ada' }, unconfirmed), canDiscard(writer, stack, unconfirmed)]).toEqual([false, true]);
      expect(canConfirm(writer, stack, runWith(app, stack, { state: 'PLANNING' }))).toBe(false);
      expect(canRetry(writer, stack, runWith(app, stack, { state: 'FAILED' }))).toBe(true);
      expect(canRetry(writer, { ...stack, isDisabled: true }, runWith(app, stack, { state: 'FAILED' }))).toBe(false);
      expect(canPromote(writer, stack, runWith(app, stack, { type: 'PROPOSED', state: 'FINISHED' }))).toBe(true);
    });

    it('knows the newest tracked run and when logs are gone', () => {
      const run = runWith(app, stack, { state: 'FINISHED' });
      const days = (count: number) => new Date((run.finishedAt?.getTime() ?? 0) + count * 86_400_000);
      expect([isMostRecent(run, run.id), isMostRecent(run, 'other')]).toEqual([true, false]);
      expect([logsExpired(run, days(60)), logsExpired(run, days(61)), logsExpired(runWith(app, stack), days(99))]).toEqual([false, true, false]);
    });
  });

  it('a run that was read is what was written', async () => {
    const run = await insertTestRun(app, stack, { environmentOverrides: [{ key: 'A', value: '1' }], workspaceBytes: 5_000_000_000, runtimeConfig: { projectRoot: 'x' } });

    expect(await reload(app, run)).toEqual(run);
  });
});
