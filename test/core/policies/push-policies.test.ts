import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { samplesOf } from '../../../lib/core/policies/evaluation-store.ts';
import { listIgnoredTriggers } from '../../../lib/core/runs/ignored-trigger-store.ts';
import { markExternalDependency } from '../../../lib/core/runs/actions/mark-external-dependency.ts';
import { listProposedRuns, listTrackedRuns } from '../../../lib/core/runs/run-list-store.ts';
import { getStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { handleRepositoryChange } from '../../../lib/core/triggers/actions/handle-repository-change.ts';
import { writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { aPool, insertTestRun, reload } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

describe('push policies', needsEngine, () => {
  let app: TestApp;
  let stack: Stack;
  let url: string;
  let count = 0;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['policies', 'runs', 'ignored_triggers', 'policy_evaluations'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    url = `https://git.example.com/acme/pushed-${++count}.git`;
    stack = await aStack(app, { id: `pushed-${count}`, repositoryUrl: url, projectRoot: 'infra', workerPoolId: await aPool(app) });
    await look();
  });

  const look = () => handleRepositoryChange(app.ports, { url, cause: { kind: 'hook', at: app.clock.now().toISOString(), subject: stack.id } });
  const push = async (branch: string, files: Readonly<Record<string, string>> = { 'README.md': `change ${++count}` }, message = 'change') => {
    const hash = app.vcs.push(url, branch, files, { from: 'main', message });
    await look();
    return hash;
  };
  const tracked = () => listTrackedRuns(app.ports.db.sql, stack.id);
  const proposed = () => listProposedRuns(app.ports.db.sql, stack.id);
  const ignored = async () => (await listIgnoredTriggers(app.ports.db.sql, stack.id)).map(({ reason }) => reason);

  it('decide in place of the project root, by files, branch, message and stack', async () => {
    await aPolicy(app, 'GIT_PUSH', [
      'track if { input.push.branch == input.stack.branch; input.push.affected_files == ["README.md"]; input.push.tag == ""; is_null(input.pull_request) }',
      'propose if { input.push.branch == "feature"; input.stack.project_root == "infra"; input.vcs_integration.provider == "GIT"; input.push.message == "try" }',
    ].join('\n'), { stack: stack.id });
    const hash = await push('main');
    await push('feature', { 'README.md': 'x' }, 'try');
    await push('other');

    expect((await tracked()).map((run) => run.commit.hash)).toEqual([hash]);
    expect((await getStack(app.ports.db.sql, stack.id)).trackedCommit?.hash).toBe(hash);
    expect((await proposed()).map((run) => run.branch)).toEqual(['feature']);
    expect((await tracked())[0]?.causes.at(-1)).toMatchObject({ kind: 'policy', text: 'the push policies said track' });
  });

  it('ignore an event, and the reason with its messages is listed', async () => {
    await aPolicy(app, 'GIT_PUSH', 'track if true\nignore if contains(input.push.message, "[skip ci]")\nmessage contains "asked to be skipped" if contains(input.push.message, "[skip ci]")', { stack: stack.id });
    await push('main', { 'infra/a.tf': 'x' }, 'wip [skip ci]');
    expect(await tracked()).toEqual([]);
    expect((await ignored())[0]).toBe('dismissed by push policy: asked to be skipped');
  });

  it('that say nothing ignore an event, and ignore_track leaves the preview', async () => {
    await aPolicy(app, 'GIT_PUSH', 'propose if input.push.branch == "main"\ntrack if true\nignore_track if true', { stack: stack.id });
    await push('main');
    await push('quiet');
    expect(await tracked()).toEqual([]);
    expect((await proposed()).map((run) => run.branch)).toEqual(['main']);
  });

  it('move the tracked commit without a run when they say notrigger', async () => {
    await aPolicy(app, 'GIT_PUSH', 'track if true\nnotrigger if true', { stack: stack.id });
    const hash = await push('main');
    expect(await tracked()).toEqual([]);
    expect((await getStack(app.ports.db.sql, stack.id)).trackedCommit?.hash).toBe(hash);
  });

  it('put flags and priority on the run, and take back those of the same type that they list', async () => {
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url }, { branch: 'main' });
    const older = await insertTestRun(app, stack, { type: 'PROPOSED', commit });
    const trackedOlder = await insertTestRun(app, stack, { commit });
    await aPolicy(app, 'GIT_PUSH', 'propose if true\nprioritize if true\nflag contains "urgent" if true\ncancel contains r.id if some r in input.in_progress', { stack: stack.id });
    await push('feature');
    expect((await proposed()).find((run) => run.branch === 'feature')).toMatchObject({ flags: ['urgent'], priority: 'HIGH' });
    expect((await reload(app, older)).state).toBe('CANCELED');
    expect((await reload(app, trackedOlder)).state).toBe('QUEUED');
  });

  it('take and free the stack\'s lock by its key, and reject the run when somebody else holds it', async () => {
    await aPolicy(app, 'GIT_PUSH', [
      'key := "release"',
      'track if true',
      'lock := key if contains(input.push.message, "begin")',
      'unlock := key if contains(input.push.message, "end")',
    ].join('\n'), { stack: stack.id });
    await push('main', { a: '1' }, 'begin');
    expect((await getStack(app.ports.db.sql, stack.id)).lockedBy).toBe('release');
    expect(await tracked()).toHaveLength(1);

    await push('main', { a: '2' }, 'end');
    expect((await getStack(app.ports.db.sql, stack.id)).lockedBy).toBeNull();

    await app.ports.db.sql.updateTable('stacks').set({ locked_by: 'ada' }).where('id', '=', stack.id).execute();
    const before = (await tracked()).length;
    await push('main', { a: '3' }, 'begin');
    expect(await tracked()).toHaveLength(before);
    expect((await ignored())[0]).toBe('the stack is locked by ada, and the event asks for the lock "release"');
  });

  it('are united over all that are attached, and each sample can be found', async () => {
    const first = await aPolicy(app, 'GIT_PUSH', 'track if true\nsample if true', { stack: stack.id });
    await aPolicy(app, 'GIT_PUSH', 'ignore if input.push.branch == "main"', { stack: stack.id });
    await push('main');
    expect(await tracked()).toEqual([]);
    expect(await samplesOf(app.ports.db.sql, first.ulid, app.clock.now())).toEqual([expect.objectContaining({ outcome: 'track', stackId: stack.id, branch: 'main', runId: null })]);
  });

  it('hold the run in the queue until what it waits for outside was reported', async () => {
    await aPolicy(app, 'GIT_PUSH', 'track if true\nexternal_dependency contains sprintf("%s-image", [input.push.hash]) if true', { stack: stack.id });
    await aPolicy(app, 'GIT_PUSH', 'external_dependency contains "scan" if true', { stack: stack.id });
    const hash = await push('main');
    await app.drain();
    const [run] = await tracked();
    expect(run).toMatchObject({ state: 'QUEUED', waiting: { reason: `waiting for external dependencies ${[`"${hash}-image"`, '"scan"'].sort().join(', ')}` } });

    await markExternalDependency(app.ports, writerActor(), { dependency: `${hash}-image`, status: 'FINISHED' });
    await app.drain();
    expect((await tracked())[0]).toMatchObject({ state: 'QUEUED', waiting: { reason: 'waiting for external dependency "scan"' } });
    await markExternalDependency(app.ports, writerActor(), { dependency: 'scan', status: 'SKIPPED' });
    await app.drain();
    expect((await tracked())[0]).toMatchObject({ id: run?.id, state: 'READY' });
  });

  it('hold previews as well, and the event told again makes no other run', async () => {
    await aPolicy(app, 'GIT_PUSH', 'propose if input.push.branch == "feature"\nexternal_dependency contains "image" if true', { stack: stack.id });
    await push('feature');
    await look();
    await app.drain();
    expect((await proposed()).map(({ state, waiting }) => [state, waiting?.reason])).toEqual([['QUEUED', 'waiting for external dependency "image"']]);

    await markExternalDependency(app.ports, writerActor(), { dependency: 'image', status: 'FAILED' });
    await app.drain();
    expect((await proposed())[0]).toMatchObject({ state: 'FAILED' });
  });

  it('that name more, or longer ids, than a run can wait for make none, and the reason is listed', async () => {
    await aPolicy(app, 'GIT_PUSH', [
      'track if true',
      'external_dependency contains sprintf("image %d", [i]) if { input.push.message == "many"; some i in numbers.range(1, 51) }',
      'external_dependency contains concat("", [x | some _ in numbers.range(1, 256); x := "i"]) if input.push.message == "long"',
    ].join('\n'), { stack: stack.id });
    await push('main', { a: '1' }, 'many');
    await push('main', { a: '2' }, 'long');
    expect(await tracked()).toEqual([]);
    expect((await ignored()).slice(0, 2)).toEqual([
      'the id of an external dependency has 1 to 255 characters',
      '51 external dependencies are too many for a run: it waits for 50 at most',
    ]);
  });
});
