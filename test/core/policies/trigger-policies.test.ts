import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { receiptsOfRuns } from '../../../lib/core/policies/evaluation-store.ts';
import { createTask } from '../../../lib/core/runs/actions/create-task.ts';
import { failRun } from '../../../lib/core/runs/actions/fail-run.ts';
import { listRuns } from '../../../lib/core/runs/run-list-store.ts';
import { triggerFollowers } from '../../../lib/core/triggers/actions/trigger-followers.ts';
import { adminActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

describe('trigger policies', needsEngine, () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['messages', 'policies', 'runs', 'stacks'] as const) await app.ports.db.sql.deleteFrom(table).execute();
  });

  const finished = async (stackId: string, labels: readonly string[] = []) => {
    const stack = await aStack(app, { id: stackId, labels });
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    return { stack, run: await insertTestRun(app, stack, { state: 'FINISHED', commit }) };
  };
  const runsOf = (stackId: string) => listRuns(app.ports.db.sql, stackId, { types: ['TRACKED'] });

  it('start one run on each stack that they name, in the same workflow, once however often it is told', async () => {
    const { stack, run } = await finished('vpc');
    await aStack(app, { id: 'dns', labels: ['after:vpc'] });
    await aStack(app, { id: 'app', labels: ['after:vpc', 'after:db'] });
    const policy = await aPolicy(app, 'TRIGGER', [
      'done contains w.stack_id if { some w in input.workflow; w.state == "FINISHED" }',
      'trigger contains s.id if {',
      '  input.run.state == "FINISHED"',
      '  some s in input.stacks',
      '  needs := {n | some l in s.labels; startswith(l, "after:"); n := trim_prefix(l, "after:")}',
      '  input.stack.id in needs',
      '  count(needs - done) == 0',
      '  s.queued_runs == 0',
      '}',
      'flag contains "follows" if true',
    ].join('\n'), { stack: stack.id });

    await triggerFollowers(app.ports, { runId: run.id });
    await triggerFollowers(app.ports, { runId: run.id });

    expect(await runsOf('app')).toEqual([]);
    const started = await runsOf('dns');
    expect(started).toEqual([expect.objectContaining({ triggeredBy: policy.id, workflowId: run.workflowId, flags: ['follows'] })]);
    expect((await receiptsOfRuns(app.ports.db.sql, [run.id]))[0]).toMatchObject({ type: 'TRIGGER', outcome: 'trigger' });
  });

  it('are asked when a blocking run ends, whatever its end', async () => {
    const stack = await aStack(app, { id: 'failing' });
    await aStack(app, { id: 'cleaner' });
    await aPolicy(app, 'TRIGGER', 'trigger contains "cleaner" if input.run.states_history[_].new_state == "FAILED"', { stack: stack.id });
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED', commit });
    await failRun(app.ports, run, 'on purpose');
    await app.drain();
    expect(await runsOf('cleaner')).toHaveLength(1);
  });

  it('that name a stack which does not exist tell the administrators, and start the others', async () => {
    const { stack, run } = await finished('source');
    await aStack(app, { id: 'target' });
    await aPolicy(app, 'TRIGGER', 'trigger contains "no-such-stack" if true\ntrigger contains "target" if true', { stack: stack.id });
    await triggerFollowers(app.ports, { runId: run.id });
    expect(await runsOf('target')).toHaveLength(1);
    expect(await app.queued()).toContainEqual(expect.objectContaining({ body: expect.objectContaining({ title: 'Invalid Stack Slug Triggered' }) }));
  });
});

describe('task policies', needsEngine, () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());

  it('refuse a task with all their messages before there is a run', async () => {
    const stack = await aStack(app, { id: 'tasks' });
    await aPolicy(app, 'TASK', 'deny["no state surgery"] {\n  startswith(request.command, "terraform state ")\n  not session.admin\n}', { v0: true, stack: stack.id });
    await aPolicy(app, 'TASK', 'deny contains sprintf("%s may not", [session.login]) if contains(request.command, " rm ")', { stack: stack.id });

    await expect(createTask(app.ports, writerActor(), { stackId: stack.id, command: 'terraform state rm x.y' })).rejects.toMatchObject({
      code: 'FORBIDDEN', details: { messages: expect.arrayContaining(['no state surgery', 'writer may not']) },
    });
    expect((await createTask(app.ports, adminActor(), { stackId: stack.id, command: 'terraform state list' })).type).toBe('TASK');
    expect(await listRuns(app.ports.db.sql, stack.id, { types: ['TASK'] })).toHaveLength(1);
  });
});
