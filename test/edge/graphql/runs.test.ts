import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { chunkKey, encodeChunk, encodeEnd, endKey, logTopic } from '../../../lib/core/handovers/run-log.ts';
import { triggerRun } from '../../../lib/core/runs/actions/trigger-run.ts';
import { patchRun } from '../../../lib/core/runs/run-store.ts';
import { systemActor } from '../../../lib/core/shared/actor.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { aPool, aStackOfItsOwn, commitWith, insertTestRun, reload } from '../../support/run-builders.ts';
import { anAccount } from '../../support/stack-builders.ts';
import { heldByApproval } from '../../support/policy-builders.ts';

const PATIENT = { 'spacelift-client-type': 'spacectl' };

describe('runs in GraphQL', () => {
  let app: TestApp;
  let api: GraphqlApi;
  let admin: GraphqlCaller & { readonly token: string };
  before(async () => {
    app = await testApp();
    await anAccount(app);
    api = graphqlApi(app);
    admin = await api.admin();
  });
  after(() => app.close());

  it('triggers, prioritizes, confirms and discards, and keeps the metadata of the header', async () => {
    const stack = await aStackOfItsOwn(app);
    const { runTrigger } = await admin.get('mutation ($stack: ID!) { runTrigger(stack: $stack, runType: TRACKED, commitSha: null, runtimeConfig: null) { id state type stackId triggeredBy finished canConfirm canRetry } }', { stack: stack.id }, { 'Spacelift-User-Provided-Run-Metadata': 'ticket 7' });
    expect(runTrigger).toMatchObject({ state: 'QUEUED', type: 'TRACKED', stackId: stack.id, triggeredBy: expect.stringMatching(/^api::/), finished: false, canConfirm: false, canRetry: false });
    expect((await reload(app, runTrigger)).userMetadata).toEqual(['ticket 7']);
    const ids = { stack: stack.id, run: runTrigger.id };
    const tooMuch = await admin.ask('mutation ($stack: ID!) { runTrigger(stack: $stack) { id } }', ids, { 'Spacelift-User-Provided-Run-Metadata': 'x'.repeat(4097) });
    expect(tooMuch).toMatchObject({ status: 200, errors: [{ message: 'the run metadata is longer than 4096 bytes' }] });

    expect((await admin.get('mutation ($stack: ID!, $run: ID!) { runPrioritizeSet(stack: $stack, run: $run, prioritize: true) { id } }', ids)).runPrioritizeSet).toEqual({ id: runTrigger.id });
    expect((await admin.get('mutation ($stack: ID!, $run: ID!) { runPrioritySet(stack: $stack, run: $run, preset: LOW) { id } }', ids)).runPrioritySet).toEqual({ id: runTrigger.id });
    await heldByApproval(app, stack.id);
    expect((await admin.get('mutation ($stack: ID!, $run: ID!) { runReview(stack: $stack, run: $run, decision: APPROVE, note: "fine") { author decision note state timestamp } }', ids)).runReview).toMatchObject({ decision: 'APPROVE', state: 'QUEUED' });
    await app.ports.db.sql.deleteFrom('policies').execute();
    expect((await admin.get('mutation ($stack: ID!, $run: ID!) { runDiscard(stack: $stack, run: $run, note: "no") { state finished } }', ids)).runDiscard).toEqual({ state: 'DISCARDED', finished: true });

    const waiting = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
    expect((await admin.get('mutation ($stack: ID!) { runConfirm(stack: $stack) { id state } }', ids)).runConfirm).toEqual({ id: waiting.id, state: 'CONFIRMED' });
    const { errors } = await admin.ask('mutation ($stack: ID!, $run: ID!) { runConfirm(stack: $stack, run: $run) { id } }', { ...ids, run: waiting.id });
    expect(errors).toEqual([expect.objectContaining({ message: 'a run in state CONFIRMED cannot confirm', extensions: expect.objectContaining({ code: 'CONFLICT' }) })]);
  });

  it('takes a runtime configuration as YAML or by members, and refuses a bad one', async () => {
    const stack = await aStackOfItsOwn(app);
    const trigger = (runtimeConfig: unknown) => admin.ask('mutation ($stack: ID!, $config: RuntimeConfigInput) { runTrigger(stack: $stack, runtimeConfig: $config) { id } }', { stack: stack.id, config: runtimeConfig });

    const byMembers = await trigger({ yaml: null, terraformVersion: '1.5.0', beforeInit: ['echo 1'], afterRun: [], environment: [{ key: 'A', value: 'b' }] });
    expect((await reload(app, byMembers.data?.runTrigger)).runtimeConfigInput).toBe('terraform_version: 1.5.0\nbefore_init:\n  - echo 1\nenvironment:\n  A: b\n');
    const byText = await trigger({ yaml: 'terraform_version: 1.5.0\n' });
    expect((await reload(app, byText.data?.runTrigger)).runtimeConfigInput).toBe('terraform_version: 1.5.0\n');

    expect((await trigger({ yaml: 'before_init: 7' })).errors).toEqual([expect.objectContaining({ message: expect.stringContaining('before_init: must be a list of strings') })]);
    expect((await trigger({ yaml: 'a: b', terraformVersion: '1.5.0' })).errors).toEqual([expect.objectContaining({ message: expect.stringContaining('not both') })]);
    expect((await trigger({})).errors).toEqual([]);
  });

  it('takes what became of something outside that a run waits for', async () => {
    const { apiKeyCreate: key } = await admin.get('mutation { apiKeyCreate(input: { name: "reader", admin: false }) { id secret } }');
    const binding = '{ apiKeyID: $key, roleID: "space-reader", spaceID: "root" }';
    await admin.get(`mutation ($key: ID!) { apiKeyRoleBindingCreate(input: ${binding}) { id } }`, { key: key.id });
    const reader = api.as((await exchangeApiKey(app.ports, { id: key.id, secret: key.secret, remoteIp: '127.0.0.1' })).token);
    const stack = await aStackOfItsOwn(app, { workerPoolId: await aPool(app), trackedCommit: commitWith() });
    const run = await triggerRun(app.ports, systemActor('test'), { stackId: stack.id, externalDependencies: ['c0ffee-image'] });
    await app.drain();
    const mark = (caller: GraphqlCaller, dependency: string, status: string) =>
      caller.ask(
        `mutation ($dependency: ID!, $status: RunExternalDependencyStatus!) {
          runExternalDependencyMarkAsCompleted(dependency: $dependency, status: $status) { phantom status }
        }`,
        { dependency, status },
      );
    const question = 'query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { state waitingFor { reason } } } }';
    const shown = async () => (await admin.get(question, { stack: stack.id, run: run.id })).stack.run;
    const refused = async (caller: GraphqlCaller, dependency: string) =>
      (await mark(caller, dependency, 'FINISHED')).errors.map(({ message, extensions }) => [extensions?.code, message]);
    expect(await shown()).toEqual({ state: 'QUEUED', waitingFor: { reason: 'waiting for external dependency "c0ffee-image"' } });

    expect(await refused(reader, 'c0ffee-image')).toEqual([['FORBIDDEN', expect.stringContaining('space:write')]]);
    expect(await refused(admin, 'nothing')).toEqual([['NOT_FOUND', expect.stringContaining('"nothing"')]]);
    expect((await mark(admin, 'c0ffee-image', 'DONE')).errors[0]?.message).toContain('Value "DONE" does not exist in "RunExternalDependencyStatus" enum');
    const { data, errors } = await mark(admin, 'c0ffee-image', 'FINISHED');
    expect([data, errors]).toEqual([{ runExternalDependencyMarkAsCompleted: { phantom: true, status: 'FINISHED' } }, []]);

    await app.drain();
    expect(await shown()).toMatchObject({ state: 'READY' });
    const entries = app.ports.db.sql.selectFrom('audit').select(['mutation', 'resource_id', 'args']);
    const entry = await entries.where('action', '=', 'run.mark-external-dependency').executeTakeFirst();
    expect(entry).toEqual({ mutation: 'runExternalDependencyMarkAsCompleted', resource_id: run.id, args: { Dependency: 'c0ffee-image', Status: 'FINISHED' } });
  });

  it('finds the stack of a run, and says exactly not found for anything else', async () => {
    const stack = await aStackOfItsOwn(app);
    const run = await insertTestRun(app, stack);

    expect((await admin.get('query ($id: ID!) { runStack(runId: $id) { id } }', { id: run.id })).runStack).toEqual({ id: stack.id });
    for (const id of ['nothing', stack.id]) expect(await admin.ask('query ($id: ID!) { runStack(runId: $id) { id } }', { id })).toMatchObject({ status: 200, data: { runStack: null }, errors: [{ message: 'not found' }] });
    expect((await admin.get('query ($stack: ID!) { stack(id: $stack) { run(id: "nothing") { id } runResourceState(id: "nothing") { id } } }', { stack: stack.id })).stack).toEqual({ run: null, runResourceState: null });
  });

  it('shows what a run changes', async () => {
    const stack = await aStackOfItsOwn(app);
    const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED', changesKey: 'changes' });
    const change = { action: 'added', phase: 'plan', moved: false, address: 'null_resource.a', previousAddress: null, name: 'a', type: 'null_resource', provider: 'null' };
    await app.ports.objects.put('documents', 'changes', Buffer.from(JSON.stringify([change, { ...change, action: 'changed', address: 'terraform_data.b', type: 'terraform_data', previousAddress: 'terraform_data.old' }])));

    const ask = async (input: string) => (await admin.get(`query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { changesV3(input: ${input}) { resources { address previousAddress metadata { type } } } } } }`, { stack: stack.id, run: run.id })).stack.run.changesV3;

    expect(await ask('{}')).toEqual([{ resources: [{ address: 'null_resource.a', previousAddress: null, metadata: { type: 'added' } }, { address: 'terraform_data.b', previousAddress: 'terraform_data.old', metadata: { type: 'changed' } }] }]);
    expect(await ask('{ types: ["changed"] }')).toEqual([{ resources: [expect.objectContaining({ address: 'terraform_data.b' })] }]);
    expect(await ask('{ types: ["nothing"] }')).toEqual([]);
  });

  it('takes a workspace of somebody\'s machine for a preview', async () => {
    const stack = await aStackOfItsOwn(app, { localPreviewEnabled: true });
    const { uploadLocalWorkspace } = await admin.get('mutation ($stack: ID!) { uploadLocalWorkspace(stack: $stack) { id uploadUrl uploadHeaders { entries { key value } } } }', { stack: stack.id });
    const { objectKey } = (await app.ports.db.sql.selectFrom('local_workspaces').select('object_key as objectKey').where('id', '=', uploadLocalWorkspace.id).executeTakeFirstOrThrow());
    await app.ports.objects.put('user-uploaded-workspaces', objectKey, Buffer.from('archive'));

    const { runProposeLocalWorkspace } = await admin.get(
      'mutation ($stack: ID!, $workspace: ID!) { runProposeLocalWorkspace(stack: $stack, workspace: $workspace, environmentVarsOverrides: [{ key: "A", value: "b" }]) { id type } }',
      { stack: stack.id, workspace: uploadLocalWorkspace.id },
    );

    expect(await reload(app, runProposeLocalWorkspace)).toMatchObject({ type: 'PROPOSED', localWorkspaceId: uploadLocalWorkspace.id, environmentOverrides: [{ key: 'A', value: 'b' }] });
  });

  it('searches the runs of all stacks', async () => {
    const stack = await aStackOfItsOwn(app, { name: 'Searched' });
    const run = await insertTestRun(app, stack, { state: 'FAILED', title: 'Break it' });

    const { searchRuns } = await admin.get('query ($input: SearchInput!) { searchRuns(input: $input) { edges { node { run { id } stack { name } } } pageInfo { endCursor hasNextPage } } }', { input: { first: 1, predicates: [{ field: 'stack', constraint: { stringMatches: [stack.id] } }] } });

    expect(searchRuns).toEqual({ edges: [{ node: { run: { id: run.id }, stack: { name: 'Searched' } } }], pageInfo: { endCursor: expect.any(String), hasNextPage: false } });
  });

  describe('logs', () => {
    const QUERY = 'query ($stack: ID!, $run: ID!, $version: Int, $token: String) { stack(id: $stack) { run(id: $run) { logs(state: PLANNING, stateVersion: $version, token: $token) { exists finished expired hasMore messages { message timestamp } nextToken } } } }';
    const logs = async (variables: Readonly<Record<string, unknown>>, headers = {}) => (await admin.get(QUERY, variables, headers)).stack.run.logs;

    it('come in pages, with their line breaks', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await insertTestRun(app, stack, { state: 'PLANNING' });
      const log = { runId: run.id, stateVersion: run.stateVersion };
      await app.ports.objects.put('run-logs', chunkKey(log, 0), encodeChunk([{ message: 'one', timestamp: 1_768_000_000_500 }, { message: 'two', timestamp: 1_768_000_001_000 }]));
      const variables = { stack: stack.id, run: run.id, version: run.stateVersion };

      const first = await logs(variables);
      expect(first).toEqual({ exists: true, finished: false, expired: false, hasMore: false, messages: [{ message: 'one\n', timestamp: 1_768_000_000 }, { message: 'two\n', timestamp: 1_768_000_001 }], nextToken: '1' });
      expect(await logs({ ...variables, version: null })).toEqual(first);
      expect(await logs({ ...variables, token: '1' })).toMatchObject({ messages: [], finished: false, nextToken: '1' });

      await app.ports.objects.put('run-logs', endKey(log), encodeEnd(1));
      expect(await logs({ ...variables, token: '1' })).toMatchObject({ messages: [], finished: true });
      expect(await logs({ ...variables, version: 99 })).toMatchObject({ exists: false, finished: true });
    });

    it('are held for the public command line until a line comes, and for nobody else', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await insertTestRun(app, stack, { state: 'PLANNING' });
      const log = { runId: run.id, stateVersion: run.stateVersion };
      const variables = { stack: stack.id, run: run.id, version: run.stateVersion, token: '0' };
      expect(await logs(variables)).toMatchObject({ messages: [] });

      let answered = false;
      const held = logs(variables, PATIENT).finally(() => (answered = true));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(answered).toBe(false);
      await app.ports.objects.put('run-logs', chunkKey(log, 0), encodeChunk([{ message: 'Initializing', timestamp: 0 }]));
      app.ports.wakeups.wake(logTopic(log));

      expect(await held).toMatchObject({ messages: [{ message: 'Initializing\n' }] });
    });
  });

  describe('the history', () => {
    const QUERY = 'query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { history { state stateVersion terminal hasLogs note username timestamp } } } }';

    it('is held for the public command line once it was told, until the run moves', async () => {
      const stack = await aStackOfItsOwn(app);
      const run = await insertTestRun(app, stack, { state: 'QUEUED' });
      const ids = { stack: stack.id, run: run.id };
      expect((await admin.get(QUERY, ids, PATIENT)).stack.run.history).toEqual([expect.objectContaining({ state: 'QUEUED', stateVersion: 0, terminal: false })]);
      await admin.get(QUERY, ids);

      let answered = false;
      const held = admin.get(QUERY, ids, PATIENT).finally(() => (answered = true));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(answered).toBe(false);
      await admin.get('mutation ($stack: ID!, $run: ID!) { runCancel(stack: $stack, run: $run, note: "not now") { id } }', ids);

      expect((await held).stack.run.history).toEqual([expect.objectContaining({ state: 'CANCELED', note: 'not now', terminal: true }), expect.objectContaining({ state: 'QUEUED' })]);
      await admin.get(QUERY, ids, PATIENT);
    });

    it('of many runs is one statement and never held', async () => {
      const stack = await aStackOfItsOwn(app);
      for (let n = 0; n < 3; n++) await insertTestRun(app, stack, { state: 'QUEUED', type: 'PROPOSED' });
      const ask = () => admin.get('query ($stack: ID!) { stack(id: $stack) { proposedRuns { history { state } why { text } comments { body } } } }', { stack: stack.id }, PATIENT);

      await ask();
      expect((await ask()).stack.proposedRuns).toHaveLength(3);
    });
  });

  it('tells why a run waits', async () => {
    const stack = await aStackOfItsOwn(app);
    const run = await insertTestRun(app, stack, { state: 'QUEUED' });
    const blocker = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
    await patchRun(app.ports.db.sql, run, { waiting: { reason: `blocked by run ${blocker.id}`, since: new Date(1_768_000_000_000), runId: blocker.id, workerPoolId: null, approvals: ['the network team'] } });

    const found = (await admin.get('query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { needsApproval waitingFor { reason since run workerPool approvals } } } }', { stack: stack.id, run: run.id })).stack.run;

    expect(found).toEqual({ needsApproval: true, waitingFor: { reason: `blocked by run ${blocker.id}`, since: 1_768_000_000, run: blocker.id, workerPool: null, approvals: ['the network team'] } });
  });
});
