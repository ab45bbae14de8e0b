import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { evaluatePolicies } from '../../../lib/core/policies/actions/evaluate-policy.ts';
import { forgetEvaluations } from '../../../lib/core/policies/actions/forget-evaluations.ts';
import { resultText } from '../../../lib/core/policies/actions/read-receipts.ts';
import { listSamples, readPolicySample } from '../../../lib/core/policies/actions/read-samples.ts';
import { continueReplay, readReplay, startReplay } from '../../../lib/core/policies/actions/replay-policy.ts';
import { observePolicy, simulatePolicy } from '../../../lib/core/policies/actions/simulate-policy.ts';
import { updatePolicy } from '../../../lib/core/policies/actions/update-policy.ts';
import { receiptsOfRuns } from '../../../lib/core/policies/evaluation-store.ts';
import { inputKey } from '../../../lib/core/policies/evaluation.ts';
import { sha256 } from '../../../lib/core/shared/text.ts';
import { dueObjects, removeStack } from '../../../lib/core/stacks/stack-removal-store.ts';
import { adminActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

const admin = adminActor();

describe('samples', needsEngine, () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['policies', 'policy_evaluations', 'policy_replays'] as const) await app.ports.db.sql.deleteFrom(table).execute();
  });

  const EXACT = '{"n":9007199254740993,"text":"ü"}';

  it('are kept where a policy asks for them, with the very text of the input', async () => {
    const policy = await aPolicy(app, 'PLAN', 'sample if input.n == 9007199254740993\ndeny contains "no" if true');
    await evaluatePolicies(app.ports, 'PLAN', [policy], EXACT, { stackId: 'net', branch: 'main', repository: 'infra' });
    await evaluatePolicies(app.ports, 'PLAN', [policy], '{"n":1}', {});

    const [sample, ...more] = await listSamples(app.ports, admin, policy);
    expect(more).toEqual([]);
    expect(sample?.sampleKey).toMatch(new RegExp(`^\\d{19}/PLAN/${policy.ulid}/deny$`));
    expect(sample).toMatchObject({ outcome: 'deny', stackId: 'net', branch: 'main', repository: 'infra' });
    expect(await readPolicySample(app.ports, admin, policy, sample?.sampleKey ?? '')).toEqual({ input: EXACT, body: expect.stringContaining('sample if') });
  });

  it('are for root administrators, of one policy, and gone after seven days', async () => {
    const policy = await aPolicy(app, 'TASK', 'sample if true');
    const other = await aPolicy(app, 'TASK', 'sample if true');
    await evaluatePolicies(app.ports, 'TASK', [policy], '{}', {});
    const [sample] = await listSamples(app.ports, admin, policy);
    await expect(listSamples(app.ports, writerActor(), policy)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await readPolicySample(app.ports, admin, other, sample?.sampleKey ?? '')).toBeUndefined();

    app.clock.advance(8 * 86_400_000);
    expect(await listSamples(app.ports, admin, policy)).toEqual([]);
    await forgetEvaluations(app.ports);
    expect(await app.ports.db.sql.selectFrom('policy_evaluations').select('id').execute()).toEqual([]);
  });

  it('of sign-ins and access keep nothing unasked', async () => {
    for (const type of ['LOGIN', 'ACCESS'] as const) {
      const input = JSON.stringify({ of: type });
      const policy = await aPolicy(app, type, type === 'LOGIN' ? 'allow if true' : 'read if true');
      await evaluatePolicies(app.ports, type, [policy], input, {});
      expect(await app.ports.objects.get('policy-inputs', inputKey(sha256(input)))).toBeUndefined();
    }
  });

  it('of ten policies on one document keep it once, and not for a policy that does not want it', async () => {
    const policies = await Promise.all(Array.from({ length: 3 }, () => aPolicy(app, 'PLAN', '')));
    await evaluatePolicies(app.ports, 'PLAN', policies, EXACT, {});
    const kept = async () => (await app.ports.objects.list('policy-inputs', 'inputs/')).map(({ key }) => key);
    const before = await kept();
    expect(before.filter((key) => key === inputKey(sha256(EXACT)))).toHaveLength(1);

    const [first] = policies;
    const quiet = await updatePolicy(app.ports, admin, { id: first?.id ?? '', name: first?.name ?? '', body: 'package spacelift\n', keepsInputs: false });
    await evaluatePolicies(app.ports, 'PLAN', [quiet], '{"quiet":true}', {});
    expect(await kept()).toEqual(before);
  });

  it('of a run keep a result of any size as long as the run, and its object goes with the stack', async () => {
    const stack = await aStack(app, { id: 'large-result', deleting: true });
    const run = await insertTestRun(app, stack, { state: 'FINISHED' });
    const policy = await aPolicy(app, 'PLAN', 'deny contains sprintf("%d %s", [n, "a long message that says a lot about one resource"]) if some n in numbers.range(1, 2000)', { name: 'talkative' });
    await evaluatePolicies(app.ports, 'PLAN', [policy], '{}', { runId: run.id, stateVersion: 4, stackId: stack.id });

    const [receipt] = await receiptsOfRuns(app.ports.db.sql, [run.id]);
    if (receipt === undefined) throw new Error('there is no receipt');
    expect(receipt.resultKey).not.toBeNull();
    expect((JSON.parse(await resultText(app.ports, receipt)) as { readonly deny: readonly string[] }).deny).toHaveLength(2000);
    expect(Buffer.byteLength(JSON.stringify(receipt.messages))).toBeLessThan(32 * 1024);
    await app.ports.db.transaction((tx) => removeStack(tx.sql, stack.id, [], app.clock.now()));
    expect(await receiptsOfRuns(app.ports.db.sql, [run.id])).toEqual([]);
    expect(await dueObjects(app.ports.db.sql, app.clock.now(), 10)).toContainEqual({ bucket: 'documents', objectKey: receipt.resultKey });
  });

  it('can be tried against another body, with every line that it reaches', async () => {
    const body = 'package spacelift\n\ndeny contains "no" if {\n\tprint("seen", input.n)\n\tinput.n > 1\n}\n\nwarn contains "never" if {\n\tinput.n > 5\n\tinput.m\n}\n';
    expect(JSON.parse(await simulatePolicy(app.ports, admin, { type: 'TERRAFORM_PLAN', body, data: '{"n":2}', engineType: 'REGO_V1' }))).toMatchObject({ deny: ['no'], warn: [] });
    const observed = await observePolicy(app.ports, admin, { type: 'PLAN', body, data: '{"n":2}', engineType: 'REGO_V1' });
    expect(observed.prints).toEqual([{ line: 4, text: 'seen 2' }]);
    expect(observed.coverage?.reached).toEqual(expect.arrayContaining([4, 5]));
    expect(observed.coverage?.notReached).toContain(10);
    expect(observed.trace?.length).toBeGreaterThan(0);
    await expect(simulatePolicy(app.ports, admin, { type: 'PLAN', body: 'package spacelift\n\ndeny contains x if true\n', data: '{}', engineType: 'REGO_V1' })).rejects.toMatchObject({ code: 'INVALID', details: { line: 3 } });
    await expect(simulatePolicy(app.ports, writerActor(), { type: 'PLAN', body, data: '{}' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('a replay', needsEngine, () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());

  const finish = async (id: string) => {
    for (let parts = 0; parts < 20 && (await readReplay(app.ports, admin, id))?.status === 'RUNNING'; parts++) await continueReplay(app.ports, { replayId: id });
    return readReplay(app.ports, admin, id);
  };

  it('says where a candidate body would have decided otherwise, and what can no longer be asked', async () => {
    const policy = await aPolicy(app, 'PLAN', 'deny contains "big" if input.n > 20');
    for (let n = 0; n < 25; n++) await evaluatePolicies(app.ports, 'PLAN', [policy], JSON.stringify({ n }), {});
    await app.ports.objects.delete('policy-inputs', inputKey(sha256('{"n":3}')));

    const started = await startReplay(app.ports, admin, { policyId: policy.id, body: 'package spacelift\n\ndeny contains "big" if input.n > 22\n', engineType: 'REGO_V1' });
    expect(started).toMatchObject({ status: 'RUNNING', done: 0, total: 25 });

    expect(await finish(started.id)).toMatchObject({
      status: 'FINISHED', done: 25, total: 25,
      flips: [
        { input: 'expired', old: 'allow', new: 'unknown' },
        { input: inputKey(sha256('{"n":21}')), old: 'deny', new: 'allow' },
        { input: inputKey(sha256('{"n":22}')), old: 'deny', new: 'allow' },
      ],
    });
  });

  it('is for root administrators, and takes no body that could not be saved', async () => {
    const policy = await aPolicy(app, 'PLAN', '');
    await expect(startReplay(app.ports, writerActor(), { policyId: policy.id, body: 'package spacelift\n', engineType: 'REGO_V1' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(startReplay(app.ports, admin, { policyId: policy.id, body: 'package other\n', engineType: 'REGO_V1' })).rejects.toMatchObject({ code: 'INVALID' });
    expect(await startReplay(app.ports, admin, { policyId: policy.id, body: 'package spacelift\n', engineType: 'REGO_V1' })).toMatchObject({ status: 'FINISHED', total: 0 });
  });
});
