import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { executableSchema } from '../../../lib/edge/graphql/schema.ts';
import { saveStateResources } from '../../../lib/core/state/actions/save-state-resources.ts';
import { handleRepositoryChange } from '../../../lib/core/triggers/actions/handle-repository-change.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { everythingOf } from '../../support/select-everything.ts';
import { anAccount, aSpace, aStack, REPOSITORY_URL } from '../../support/stack-builders.ts';

const schema = executableSchema();

const INPUT = {
  name: 'Core network', administrative: false, branch: 'main', repository: 'network', namespace: 'acme', provider: 'GIT', repositoryURL: REPOSITORY_URL, labels: ['net'],
  beforeInit: ['echo hello'], afterRun: null, autodeploy: true, description: 'The **core**', localPreviewEnabled: true, vcsIntegrationId: null, workerPool: null,
  vendorConfig: { terraform: { version: '1.5.7', workflowTool: 'TERRAFORM_FOSS', useSmartSanitization: true }, opentofu: null, ansible: null },
};

describe('stacks in GraphQL', () => {
  let app: TestApp;
  let api: GraphqlApi;
  let admin: GraphqlCaller;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    app.vcs.push(REPOSITORY_URL, 'main', { 'main.tf': 'resource "terraform_data" "this" {}\n' });
    api = graphqlApi(app);
    admin = await api.admin();
  });
  after(() => app.close());

  /** A caller with a role in some space. */
  async function keyWith(role: string, space: string): Promise<GraphqlCaller> {
    const { apiKeyCreate } = await admin.get('mutation { apiKeyCreate(input: { name: "limited", admin: false }) { id secret } }');
    await admin.get('mutation ($key: ID!, $role: ID!, $space: ID!) { apiKeyRoleBindingCreate(input: { apiKeyID: $key, roleID: $role, spaceID: $space }) { id } }', { key: apiKeyCreate.id, role, space });
    const { apiKeyUser } = await api.get('mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }', { id: apiKeyCreate.id, secret: apiKeyCreate.secret });
    return api.as(apiKeyUser.jwt);
  }

  it('tells why no push is heard of, until its repository can be looked at again', async () => {
    const url = 'https://git.example.com/acme/away.git';
    const stack = await aStack(app, { id: 'away', repositoryUrl: url });
    const why = async () => (await admin.get('{ stack(id: "away") { why(first: 1) { kind text } } }')).stack.why;
    const look = () => handleRepositoryChange(app.ports, { url, cause: { kind: 'poll', at: app.clock.now().toISOString() } });

    app.vcs.forget(url);
    await look();
    expect(await why()).toEqual([{ kind: 'delivery', text: `the repository could not be looked at, so no push is heard of: repository ${url} was not found` }]);

    app.vcs.push(url, stack.branch, { 'main.tf': '' });
    await look();
    expect(await why()).not.toEqual([expect.objectContaining({ kind: 'delivery', text: expect.stringContaining('could not be looked at') })]);
  });

  it('creates, changes and deletes a stack', async () => {
    const { stackCreate } = await admin.get(
      `mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true) {
        id name space labels autodeploy beforeInit afterRun hooks { beforeInit } managesStateFile provider repositoryURL state trackedBranchHead { hash message timestamp }
        vendorConfig { __typename ... on StackConfigVendorTerraform { version useSmartSanitization workflowTool } } gitHookUrl effectiveTerraformVersion canWrite } }`,
      { input: INPUT },
    );
    expect(stackCreate).toEqual({
      id: 'core-network', name: 'Core network', space: 'root', labels: ['net'], autodeploy: true, beforeInit: ['echo hello'], afterRun: [], hooks: { beforeInit: ['echo hello'] },
      managesStateFile: true, provider: 'GIT', repositoryURL: REPOSITORY_URL, state: 'NONE', trackedBranchHead: { hash: expect.stringMatching(/^[0-9a-f]{40}$/), message: expect.any(String), timestamp: expect.any(Number) },
      vendorConfig: { __typename: 'StackConfigVendorTerraform', version: '1.5.7', useSmartSanitization: true, workflowTool: 'TERRAFORM_FOSS' },
      gitHookUrl: expect.stringContaining('/webhooks/git/'), effectiveTerraformVersion: '1.5.7', canWrite: true,
    });

    const { stackUpdate } = await admin.get('mutation ($input: StackInput!) { stackUpdate(id: "core-network", input: $input) { name vendorConfig { __typename } description } }', {
      input: { ...INPUT, name: 'Renamed', description: null },
    });
    expect(stackUpdate).toEqual({ name: 'Renamed', vendorConfig: { __typename: 'StackConfigVendorTerraform' }, description: null });

    expect((await admin.get('mutation { stackGitHookReset(id: "core-network") { gitHookUrl } }')).stackGitHookReset.gitHookUrl).not.toBe(stackCreate.gitHookUrl);
    expect((await admin.get('mutation { stackDelete(id: "core-network") { id deleting } }')).stackDelete).toEqual({ id: 'core-network', deleting: true });
    await app.drain();
    expect((await admin.get('{ stack(id: "core-network") { id } }')).stack).toBeNull();
  });

  it('says what is wrong with a version constraint in the words that clients match', async () => {
    const { errors } = await admin.ask('mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true) { id } }', { input: { ...INPUT, vendorConfig: { terraform: { version: 'not a version' } } } });

    expect(errors[0]?.message).toMatch(/^stack has 1 error: terraform: invalid Terraform version constraints: /);
  });

  it('refuses a vendor that it does not run', async () => {
    const { errors } = await admin.ask('mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true) { id } }', { input: { ...INPUT, vendorConfig: { ansible: { playbook: 'site.yml' } } } });

    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('ansible is not supported'), extensions: expect.objectContaining({ code: 'INVALID' }) })]);
  });

  it('answers every field of a stack, its runs, resources and contexts', async () => {
    const stack = await aStack(app, { id: 'everything', labels: ['all'], trackedCommit: { hash: 'a'.repeat(40), message: 'm', authorName: 'Ada', authorLogin: null, timestamp: 1, url: 'u' } });
    const run = await insertTestRun(app, stack, {
      state: 'UNCONFIRMED', causes: [{ at: '2026-01-02T03:04:05.000Z', kind: 'push', text: 'push of 1 commit', subject: null }],
      delta: { addCount: 1, changeCount: 2, deleteCount: 3, importCount: 0, moveCount: 0, forgetCount: 0, resources: 9 },
    });
    await insertTestRun(app, stack, { type: 'PROPOSED', state: 'PLANNING' });
    await insertTestRun(app, stack, { type: 'TASK', state: 'QUEUED', command: 'ls' });
    await admin.get('mutation ($run: ID!) { runComment(stack: "everything", run: $run, body: "looks right") { body username createdAt } }', { run: run.id });
    await admin.get('mutation { stackConfigAdd(stack: "everything", config: { id: "REGION", type: ENVIRONMENT_VARIABLE, value: "eu", writeOnly: false }) { id } }');
    await admin.get('mutation { contextCreateV2(input: { name: "Shared", labels: ["autoattach:all"], configAttachments: [{ id: "TOKEN", type: ENVIRONMENT_VARIABLE, value: "s3cret", writeOnly: true }] }) { id } }');
    const resources = { resources: [{ address: 'module.a.terraform_data.x["k"]', mode: 'managed', type: 'terraform_data', name: 'x', module: 'module.a', provider: 'terraform.io/builtin/terraform', tainted: false, values: '{"id":"eae35047"}' }], outputs: [{ name: 'ip', sensitive: false, value: '"10.0.0.1"', hash: 'abcdef01' }] };
    await app.ports.objects.put('documents', 'resources', Buffer.from(JSON.stringify(resources)));
    await saveStateResources(app.ports, { run, phase: 'apply', artifactKey: 'resources' });

    const { stack: found } = await admin.get(`{ stack(id: "everything") ${everythingOf(schema, 'Stack', 5)} }`);

    expect(found).toMatchObject({
      id: 'everything', blocked: true, blocker: { id: run.id, canConfirm: true, canRetry: false, isMostRecent: true, comments: [{ body: 'looks right' }], history: [{ state: 'UNCONFIRMED', terminal: false }] },
      trackedCommit: { hash: 'a'.repeat(40), tag: null }, stateIsTerminal: false, starred: false, deleted: false,
      runs: [{ id: run.id, delta: { addCount: 1, changeCount: 2, deleteCount: 3, resources: 9 }, waitingFor: { reason: 'waiting for a person to confirm' }, why: [{ kind: 'push', timestamp: 1_767_323_045 }] }],
      proposedRuns: [{ type: 'PROPOSED' }], tasks: [{ command: 'ls' }], why: expect.arrayContaining([expect.objectContaining({ subject: run.id })]),
      config: [{ id: 'REGION', value: 'eu', runtime: false }],
      attachedContexts: [{ contextName: 'Shared', isAutoattached: true, priority: 0, config: [{ id: 'TOKEN', value: null, writeOnly: true, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) }] }],
      attachedPolicies: [], moduleVersionsUsed: [], dependsOn: [], isDependedOnBy: [], integrations: { aws: { activated: false }, gcp: { activated: false } },
      outputs: [{ id: 'ip', value: '"10.0.0.1"', sensitive: false }], entityCount: 1, managedStateVersions: [], isStateRollback: false,
    });
    expect(found.entities).toEqual(expect.arrayContaining([
      expect.objectContaining({ address: 'module.a', type: 'module', parent: '', vendor: expect.objectContaining({ EntityVendorTerraform_terraform: expect.objectContaining({ __typename: 'TerraformModule', TerraformModule_phantom: false }) }) }),
      expect.objectContaining({
        address: 'module.a.terraform_data.x["k"]', creator: expect.objectContaining({ id: run.id }), stackName: 'everything',
        vendor: expect.objectContaining({ EntityVendorTerraform_terraform: expect.objectContaining({ TerraformResource_module: 'module.a', TerraformResource_values: '{"id":"eae35047"}' }) }),
      }),
      expect.objectContaining({ type: 'output', name: 'ip' }),
    ]));
    expect(found.runtimeConfig).toEqual(expect.arrayContaining([
      expect.objectContaining({ context: null, element: expect.objectContaining({ id: 'REGION' }) }),
      expect.objectContaining({ context: expect.objectContaining({ contextName: 'Shared' }), element: expect.objectContaining({ id: 'TOKEN', value: null }) }),
      expect.objectContaining({ context: null, element: expect.objectContaining({ id: 'TF_VAR_spacelift_run_id', value: '<computed>', runtime: true }) }),
    ]));
    const { searchManagedEntities, providers, searchManagedEntitiesGroupByStacks } = await admin.get(
      '{ searchManagedEntities(input: {}) { edges { node { address } } } providers searchManagedEntitiesGroupByStacks(input: {}) { edges { node { id count stackName } } } }',
    );
    expect(searchManagedEntities.edges).toHaveLength(3);
    expect(providers).toEqual(['terraform.io/builtin/terraform']);
    expect(searchManagedEntitiesGroupByStacks.edges).toEqual([{ node: { id: 'everything', count: 1, stackName: 'everything' } }]);
  });

  it('shows the strongest of several values for one name', async () => {
    await aStack(app, { id: 'layered', labels: ['layered'] });
    await admin.get('mutation { contextCreateV2(input: { name: "weak", labels: ["autoattach:layered"], configAttachments: [{ id: "A", type: ENVIRONMENT_VARIABLE, value: "weak", writeOnly: false }, { id: "B", type: ENVIRONMENT_VARIABLE, value: "weak", writeOnly: false }, { id: "TF_IN_AUTOMATION", type: ENVIRONMENT_VARIABLE, value: "0", writeOnly: false }] }) { id } }');
    await admin.get('mutation { contextCreateV2(input: { name: "strong", configAttachments: [{ id: "B", type: ENVIRONMENT_VARIABLE, value: "strong", writeOnly: false }], stackAttachments: [{ stack: "layered", priority: 3 }] }) { id } }');
    await admin.get('mutation { stackConfigAdd(stack: "layered", config: { id: "A", type: ENVIRONMENT_VARIABLE, value: "own", writeOnly: false }) { id } }');

    const { stack } = await admin.get('{ stack(id: "layered") { runtimeConfig { context { contextName } element { id value } } } }');

    const values = Object.fromEntries(stack.runtimeConfig.map(({ context, element }: { context: { contextName: string } | null; element: { id: string; value: string } }) => [element.id, [element.value, context?.contextName ?? null]]));
    expect(values).toMatchObject({ A: ['own', null], B: ['strong', 'strong'], TF_IN_AUTOMATION: ['0', 'weak'] });
  });

  it('searches stacks page by page, with filters', async () => {
    for (const name of ['search-a', 'search-b', 'search-c']) await aStack(app, { id: name, name, labels: ['searched', name === 'search-b' ? 'odd' : 'even'] });

    const first = (await admin.get('query ($input: SearchInput!) { searchStacks(input: $input) { edges { node { id } } pageInfo { endCursor hasNextPage } } }', { input: { first: 2, predicates: [{ field: 'label', constraint: { stringMatches: ['searched'] } }] } })).searchStacks;
    expect(first.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(['search-a', 'search-b']);
    const second = (await admin.get('query ($input: SearchInput!) { searchStacks(input: $input) { edges { node { id } } pageInfo { hasNextPage } } }', { input: { first: 2, after: first.pageInfo.endCursor, predicates: [{ field: 'label', constraint: { stringMatches: ['searched'] } }] } })).searchStacks;
    expect(second).toEqual({ edges: [{ node: { id: 'search-c' } }], pageInfo: { hasNextPage: false } });
  });

  it('hides stacks of other spaces: null, an empty list, not found', async () => {
    await aSpace(app, { id: 'hidden', inheritEntities: false });
    await aSpace(app, { id: 'shown', inheritEntities: false });
    await aStack(app, { id: 'in-hidden', spaceId: 'hidden' });
    await aStack(app, { id: 'in-shown', spaceId: 'shown' });
    const reader = await keyWith('space-reader', 'shown');

    const { stack, stacks, spaces } = await reader.get('{ stack(id: "in-hidden") { id } stacks { id canWrite gitHookUrl } spaces { id accessLevel } }');
    expect({ stack, stacks, spaces }).toEqual({ stack: null, stacks: [{ id: 'in-shown', canWrite: false, gitHookUrl: null }], spaces: [{ id: 'shown', accessLevel: 'READ' }] });
    expect((await reader.ask('mutation { stackLock(id: "in-hidden") { id } }')).errors).toEqual([expect.objectContaining({ message: 'stack "in-hidden" not found' })]);

    const { errors } = await reader.ask('mutation { stackLock(id: "in-shown") { id } }');
    expect(errors[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    expect(errors[0]?.message).not.toContain('unauthorized');
  });

  it('asks the database as often for twenty stacks as for two', async () => {
    const owner = await aStack(app, { id: 'many-0', labels: ['many'] });
    await insertTestRun(app, owner, { state: 'UNCONFIRMED' });
    const query = `query ($input: SearchInput!) { searchStacks(input: $input) { edges { node {
      id starred blocker { id isMostRecent } spaceDetails { name } workerPool { name pendingRuns } config { id } entityCount isStateRollback } } } }`;
    const input = { predicates: [{ field: 'label', constraint: { stringMatches: ['many'] } }] };
    const count = async () => {
      let statements = 0;
      const { sql } = app.ports.db;
      const counting = sql.withPlugin({ transformQuery: ({ node }) => (statements++, node), transformResult: async ({ result }) => result });
      const ports = { ...app.ports, db: { ...app.ports.db, sql: counting } };
      await graphqlApi({ ports }).as((admin as { token: string } & GraphqlCaller).token).get(query, { input });
      return statements;
    };
    const few = await count();
    for (let n = 1; n < 20; n++) {
      const stack = await aStack(app, { id: `many-${n}`, labels: ['many'] });
      await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
    }

    expect(few).toBeGreaterThan(5);
    expect(await count()).toBe(few);
  });
});
