import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { apiTokenClaims } from '../../../lib/core/handovers/run-claims.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { aStackOfItsOwn, insertTestRun } from '../../support/run-builders.ts';
import { anAccount } from '../../support/stack-builders.ts';

describe('a run that calls the API with its own token', () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());

  async function running(stackChanges: Partial<Stack> = {}): Promise<{ readonly stack: Stack; readonly run: Run; readonly caller: GraphqlCaller }> {
    const stack = await aStackOfItsOwn(app, stackChanges);
    const run = await insertTestRun(app, stack, { state: 'PLANNING', lease: 1, workerId: 'W' });
    const { token } = await app.ports.signer.sign(apiTokenClaims(run, app.ports.settings), 60);
    return { stack, run, caller: graphqlApi(app).as(token) };
  }

  it('is known by its stack and id, and reads its space', async () => {
    const { stack, run, caller } = await running();

    expect(await caller.get('query ($id: ID!) { viewer { id type admin } stack(id: $id) { id branch } stacks { id } }', { id: stack.id })).toMatchObject({
      viewer: { id: `run::${stack.id}::${run.id}`, type: 'RUN', admin: false },
      stack: { id: stack.id, branch: 'main' },
      stacks: expect.arrayContaining([{ id: stack.id }]),
    });
  });

  it('finds no run anywhere, its own included', async () => {
    const { stack, run, caller } = await running({ administrative: true });

    const answer = await caller.get('query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { id logs(state: PLANNING) { messages { message } } } runs { id } proposedRuns { id } tasks { id } blocker { id } runResourceState(id: $run) { __typename } } searchRuns(input: {}) { edges { node { run { id } } } } }', { stack: stack.id, run: run.id });

    expect(answer).toEqual({ stack: { run: null, runs: [], proposedRuns: [], tasks: [], blocker: null, runResourceState: null }, searchRuns: { edges: [] } });
  });

  it('is refused runs, tasks and states, whatever its stack may do', async () => {
    const { stack, run, caller } = await running({ administrative: true });
    const mutations = [
      'runTrigger(stack: $stack) { id }', 'runConfirm(stack: $stack, run: $run) { id }', 'runStop(stack: $stack, run: $run) { id }', 'runComment(stack: $stack, run: $run, body: "x") { body }',
      'taskCreate(stack: $stack, command: "env") { id }', 'runDiscardAll(stack: $stack) { discardedRuns { id } }',
      'runExternalDependencyMarkAsCompleted(dependency: $stack, status: SKIPPED) { phantom }',
      'stackManagedStateImport(stackId: $stack, state: "{}")', 'stateDownloadUrl(input: { stackId: $stack }) { url }',
    ];

    for (const mutation of mutations) {
      const { errors } = await caller.ask(`mutation ($stack: ID!${mutation.includes('$run') ? ', $run: ID!' : ''}) { ${mutation} }`, { stack: stack.id, run: run.id });
      expect([mutation, errors[0]?.extensions?.code]).toEqual([mutation, 'FORBIDDEN']);
    }
    const { errors } = await caller.ask('query ($stack: ID!) { stack(id: $stack) { managedStateVersions { id } } }', { stack: stack.id });
    expect(errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code: 'FORBIDDEN' }) })]);
  });

  it('changes nothing without a role, and what its stack may change with one', async () => {
    const config = { type: 'ENVIRONMENT_VARIABLE', id: 'A', value: '1', writeOnly: true };
    const mutation = 'mutation ($stack: ID!, $config: ConfigInput!) { stackConfigAdd(stack: $stack, config: $config) { id value } }';
    const plain = await running();
    expect((await plain.caller.ask(mutation, { stack: plain.stack.id, config })).errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code: 'FORBIDDEN' }) })]);

    const { stack, run, caller } = await running({ administrative: true });
    expect((await caller.get(mutation, { stack: stack.id, config })).stackConfigAdd).toEqual({ id: 'A', value: null });
    const audited = await app.ports.db.sql.selectFrom('audit').select(['actor', 'actor_kind']).where('action', '=', 'stack.add-config').execute();
    expect(audited).toEqual([{ actor: `run::${stack.id}::${run.id}`, actor_kind: 'run' }]);
  });

  it('signs nobody out, itself included', async () => {
    const { caller } = await running();

    expect((await caller.get('mutation { logout { id } }')).logout).not.toBeNull();
    expect((await caller.get('{ viewer { id } }')).viewer).not.toBeNull();
  });
});
