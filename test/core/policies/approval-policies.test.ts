import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { deletePolicy } from '../../../lib/core/policies/actions/delete-policy.ts';
import { updatePolicy } from '../../../lib/core/policies/actions/update-policy.ts';
import { receiptsOfRuns, samplesOf } from '../../../lib/core/policies/evaluation-store.ts';
import { json } from '../../../lib/core/ports/json.ts';
import { confirmRun } from '../../../lib/core/runs/actions/confirm-run.ts';
import { createTask } from '../../../lib/core/runs/actions/create-task.ts';
import { checkRun } from '../../../lib/core/runs/actions/check-run.ts';
import { sweepUncheckedRuns } from '../../../lib/core/runs/actions/recheck-runs.ts';
import { reviewRun } from '../../../lib/core/runs/actions/review-run.ts';
import { scheduleStack } from '../../../lib/core/runs/actions/schedule-stack.ts';
import { runCheckDue } from '../../../lib/core/runs/run-messages.ts';
import { historyOf } from '../../../lib/core/runs/run-store.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import { addStackConfig } from '../../../lib/core/stacks/actions/add-stack-config.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, spaceAdminActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { aPool, insertTestRun, reload } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

const admin = adminActor();
const writer = (login: string) => writerActor(['root'], { login });

describe('approval policies', needsEngine, () => {
  let app: TestApp;
  let stack: Stack;
  let poolId: string;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    poolId = await aPool(app);
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['policies', 'runs'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    stack = await aStack(app, { id: app.ports.ids.ulid().toLowerCase(), workerPoolId: poolId });
  });

  const run = async (changes: Partial<Run> = {}): Promise<Run> => {
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    return insertTestRun(app, stack, { commit, ...changes });
  };
  const schedule = async () => {
    await scheduleStack(app.ports, { stackId: stack.id });
    await app.drain();
  };
  const check = async (of: Run) => {
    await app.ports.queue.enqueue(app.ports.db.sql, runCheckDue, { runId: of.id, stateVersion: of.stateVersion, cause: 'test' });
    await app.drain();
  };

  it('let a run begin once all of them approve', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if input.run.state == "QUEUED"', { stack: stack.id });
    const queued = await run();
    await schedule();
    expect((await reload(app, queued)).state).toBe('READY');
    expect((await receiptsOfRuns(app.ports.db.sql, [queued.id])).map(({ type, outcome }) => [type, outcome])).toEqual([['APPROVAL', 'approve']]);
  });

  it('hold a run in the queue with those behind it, and say whose approval is missing', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if count(input.reviews.current.approvals) >= 2', { stack: stack.id, name: 'two people' });
    const first = await run();
    const second = await run();
    await schedule();
    expect(await reload(app, first)).toMatchObject({ state: 'QUEUED', waiting: { reason: 'waiting for approval by "two people"', approvals: ['two people'] } });
    expect(await reload(app, second)).toMatchObject({ state: 'QUEUED', waiting: { reason: `blocked by run ${first.id}` } });

    await reviewRun(app.ports, writer('ada'), { runId: first.id, decision: 'APPROVE' });
    await app.drain();
    expect((await reload(app, first)).state).toBe('QUEUED');
    await reviewRun(app.ports, writer('bob'), { runId: first.id, decision: 'APPROVE' });
    await app.drain();
    expect((await reload(app, first)).state).toBe('READY');
  });

  it('reject: the run fails at once, whatever others say', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if true', { stack: stack.id });
    await aPolicy(app, 'APPROVAL', 'approve if true\nreject_with_note contains sprintf("vetoed by %s", [r.author]) if some r in input.reviews.current.rejections', { stack: stack.id });
    await aPolicy(app, 'APPROVAL', 'approve if input.reviews.current.approvals[0].author == "nobody"', { stack: stack.id });
    const queued = await run();
    await schedule();
    expect((await reload(app, queued)).state).toBe('QUEUED');

    await reviewRun(app.ports, writer('zed'), { runId: queued.id, decision: 'REJECT' });
    await app.drain();
    expect((await reload(app, queued)).state).toBe('FAILED');
    expect((await historyOf(app.ports.db.sql, queued.id))[0]?.note).toBe('rejected by policy: vetoed by zed');
  });

  it('count the newest review of each person, in this state and in those before', async () => {
    await aPolicy(app, 'APPROVAL', [
      'approve if { count(input.reviews.current.approvals) == 1; count(input.reviews.older.approvals) == 1; input.run.state == "UNCONFIRMED" }',
      'approve if { input.run.state == "QUEUED"; input.reviews.current.approvals[0].session.login == "ada" }',
      'reject if count(input.reviews.current.rejections) > 1',
    ].join('\n'), { stack: stack.id });
    const waiting = await run();
    await schedule();
    await reviewRun(app.ports, writer('ada'), { runId: waiting.id, decision: 'REJECT' });
    await reviewRun(app.ports, writer('ada'), { runId: waiting.id, decision: 'APPROVE' });
    await app.drain();
    expect((await reload(app, waiting)).state).toBe('READY');
  });

  it('hold a confirmation, and let it through once they approve; approval does not confirm', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if count(input.reviews.current.approvals) > 0', { stack: stack.id, name: 'one review' });
    const parked = await run({ state: 'UNCONFIRMED' });
    await check(parked);
    await expect(confirmRun(app.ports, admin, { runId: parked.id })).rejects.toMatchObject({ code: 'CONFLICT', details: { approvals: ['one review'] } });

    await reviewRun(app.ports, writer('ada'), { runId: parked.id, decision: 'APPROVE' });
    await app.drain();
    expect((await reload(app, parked)).state).toBe('UNCONFIRMED');
    await expect(reviewRun(app.ports, writer('bob'), { runId: parked.id, decision: 'REJECT' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await confirmRun(app.ports, writer('ada'), { runId: parked.id })).state).toBe('CONFIRMED');
  });

  it('hold a confirmation from the moment that they are attached or changed', async () => {
    const parked = await run({ state: 'UNCONFIRMED' });
    const policy = await aPolicy(app, 'APPROVAL', 'approve if true', { stack: stack.id });
    await expect(confirmRun(app.ports, admin, { runId: parked.id })).rejects.toMatchObject({ code: 'CONFLICT' });
    await app.drain();

    await updatePolicy(app.ports, admin, { id: policy.id, name: policy.name, body: 'package spacelift\n\napprove if false\n' });
    await expect(confirmRun(app.ports, admin, { runId: parked.id })).rejects.toMatchObject({ code: 'CONFLICT' });
    await app.drain();
    await expect(confirmRun(app.ports, admin, { runId: parked.id })).rejects.toThrow('waiting for approval by');
  });

  it('that a label brings along are asked when somebody wants to confirm', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if input.stack.labels == ["guarded"]', { labels: ['autoattach:guarded'] });
    const parked = await run({ state: 'UNCONFIRMED' });
    await check(parked);
    await app.ports.db.sql.updateTable('stacks').set({ labels: json(['guarded']) }).where('id', '=', stack.id).execute();

    await expect(confirmRun(app.ports, admin, { runId: parked.id })).rejects.toThrow('its policies are being asked');
    await app.drain();
    expect((await confirmRun(app.ports, admin, { runId: parked.id })).state).toBe('CONFIRMED');
  });

  it('are asked once more by a tick when the message that would have asked them was lost', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if true', { stack: stack.id });
    await app.drain();
    const parked = await run({ state: 'UNCONFIRMED' });
    await sweepUncheckedRuns(app.ports);
    await app.drain();
    expect((await confirmRun(app.ports, admin, { runId: parked.id })).state).toBe('CONFIRMED');
  });

  it('see whether the commit changes the repository\'s own configuration', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if not input.run.repository_runtime_config_changed', { stack: stack.id, name: 'careful' });
    const tracked = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    await app.ports.db.sql.updateTable('stacks').set({ tracked_commit: json(tracked) }).where('id', '=', stack.id).execute();
    const same = await run();
    await schedule();
    expect((await reload(app, same)).state).toBe('READY');

    const hash = app.vcs.push(stack.repositoryUrl, 'other', { '.spacelift/config.yml': 'version: 1\n' }, { from: stack.branch });
    const changing = await run({ type: 'PROPOSED', branch: 'other', commit: await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { hash }) });
    await schedule();
    expect((await reload(app, changing)).waiting?.approvals).toEqual(['careful']);
  });

  it('see what a run goes by, but no secret', async () => {
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: { id: 'TOKEN', type: 'ENVIRONMENT_VARIABLE', value: 'canary-secret-value', writeOnly: true } });
    await addStackConfig(app.ports, admin, { stackId: stack.id, config: { id: 'REGION', type: 'ENVIRONMENT_VARIABLE', value: 'eu-west-1', writeOnly: false } });
    const policy = await aPolicy(app, 'APPROVAL', 'approve if { print(input); input.run.runtime_config.environment.REGION == "eu-west-1"; input.run.runtime_config.environment.TOKEN == sanitized("canary-secret-value") }\nsample if true', { stack: stack.id });
    const queued = await run();
    await schedule();
    expect((await reload(app, queued)).state).toBe('READY');
    const [sample] = await samplesOf(app.ports.db.sql, policy.ulid, app.clock.now());
    const kept = await app.ports.objects.get('policy-inputs', sample?.sampleKey ?? '');
    expect(kept?.toString('utf8')).toContain('eu-west-1');
    expect(kept?.toString('utf8')).not.toMatch(/canary-secret-value(?!\\?\"\))/);
  });

  it('see the attributes of what the run changes, with exact numbers', async () => {
    const change = { action: 'added', phase: 'plan', moved: false, address: 'a_disk.main', previousAddress: null, name: 'main', type: 'a_disk', provider: null };
    const changes = [{ ...change, values: '{"size":9007199254740993,"tags":{"owner":"db"}}' }, { ...change, address: 'a_disk.other', name: 'other' }];
    await app.ports.objects.put('documents', 'changes-with-values', Buffer.from(JSON.stringify(changes)));
    await aPolicy(app, 'APPROVAL', [
      'reject_with_note contains sprintf("%s %d", [c.entity.address, c.entity.data.values.size]) if { some c in input.run.changes; c.entity.data.values.tags.owner == "db" }',
      'reject_with_note contains "nothing is known of it" if { some c in input.run.changes; c.entity.data == {} }',
    ].join('\n'), { stack: stack.id });
    const waiting = await run({ state: 'UNCONFIRMED', changesKey: 'changes-with-values' });
    await checkRun(app.ports, { runId: waiting.id, stateVersion: waiting.stateVersion });
    const [receipt] = await receiptsOfRuns(app.ports.db.sql, [waiting.id]);
    expect(receipt?.messages).toEqual(['a_disk.main 9007199254740993', 'nothing is known of it']);
  });

  it('finish a preview that waits for reviews once they approve', async () => {
    await aPolicy(app, 'APPROVAL', 'approve if count(input.reviews.current.approvals) > 0', { stack: stack.id });
    const preview = await run({ type: 'PROPOSED', state: 'PENDING_REVIEW' });
    await check(preview);
    expect((await reload(app, preview)).state).toBe('PENDING_REVIEW');
    await reviewRun(app.ports, writer('ada'), { runId: preview.id, decision: 'APPROVE' });
    await app.drain();
    expect((await reload(app, preview)).state).toBe('FINISHED');
  });

  it('of a run that none holds take no reviews', async () => {
    const queued = await run();
    await expect(reviewRun(app.ports, writer('ada'), { runId: queued.id, decision: 'APPROVE' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('that are deleted while a run waits leave the decision to an administrator of the stack', async () => {
    const policy = await aPolicy(app, 'APPROVAL', 'approve if false', { stack: stack.id });
    const queued = await run();
    const preview = await run({ type: 'PROPOSED', state: 'PENDING_REVIEW' });
    await schedule();
    await check(preview);

    await deletePolicy(app.ports, admin, { id: policy.id, force: true });
    await app.drain();
    expect(await reload(app, queued)).toMatchObject({ state: 'QUEUED', waiting: { reason: expect.stringContaining('an administrator of the stack') } });
    expect((await reload(app, preview)).state).toBe('PENDING_REVIEW');
    await expect(reviewRun(app.ports, writer('ada'), { runId: queued.id, decision: 'APPROVE' })).rejects.toMatchObject({ code: 'FORBIDDEN' });

    await reviewRun(app.ports, spaceAdminActor(), { runId: queued.id, decision: 'APPROVE' });
    await reviewRun(app.ports, spaceAdminActor(), { runId: preview.id, decision: 'REJECT' });
    await app.drain();
    expect((await reload(app, queued)).state).toBe('READY');
    expect((await reload(app, preview)).state).toBe('FAILED');
  });

  it('that are deleted while a run waits for confirmation leave it to an administrator too', async () => {
    const policy = await aPolicy(app, 'APPROVAL', 'approve if false', { stack: stack.id });
    const parked = await run({ state: 'UNCONFIRMED' });
    await check(parked);
    await deletePolicy(app.ports, admin, { id: policy.id, force: true });
    await app.drain();

    await expect(confirmRun(app.ports, writer('ada'), { runId: parked.id })).rejects.toThrow('an administrator of the stack');
    expect((await confirmRun(app.ports, spaceAdminActor(), { runId: parked.id })).state).toBe('CONFIRMED');
  });

  it('that come later send back a run that no worker has begun', async () => {
    const ready = await run({ state: 'READY' });
    await aPolicy(app, 'APPROVAL', 'approve if false', { stack: stack.id });
    await app.drain();
    expect((await reload(app, ready)).state).toBe('QUEUED');
  });
});

describe('initialization policies', needsEngine, () => {
  let app: TestApp;
  let stack: Stack;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    stack = await aStack(app, { id: 'init', workerPoolId: await aPool(app), hooks: { ...(await aStack(app, { id: 'model' })).hooks, beforeInit: ['ls', 'curl http://x | sh'] } });
  });
  after(() => app.close());
  beforeEach(async () => void (await app.ports.db.sql.deleteFrom('policies').execute()));

  it('deny a run before it starts, with all their messages', async () => {
    await aPolicy(app, 'INITIALIZATION', 'deny[sprintf("hook %d uses curl", [i])] {\n  c := runtime_config.before_init[i]\n  contains(c, "curl ")\n}', { v0: true, stack: stack.id });
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    const queued = await insertTestRun(app, stack, { commit });
    await scheduleStack(app.ports, { stackId: stack.id });
    await app.drain();
    expect((await reload(app, queued)).state).toBe('FAILED');
    expect((await historyOf(app.ports.db.sql, queued.id))[0]?.note).toBe('denied by policy: hook 1 uses curl');
  });

  it('let a task pass that none of them minds', async () => {
    await aPolicy(app, 'INITIALIZATION', 'deny contains "never" if run.type != "TASK"', { stack: stack.id });
    const task = await createTask(app.ports, admin, { stackId: stack.id, command: 'terraform output' });
    await app.drain();
    expect((await reload(app, task)).state).toBe('READY');
  });
});
