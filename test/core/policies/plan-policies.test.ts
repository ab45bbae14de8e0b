import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { readControl } from '../../../lib/core/handovers/actions/read-control.ts';
import { releaseRun } from '../../../lib/core/handovers/actions/release-run.ts';
import { reportPlan } from '../../../lib/core/handovers/actions/report-plan.ts';
import { receiptsOfRuns } from '../../../lib/core/policies/evaluation-store.ts';
import { inputKey } from '../../../lib/core/policies/evaluation.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import type { WorkerInPool } from '../../../lib/core/workers/worker.ts';
import type { PlanReport } from '../../../lib/protocol/worker-api.ts';
import type { TestApp } from '../../support/app.ts';
import { aRun, anArtifact, claimed, handoversApp, planOf, poolStack, walk, workerAgain } from '../../support/handover-builders.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { insertTestRun, reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

describe('plan policies', needsEngine, () => {
  let app: TestApp;
  let pool: TestPool;
  let worker: WorkerInPool;
  before(async () => {
    app = await handoversApp();
    pool = await aWorkerPool(app);
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['workers', 'policies', 'runs'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    worker = await aWorker(app, pool);
  });

  async function planning(stackChanges: Partial<Stack> = {}, changes: Partial<Run> = {}) {
    const id = app.ports.ids.ulid().toLowerCase();
    const stack = await poolStack(app, pool, { id, repositoryUrl: `https://git.example.com/${id}.git`, ...stackChanges });
    const run = await aRun(app, stack, changes);
    const job = await claimed(app, worker);
    await walk(app, worker, job, 'PREPARING', 'INITIALIZING', 'PLANNING');
    return { stack, run, job, call: { runId: run.id, lease: job.lease } };
  }

  const PLAN = { resource_changes: [{ address: 'aws_db_instance.main', type: 'aws_db_instance', change: { actions: ['delete'], before: { size: 9007199254740993 }, after: null } }] };
  const exact = JSON.stringify(PLAN).replace('9007199254740992', '9007199254740993');
  const report = (changes: Partial<PlanReport> = {}) => planOf({ inline: { plan: exact }, ...changes });

  it('let a plan pass that none of them minds, and the run applies by itself', async () => {
    const { stack, run, call } = await planning({ autodeploy: true });
    await aPolicy(app, 'PLAN', 'deny contains "never" if input.spacelift.run.type == "PROPOSED"', { stack: stack.id });

    const first = await reportPlan(app.ports, worker, { ...call, report: report() });
    expect(first.decision).toBeNull();
    await app.drain();
    expect(await reload(app, run)).toMatchObject({ state: 'APPLYING', decision: 'apply' });
    expect(await readControl(app.ports, worker, call)).not.toHaveProperty('policies');
  });

  it('deny: the run fails with every message, in its note and for its log', async () => {
    const { stack, run, call } = await planning({ autodeploy: true });
    await aPolicy(app, 'PLAN', 'deny contains sprintf("%s would be destroyed", [r.address]) if some r in deleted_resources', { stack: stack.id });
    await aPolicy(app, 'PLAN', 'deny contains "not today"\nwarn contains "and beware"', { stack: stack.id });

    await reportPlan(app.ports, worker, { ...call, report: report() });
    await app.drain();

    expect(await reload(app, run)).toMatchObject({ state: 'FAILED', decision: 'fail' });
    const [latest] = await historyOf(app.ports.db.sql, run.id);
    expect(latest?.note).toBe('denied by policy: aws_db_instance.main would be destroyed; not today');
    expect((await readControl(app.ports, worker, call)).policies).toEqual({ deny: ['aws_db_instance.main would be destroyed', 'not today'], warn: ['and beware'] });
  });

  it('warn: a tracked run waits for a person in spite of autodeploy', async () => {
    const { stack, run, call } = await planning({ autodeploy: true });
    await aPolicy(app, 'PLAN', 'warn contains "look here"', { stack: stack.id });
    await reportPlan(app.ports, worker, { ...call, report: report() });
    await app.drain();
    expect(await reload(app, run)).toMatchObject({ state: 'UNCONFIRMED', decision: 'release', decisionNote: 'warned by policy: look here' });
  });

  it('warn: a preview waits for reviews where an approval policy is attached, and finishes elsewhere', async () => {
    for (const [withApproval, state] of [[true, 'PENDING_REVIEW'], [false, 'FINISHED']] as const) {
      const { stack, run, call } = await planning({}, { type: 'PROPOSED' });
      await aPolicy(app, 'PLAN', 'warn contains "look here"', { stack: stack.id });
      if (withApproval) await aPolicy(app, 'APPROVAL', 'approve if count(input.reviews.current.approvals) > 0', { stack: stack.id });
      await reportPlan(app.ports, worker, { ...call, report: report() });
      await app.drain();
      expect((await reload(app, run)).state).toBe(state);
      await releaseRun(app.ports, await workerAgain(app, worker), { ...call, request: { outcome: 'finished' } });
      expect((await reload(app, run)).state).toBe(state);
    }
  });

  it('see the run, the stack, the plan with exact numbers and what the project added', async () => {
    const { stack, run, job, call } = await planning({ labels: ['prod'] }, { creatorSession: { admin: false, creatorIp: '10.0.0.9', login: 'kim', name: 'Kim', teams: ['db'], machine: false } });
    await aPolicy(app, 'PLAN', [
      'warn contains "exact" if input.terraform.resource_changes[0].change.before.size == 9007199254740993',
      'warn contains sprintf("%v", [input.third_party_metadata.custom.scan.found])',
      'warn contains input.spacelift.run.creator_session.login',
      'warn contains input.spacelift.stack.labels[0]',
      'warn contains input.spacelift.request.remote_ip',
      'warn contains "no earlier run" if not input.spacelift.previous_run',
      'warn contains "others are null" if [input.pulumi, input.ansible, input.kubernetes, input.cloudformation, input.terragrunt] == [null, null, null, null, null]',
    ].join('\n'), { stack: stack.id });
    const customArtifactId = await anArtifact(app, worker, job, 'policy-custom-input', { scan: { found: 3 } });
    await reportPlan(app.ports, worker, { ...call, report: report({ inline: { plan: exact, custom: undefined }, customArtifactId }) });
    await app.drain();
    const [receipt] = await receiptsOfRuns(app.ports.db.sql, [run.id]);
    expect([...(receipt?.messages ?? [])].sort()).toEqual(['10.0.0.9', '3', 'exact', 'kim', 'no earlier run', 'others are null', 'prod']);
  });

  it('see the tracked run before, with what it changed and what it went by', async () => {
    const { stack, run, call } = await planning();
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    const change = { action: 'added', phase: 'apply', moved: false, address: 'a_disk.main', previousAddress: null, name: 'main', type: 'a_disk', provider: null, values: '{"size":3}' };
    await app.ports.objects.put('documents', 'changes-before', Buffer.from(JSON.stringify([change])));
    await insertTestRun(app, stack, { id: '00000000000000000000000001', commit, state: 'FINISHED', applyChangesKey: 'changes-before', flags: ['earlier'] });
    await aPolicy(app, 'PLAN', [
      'before := input.spacelift.previous_run',
      'warn contains sprintf("%s %s %s %d", [before.state, before.flags[0], c.entity.address, c.entity.data.values.size]) if some c in before.changes',
      'warn contains sprintf("root %q", [before.runtime_config.project_root])',
    ].join('\n'), { stack: stack.id });
    await reportPlan(app.ports, worker, { ...call, report: report() });
    await app.drain();
    const [receipt] = await receiptsOfRuns(app.ports.db.sql, [run.id]);
    expect(receipt?.messages).toEqual(['FINISHED earlier a_disk.main 3', 'root ""']);
  });

  it('leave a receipt each, one kept input for all of them, and flags with their owners', async () => {
    const { stack, run, call } = await planning();
    await aPolicy(app, 'PLAN', 'flag contains "touches-db"', { stack: stack.id, name: 'flags' });
    await aPolicy(app, 'PLAN', 'reset_flag contains "touches-db"\nwarn contains "careful"', { stack: stack.id, name: 'resets' });
    await reportPlan(app.ports, worker, { ...call, report: report() });
    await app.drain();

    expect((await reload(app, run)).flags).toEqual(['touches-db']);
    const receipts = await receiptsOfRuns(app.ports.db.sql, [run.id]);
    expect(receipts.map(({ policyName, outcome, messages, inputKept, error }) => ({ policyName, outcome, messages, inputKept, error }))).toEqual([
      { policyName: 'flags', outcome: 'allow', messages: [], inputKept: true, error: null },
      { policyName: 'resets', outcome: 'warn', messages: ['careful'], inputKept: true, error: null },
    ]);
    expect(new Set(receipts.map(({ inputSha256 }) => inputSha256)).size).toBe(1);
    expect(await app.ports.objects.get('policy-inputs', inputKey(receipts[0]?.inputSha256 ?? ''))).toBeDefined();
  });

  it('deny when the worker sends no plan, or one that is no single JSON value', async () => {
    for (const [changes, note] of [
      [{ inline: {} }, 'the plan is not there'],
      [{ inline: { plan: 'null, "spacelift": {}' } }, 'the plan is not valid JSON'],
    ] as const) {
      const { stack, run, call } = await planning();
      await aPolicy(app, 'PLAN', 'deny contains "never" if false', { stack: stack.id });
      await reportPlan(app.ports, worker, { ...call, report: report(changes) });
      await app.drain();
      expect(await reload(app, run)).toMatchObject({ state: 'FAILED', decisionNote: expect.stringContaining(note) });
      await releaseRun(app.ports, await workerAgain(app, worker), { ...call, request: { outcome: 'failed' } });
    }
  });

  it('that never answered let nobody confirm: the run fails when its worker gives up waiting', async () => {
    const { stack, run, call } = await planning();
    await aPolicy(app, 'PLAN', 'deny contains "never" if false', { stack: stack.id });
    await reportPlan(app.ports, worker, { ...call, report: report() });
    await releaseRun(app.ports, await workerAgain(app, worker), { ...call, request: { outcome: 'waiting' } });
    expect((await reload(app, run)).state).toBe('FAILED');
  });
});
