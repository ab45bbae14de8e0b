import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { checkRun } from '../../../lib/core/runs/actions/check-run.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { needsEngine } from '../../support/policy-builders.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

const FIELDS = 'id labels name body type space description engineType';
const BODY = 'package spacelift\n\napprove { input.run.type == "PROPOSED" }\n\nsample { true }\n';

describe('policies over the API', needsEngine, () => {
  let app: TestApp;
  let admin: GraphqlCaller;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    admin = await graphqlApi(app).admin();
    await aStack(app, { id: 'network', labels: ['prod'] });
  });
  after(() => app.close());

  it('live the life that infrastructure code gives them', async () => {
    const input = { name: 'One review', body: BODY, type: 'APPROVAL', labels: ['team'], description: 'asks', space: 'root' };
    const made = (await admin.get(`mutation ($input: PolicyCreateInput!) { policyCreatev2(input: $input) { ${FIELDS} createdAt } }`, { input })).policyCreatev2;
    expect(made).toMatchObject({ id: 'one-review', ...input, engineType: 'REGO_V0' });

    const attached = (await admin.get('mutation ($id: ID!, $stack: ID!) { policyAttach(id: $id, stack: $stack) { id stackId isModule } }', { id: made.id, stack: 'network' })).policyAttach;
    expect(attached).toMatchObject({ stackId: 'network', isModule: false });
    expect((await admin.get('query ($id: ID!, $policy: ID!) { policy(id: $policy) { attachedStack(id: $id) { id stackId isModule } } }', { id: 'network', policy: made.id })).policy.attachedStack).toEqual(attached);
    expect((await admin.get('{ stack(id: "network") { attachedPolicies { id policyId policyName policyType policyLabels isAutoattached } } }')).stack.attachedPolicies).toEqual([
      { id: attached.id, policyId: made.id, policyName: 'One review', policyType: 'APPROVAL', policyLabels: ['team'], isAutoattached: false },
    ]);

    const change = { name: 'Two reviews', body: BODY, labels: [], engineType: 'REGO_V0' };
    expect((await admin.get(`mutation ($id: ID!, $input: PolicyUpdateInput!) { policyUpdatev2(id: $id, input: $input) { ${FIELDS} } }`, { id: made.id, input: change })).policyUpdatev2).toMatchObject({ id: made.id, name: 'Two reviews', labels: [] });
    expect((await admin.get('mutation ($id: ID!) { policyDetach(id: $id) { id stackId isModule } }', { id: attached.id })).policyDetach).toEqual(attached);
    expect((await admin.get(`mutation ($id: ID!) { policyDelete(id: $id) { ${FIELDS} } }`, { id: made.id })).policyDelete).toMatchObject({ id: made.id, body: BODY });
    expect((await admin.get(`query ($id: ID!) { policy(id: $id) { ${FIELDS} } }`, { id: made.id })).policy).toBeNull();
  });

  it('keep what they were asked about unless somebody does not want it', async () => {
    const save = async (mutation: string, variables: Readonly<Record<string, unknown>>) => Object.values(await admin.get(mutation, variables))[0];
    const create = (name: string, keepInputs?: boolean) => save('mutation ($input: PolicyCreateInput!) { policyCreatev2(input: $input) { keepInputs } }', { input: { name, body: BODY, type: 'APPROVAL', keepInputs } });
    const update = (keepInputs?: boolean) => save('mutation ($input: PolicyUpdateInput!) { policyUpdatev2(id: "discreet", input: $input) { keepInputs } }', { input: { name: 'discreet', body: BODY, keepInputs } });

    expect(await create('Keeping')).toEqual({ keepInputs: true });
    expect(await create('discreet', false)).toEqual({ keepInputs: false });
    expect(await update()).toEqual({ keepInputs: false });
    expect(await update(true)).toEqual({ keepInputs: true });
    expect((await admin.get('{ policy(id: "discreet") { keepInputs } }')).policy).toEqual({ keepInputs: true });
    for (const id of ['keeping', 'discreet']) await admin.get('mutation ($id: ID!) { policyDelete(id: $id) { id } }', { id });
  });

  it('tell where a text is wrong', async () => {
    const { errors } = await admin.ask('mutation { policyCreate(name: "bad", body: "package spacelift\\n\\ndeny[x] { y }\\n", type: TERRAFORM_PLAN) { id } }');
    expect(errors[0]).toMatchObject({ message: expect.stringContaining('line 3, column'), extensions: { code: 'INVALID', errors: expect.arrayContaining([expect.objectContaining({ line: 3 })]) } });
  });

  it('are found by text, type and label, with the stacks that labels reach', async () => {
    await admin.get('mutation { policyCreate(name: "Tags", body: "package spacelift\\n", type: TERRAFORM_PLAN, labels: ["autoattach:prod"]) { id type attachedStacks { id stackId isAutoattached } } }');
    const search = 'query ($input: SearchInput!) { searchPolicies(input: $input) { edges { node { id name spaceDetails { id name accessLevel } attachedStacksCount type } } pageInfo { endCursor hasNextPage hasPreviousPage } } }';
    expect((await admin.get(search, { input: { first: 50, fullTextSearch: 'tag' } })).searchPolicies).toEqual({
      edges: [{ node: { id: 'tags', name: 'Tags', spaceDetails: { id: 'root', name: 'root', accessLevel: 'ADMIN' }, attachedStacksCount: 1, type: 'PLAN' } }],
      pageInfo: expect.objectContaining({ hasNextPage: false, hasPreviousPage: false }),
    });
    expect((await admin.get('{ policies(input: { type: TERRAFORM_PLAN }) { id } }')).policies).toEqual([{ id: 'tags' }]);
    expect((await admin.get('{ attachablePoliciesInSpace(id: "root") { id } }')).attachablePoliciesInSpace).toEqual([{ id: 'tags' }]);
    expect((await admin.get('{ autoattachmentForLabels(space: "root", labels: ["autoattach:prod"]) { count sample { id name isModule labels } } }')).autoattachmentForLabels).toMatchObject({ count: 1, sample: [{ id: 'network', isModule: false, labels: ['prod'] }] });
  });

  it('have templates that all compile', async () => {
    const { searchPolicyTemplates } = await admin.get('{ searchPolicyTemplates(input: { first: 100 }) { edges { node { id slug name type body description labels } } } }');
    expect(searchPolicyTemplates.edges.length).toBeGreaterThan(8);
    for (const { node } of searchPolicyTemplates.edges) {
      const made = await admin.get('mutation ($input: PolicyCreateInput!) { policyCreatev2(input: $input) { id } }', { input: { name: node.name, body: node.body, type: node.type, engineType: 'REGO_V1' } });
      await admin.get('mutation ($id: ID!) { policyDelete(id: $id) { id } }', { id: made.policyCreatev2.id });
    }
    expect((await admin.get('{ policyTemplate(id: "two-approvals") { id type } }')).policyTemplate).toEqual({ id: 'two-approvals', type: 'APPROVAL' });
  });

  it('can be tried out, and say which engine evaluates', async () => {
    const result = await admin.get('mutation ($body: String!, $input: String!, $type: PolicyType!) { policySimulate(body: $body, input: $input, type: $type) }', { body: BODY, input: '{"run":{"type":"PROPOSED"}}', type: 'APPROVAL' });
    expect(JSON.parse(result.policySimulate)).toMatchObject({ approve: true, sample: true });
    expect((await admin.get('{ policyRuntime { openPolicyAgentVersion } }')).policyRuntime.openPolicyAgentVersion).toMatch(/^\d+\.\d+/);
    const observed = await admin.get('mutation ($input: PolicySimulateInput!) { policyObserve(input: $input) { result reached notReached error { kind line } prints { line text } trace } }', { input: { body: BODY, data: '{}', type: 'APPROVAL' } });
    expect(observed.policyObserve).toMatchObject({ error: null, reached: expect.arrayContaining([5]) });
  });

  it('leave receipts, samples and reasons on a run, and are replayed', async () => {
    const { policyCreate } = await admin.get('mutation ($body: String!) { policyCreate(name: "Receipts", body: $body, type: APPROVAL) { id } }', { body: BODY });
    const stack = await aStack(app, { id: 'receipts' });
    await admin.get('mutation { policyAttach(id: "receipts", stack: "receipts") { id } }');
    const commit = await app.ports.vcs.commit({ provider: 'GIT', url: stack.repositoryUrl }, { branch: stack.branch });
    const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED', commit });
    await checkRun(app.ports, { runId: run.id, stateVersion: run.stateVersion });

    const asked = await admin.get('query ($run: ID!) { stack(id: "receipts") { run(id: $run) { needsApproval waitingFor { reason approvals } why { kind text subject } policyReceipts { policy policyName type stateVersion outcome messages result bodySha256 inputSha256 durationMs error } } } }', { run: run.id });
    const shown = asked.stack.run;
    expect(shown).toMatchObject({ needsApproval: true, waitingFor: { reason: 'waiting for approval by "Receipts"', approvals: ['Receipts'] } });
    expect(shown.why).toContainEqual({ kind: 'policy', text: 'approval policy "Receipts" said undecided', subject: 'receipts' });
    expect(shown.policyReceipts).toEqual([expect.objectContaining({ policy: 'receipts', type: 'APPROVAL', outcome: 'undecided', stateVersion: run.stateVersion, error: null })]);
    expect(JSON.parse(shown.policyReceipts[0].result)).toMatchObject({ approve: false, sample: true });

    const { policy } = await admin.get('query ($id: ID!, $input: SearchInput!) { policy(id: $id) { evaluationRecords { key outcome timestamp } searchEvaluationRecords(input: $input) { edges { node { key outcome timestamp } } pageInfo { endCursor hasNextPage hasPreviousPage } } } }', {
      id: policyCreate.id, input: { first: 10, predicates: [{ field: 'outcome', constraint: { stringMatches: ['undecided'] } }], orderBy: { field: 'createdAt', direction: 'DESC' } },
    });
    expect(policy.evaluationRecords).toHaveLength(1);
    expect(policy.searchEvaluationRecords.edges).toHaveLength(1);
    const sample = await admin.get('query ($key: String!, $policyId: ID!) { policy(id: $policyId) { evaluationSample(key: $key) { input body } } }', { key: policy.evaluationRecords[0].key, policyId: policyCreate.id });
    expect(JSON.parse(sample.policy.evaluationSample.input)).toMatchObject({ run: { id: run.id, state: 'UNCONFIRMED' } });
    expect(sample.policy.evaluationSample.body).toBe(BODY);

    const candidate = { policy: policyCreate.id, body: 'package spacelift\n\napprove { true }\n', engineType: 'REGO_V0' };
    const { policyReplayStart } = await admin.get('mutation ($policy: ID!, $body: String!, $engineType: PolicyEngineType!) { policyReplayStart(policy: $policy, body: $body, engineType: $engineType) { id status total } }', candidate);
    expect(policyReplayStart).toMatchObject({ status: 'RUNNING', total: 1 });
    await app.drain().catch(() => undefined);
    expect((await admin.get('query ($id: ID!) { policyReplay(id: $id) { status done total flips { input run old new } } }', { id: policyReplayStart.id })).policyReplay).toEqual({
      status: 'FINISHED', done: 1, total: 1, flips: [{ input: expect.stringMatching(/^inputs\//), run: run.id, old: 'undecided', new: 'approve' }],
    });
  });
});
