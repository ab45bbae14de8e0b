import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { decidePlan } from '../../../lib/core/handovers/actions/decide-plan.ts';
import { readControl } from '../../../lib/core/handovers/actions/read-control.ts';
import { readRunLogs } from '../../../lib/core/handovers/actions/read-run-logs.ts';
import { releaseRun } from '../../../lib/core/handovers/actions/release-run.ts';
import { reportPlan } from '../../../lib/core/handovers/actions/report-plan.ts';
import { transitionRun } from '../../../lib/core/handovers/actions/transition-run.ts';
import { workspaceUpload } from '../../../lib/core/handovers/actions/workspace-transfer.ts';
import { json } from '../../../lib/core/ports/json.ts';
import { confirmRun } from '../../../lib/core/runs/actions/confirm-run.ts';
import { killRun } from '../../../lib/core/runs/actions/kill-run.ts';
import { stopRun } from '../../../lib/core/runs/actions/stop-run.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { sha256 } from '../../../lib/core/shared/text.ts';
import { findStack } from '../../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import type { WorkerInPool } from '../../../lib/core/workers/worker.ts';
import type { Job } from '../../../lib/protocol/job.ts';
import type { ReleaseRequest } from '../../../lib/protocol/worker-api.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { aRun, anArtifact, claimed, deltaOf, handoversApp, planOf, poolStack, put, walk, workerAgain } from '../../support/handover-builders.ts';
import { reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, workerNow, type TestPool } from '../../support/worker-builders.ts';

let app: TestApp;
let pool: TestPool;
let worker: WorkerInPool;
before(async () => {
  app = await handoversApp();
  pool = await aWorkerPool(app);
});
after(() => app.close());
beforeEach(async () => {
  await app.ports.db.sql.deleteFrom('workers').execute();
  await app.ports.db.sql.deleteFrom('runs').execute();
  worker = await aWorker(app, pool);
});

const freshStack = (changes: Partial<Stack> = {}) => {
  const id = app.ports.ids.ulid().toLowerCase();
  return poolStack(app, pool, { id, repositoryUrl: `https://git.example.com/${id}.git`, ...changes });
};

async function begun(changes: Partial<Run> = {}, stackChanges: Partial<Stack> = {}): Promise<{ readonly run: Run; readonly job: Job; readonly call: { readonly runId: string; readonly lease: number } }> {
  const run = await aRun(app, await freshStack(stackChanges), changes);
  const job = await claimed(app, worker);
  return { run, job, call: { runId: run.id, lease: job.lease } };
}

async function planning(changes: Partial<Run> = {}, stackChanges: Partial<Stack> = {}) {
  const made = await begun(changes, stackChanges);
  await walk(app, worker, made.job, 'PREPARING', 'INITIALIZING', 'PLANNING');
  return made;
}

const release = async (call: { readonly runId: string; readonly lease: number }, request: ReleaseRequest) => releaseRun(app.ports, await workerAgain(app, worker), { ...call, request });

async function saveWorkspace(call: { readonly runId: string; readonly lease: number }) {
  const body = Buffer.from('sealed workspace');
  const { url, key } = await workspaceUpload(app.ports, worker, { ...call, bytes: body.length, sha256: sha256(body) });
  await put(app, url, body);
  return key;
}

describe('steps of a worker', () => {
  it('are numbered, and tell whether to stop', async () => {
    const { run, call } = await begun();

    const answer = await transitionRun(app.ports, worker, { ...call, request: { from: 'PREPARING', to: 'INITIALIZING' } });
    // The tool reads the state first of all, so the answer brings it: there is none yet.
    expect(answer).toEqual({ stateVersion: 3, stop: false, state: null });

    await stopRun(app.ports, adminActor(), { stackId: run.stackId, runId: run.id });
    expect(await transitionRun(app.ports, worker, { ...call, request: { from: 'INITIALIZING', to: 'PLANNING' } })).toEqual({ stateVersion: 4, stop: true });
    expect(app.published.at(-1)?.message).toMatchObject({ type: 'run.stop', runId: run.id, lease: 1 });
  });

  it('are answered again when the first answer was lost', async () => {
    const { run, call } = await begun();
    const request = { from: 'PREPARING', to: 'INITIALIZING' };

    const answers = [await transitionRun(app.ports, worker, { ...call, request }), await transitionRun(app.ports, worker, { ...call, request })];

    expect(answers[0]).toEqual(answers[1]);
    expect(await historyOf(app.ports.db.sql, run.id)).toHaveLength(3);
  });

  it('are refused under a lease of the past, and from another worker', async () => {
    const { call } = await begun();
    const request = { from: 'PREPARING', to: 'INITIALIZING' };

    await expect(transitionRun(app.ports, worker, { ...call, lease: 0, request })).rejects.toMatchObject({ details: { workerCode: 'stale_lease' } });
    await expect(transitionRun(app.ports, await aWorker(app, pool), { ...call, request })).rejects.toMatchObject({ details: { workerCode: 'stale_lease' } });
  });

  it('are refused when the run is elsewhere, or the step is the server\'s to make', async () => {
    const { call } = await planning();

    await expect(transitionRun(app.ports, worker, { ...call, request: { from: 'INITIALIZING', to: 'FAILED' } })).rejects.toMatchObject({ details: { workerCode: 'bad_transition' } });
    for (const to of ['APPLYING', 'FINISHED', 'UNCONFIRMED', 'READY', 'NOWHERE']) {
      await expect(transitionRun(app.ports, worker, { ...call, request: { from: 'PLANNING', to } })).rejects.toMatchObject({ details: { workerCode: 'bad_transition' } });
    }
  });

  it('take a task from its command to the end, with or without initialization', async () => {
    const quick = await begun({ type: 'TASK', skipInitialization: true, command: 'true' });
    await walk(app, worker, quick.job, 'PREPARING', 'PERFORMING', 'FINISHED');
    await release(quick.call, { outcome: 'finished' });
    const full = await begun({ type: 'TASK', command: 'true' });
    await walk(app, worker, full.job, 'PREPARING', 'INITIALIZING', 'PERFORMING', 'FINISHED');

    expect([(await reload(app, quick.run)).state, (await reload(app, full.run)).state]).toEqual(['FINISHED', 'FINISHED']);
  });

  it('end a run with the worker\'s note', async () => {
    const { run, call } = await planning();

    await transitionRun(app.ports, worker, { ...call, request: { from: 'PLANNING', to: 'FAILED', note: 'exit code 1' } });

    expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: 'exit code 1', terminal: true });
    expect(await workerNow(app, worker)).toMatchObject({ busy: true });
  });
});

describe('the decision after planning', () => {
  const TABLE: readonly { readonly name: string; readonly run?: Partial<Run>; readonly stack?: Partial<Stack>; readonly plan?: Parameters<typeof planOf>[0]; readonly decision: string; readonly state: string; readonly note: string | null }[] = [
    { name: 'a preview finishes', run: { type: 'PROPOSED' }, decision: 'finish', state: 'FINISHED', note: null },
    { name: 'a deployment with changes waits for a person', decision: 'release', state: 'UNCONFIRMED', note: 'Autodeploy is off' },
    { name: 'a deployment without changes finishes', plan: { delta: deltaOf(), hasChanges: false }, decision: 'finish', state: 'FINISHED', note: 'No changes' },
    { name: 'autodeploy applies at once', stack: { autodeploy: true }, decision: 'apply', state: 'APPLYING', note: null },
    { name: 'a lock turns autodeploy off', stack: { autodeploy: true, lockedBy: 'ada' }, decision: 'release', state: 'UNCONFIRMED', note: 'Autodeploy is off: the stack is locked by ada' },
    { name: 'a forced apply needs no changes', run: { forceApply: 'SINGLE' }, plan: { delta: deltaOf(), hasChanges: false }, decision: 'apply', state: 'APPLYING', note: null },
    { name: 'a move counts as a change', plan: { delta: deltaOf({ moveCount: 1 }), hasChanges: false }, decision: 'release', state: 'UNCONFIRMED', note: 'Autodeploy is off' },
    { name: 'skipped planning is never without changes', plan: { delta: deltaOf(), hasChanges: false, skipped: true }, decision: 'release', state: 'UNCONFIRMED', note: 'Autodeploy is off' },
  ];
  for (const row of TABLE) {
    it(row.name, async () => {
      const { run, call } = await planning(row.run, row.stack);

      const answer = await reportPlan(app.ports, worker, { ...call, report: planOf(row.plan) });

      expect(answer).toMatchObject({ decision: row.decision, state: row.state, stateVersion: 5 });
      expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: row.state, note: row.note });
      expect(app.published.at(-1)).toMatchObject({ workerId: worker.id, message: { type: 'run.continue', runId: run.id, lease: 1, decision: row.decision } });
      expect(await readControl(app.ports, worker, call)).toEqual(answer);
    });
  }

  it('keeps delta and changes, and takes the same report again without deciding twice', async () => {
    const { run, job, call } = await planning();
    const changesArtifactId = await anArtifact(app, worker, job, 'changes', []);
    const artifactId = await anArtifact(app, worker, job, 'plan', { resource_changes: [] });

    const report = planOf({ artifactId, changesArtifactId });
    const first = await reportPlan(app.ports, worker, { ...call, report });
    const second = await reportPlan(app.ports, worker, { ...call, report });
    await app.drain();

    expect(second).toEqual(first);
    expect(await reload(app, run)).toMatchObject({ delta: { addCount: 1 }, hasChanges: true, changesKey: `runs/${run.id}/1/changes-${changesArtifactId}`, decision: 'release', stateVersion: 5 });
  });

  it('is made by the message when the server ended right after the report', async () => {
    const { run } = await planning();
    await app.ports.db.sql.updateTable('runs').set({ has_changes: true, delta: json(deltaOf({ addCount: 1 })) }).where('id', '=', run.id).execute();

    await decidePlan(app.ports, { runId: run.id, lease: 2 });
    expect((await reload(app, run)).state).toBe('PLANNING');
    await decidePlan(app.ports, { runId: run.id, lease: 1 });
    expect(await reload(app, run)).toMatchObject({ state: 'UNCONFIRMED', decision: 'release' });
  });

  it('refuses a plan that was sanitized in another way than the stack asks for', async () => {
    const { call } = await planning();

    await expect(reportPlan(app.ports, worker, { ...call, report: planOf({ sanitizedAs: 'off' }) })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('refuses what was announced but not stored, or stored for another handover', async () => {
    const { job, call } = await planning();
    const id = await anArtifact(app, worker, job, 'changes', []);
    await app.ports.objects.delete('documents', `runs/${call.runId}/1/changes-${id}`);

    await expect(reportPlan(app.ports, worker, { ...call, report: planOf({ changesArtifactId: id }) })).rejects.toMatchObject({ code: 'INVALID', message: `artifact ${id} was not stored` });
    await expect(reportPlan(app.ports, worker, { ...call, report: planOf({ artifactId: id }) })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('honours a stop that came while it was planned', async () => {
    const { run, call } = await planning();
    await stopRun(app.ports, adminActor(), { stackId: run.stackId, runId: run.id, note: 'not now' });

    expect(await reportPlan(app.ports, worker, { ...call, report: planOf() })).toMatchObject({ decision: 'discard', state: 'STOPPED' });
    expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'STOPPED', note: 'not now' });
  });
});

describe('releasing a run', () => {
  it('parks it with its workspace, and another worker applies it', async () => {
    const { run, call } = await planning();
    await reportPlan(app.ports, worker, { ...call, report: planOf() });
    const key = await saveWorkspace(call);
    await release(call, { outcome: 'waiting' });

    expect(await workerNow(app, worker)).toMatchObject({ busy: false, runId: null, availableAt: app.clock.now() });
    await confirmRun(app.ports, adminActor(), { stackId: run.stackId, runId: run.id });
    const other = await aWorker(app, pool);
    const job = await claimed(app, other);
    expect(job).toMatchObject({ phase: 'APPLY', lease: 2, workspace: { bytes: 16 } });
    await walk(app, other, job, 'PREPARING_APPLY', 'APPLYING', 'FINISHED');
    expect(await findStack(app.ports.db.sql, run.stackId)).toMatchObject({ lastAppliedVersion: '1.5.7', lastApplyAt: app.clock.now() });
    await releaseRun(app.ports, await workerAgain(app, other), { runId: run.id, lease: 2, request: { outcome: 'finished' } });
    expect(await app.ports.objects.list('workspace', key)).toEqual([]);
  });

  it('does nothing more when told again', async () => {
    const { call, job } = await begun({ type: 'PROPOSED' });
    await walk(app, worker, job, 'PREPARING', 'FAILED');
    await release(call, { outcome: 'failed' });
    const before = await workerNow(app, worker);
    await release(call, { outcome: 'failed' });

    expect(await workerNow(app, worker)).toEqual(before);
  });

  it('fails a run whose workspace was not saved', async () => {
    const { run, call } = await planning();
    await reportPlan(app.ports, worker, { ...call, report: planOf() });

    await release(call, { outcome: 'waiting' });

    expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: 'the workspace was not saved, so the run cannot go on' });
  });

  it('sends a run back to the queue, where the next lease fences this worker', async () => {
    const { run, call } = await planning();

    await release(call, { outcome: 'requeue', note: 'spot instance reclaimed' });

    expect(await reload(app, run)).toMatchObject({ state: 'READY', workerId: null });
    await expect(readControl(app.ports, worker, call)).rejects.toMatchObject({ details: { workerCode: 'stale_lease' } });
  });

  it('refuses to send back what may have changed something', async () => {
    const { call } = await planning({}, { autodeploy: true });
    await reportPlan(app.ports, worker, { ...call, report: planOf() });

    await expect(release(call, { outcome: 'requeue' })).rejects.toMatchObject({ details: { workerCode: 'bad_transition' } });
  });

  it('ends what a worker leaves unfinished', async () => {
    const { run, call } = await planning({}, { autodeploy: true });
    await reportPlan(app.ports, worker, { ...call, report: planOf() });

    await release(call, { outcome: 'finished' });

    expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'FAILED', note: 'the worker gave the run back while it was APPLYING' });
    expect(await workerNow(app, worker)).toMatchObject({ busy: false });
  });

  it('parks a planned run that nobody decided upon', async () => {
    const { run, call } = await planning();
    await app.ports.db.sql.updateTable('runs').set({ has_changes: true }).where('id', '=', run.id).execute();
    await saveWorkspace(call);

    await release(call, { outcome: 'waiting' });

    expect((await historyOf(app.ports.db.sql, run.id))[0]).toMatchObject({ state: 'UNCONFIRMED', note: 'no decision after planning in time' });
  });
});

describe('killing a run', () => {
  it('tells the worker, and shows in control', async () => {
    const { run, call } = await planning();

    await killRun(app.ports, adminActor(), { stackId: run.stackId, runId: run.id, note: 'runaway' });

    expect(await readControl(app.ports, worker, call)).toMatchObject({ kill: true, stop: true, state: 'PLANNING' });
  });

  it('keeps the words of who asked for it, whether it could stop or was already changing something', async () => {
    const stoppable = await planning();
    await killRun(app.ports, adminActor(), { stackId: stoppable.run.stackId, runId: stoppable.run.id, note: 'runaway' });
    await release(stoppable.call, { outcome: 'stopped' });
    const writing = await planning({}, { autodeploy: true });
    await reportPlan(app.ports, worker, { ...writing.call, report: planOf() });
    await killRun(app.ports, adminActor(), { stackId: writing.run.stackId, runId: writing.run.id, note: 'wrong account' });
    await release(writing.call, { outcome: 'stopped' });

    expect((await historyOf(app.ports.db.sql, stoppable.run.id))[0]).toMatchObject({ state: 'STOPPED', note: 'runaway' });
    expect((await historyOf(app.ports.db.sql, writing.run.id))[0]).toMatchObject({ state: 'FAILED', note: 'wrong account' });
  });

  it('ends the log that a killed worker leaves open, with the reason', async () => {
    const { run, call } = await planning();
    const { stateVersion } = await reload(app, run);
    await killRun(app.ports, adminActor(), { stackId: run.stackId, runId: run.id, note: 'runaway' });

    await release(call, { outcome: 'stopped' });

    const log = await readRunLogs(app.ports, { run: await reload(app, run), state: 'PLANNING', stateVersion, token: null });
    expect(log).toMatchObject({ finished: true, messages: [{ message: '[Ground Control] runaway' }] });
  });
});
