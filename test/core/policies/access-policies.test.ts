import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { samplesOf } from '../../../lib/core/policies/evaluation-store.ts';
import { createSpace } from '../../../lib/core/spaces/actions/create-space.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { accessLevels, withStackAccess } from '../../../lib/core/stacks/actions/decide-access.ts';
import { searchStacks } from '../../../lib/core/stacks/actions/search-stacks.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor, strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { aPolicy, failingEngine, needsEngine } from '../../support/policy-builders.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { anAccount, aStack, REPOSITORY_URL } from '../../support/stack-builders.ts';

const LEGACY = { name: 'legacy', description: '', parentSpace: 'root', inheritEntities: false, labels: [] };

describe('access policies', needsEngine, () => {
  let app: TestApp;
  let open: Stack, frozen: Stack, bare: Stack;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    await createSpace(app.ports, adminActor(), LEGACY);
    open = await aStack(app, { id: 'open', spaceId: 'legacy', labels: ['shared'] });
    frozen = await aStack(app, { id: 'frozen', spaceId: 'legacy', labels: ['shared', 'frozen'] });
    bare = await aStack(app, { id: 'bare', spaceId: 'legacy' });
    await aStack(app, { id: 'elsewhere', labels: ['shared'] });
  });
  after(() => app.close());
  beforeEach(async () => void (await app.ports.db.sql.deleteFrom('policies').execute()));

  const levels = async (teams: readonly string[], machine = false) => [...(await accessLevels(app.ports, writerActor(['root'], { teams, machine }), [open, frozen, bare])).values()];
  const asKey = async (options: { readonly teams?: readonly string[] } = {}): Promise<GraphqlCaller> => {
    const { key, secret } = await createApiKey(app.ports, adminActor(), { name: 'a key', admin: false, teams: options.teams ?? [] });
    return graphqlApi(app).as((await exchangeApiKey(app.ports, { id: key.id, secret, remoteIp: '10.0.0.4' })).token);
  };
  const LIST = '{ searchStacks(input: { first: 50 }) { edges { node { id canWrite } } } }';
  const listed = async (caller: GraphqlCaller) => (await caller.get(LIST)).searchStacks.edges.map(({ node }: { node: { id: string; canWrite: boolean } }) => [node.id, node.canWrite]);
  const lock = (caller: GraphqlCaller, id: string) => caller.ask('mutation ($id: ID!) { stackLock(id: $id) { id } }', { id });

  it('give nothing where none is attached', async () => {
    expect(await levels(['db'])).toEqual(['NONE', 'NONE', 'NONE']);
    expect(await listed(await asKey({ teams: ['db'] }))).toEqual([]);
  });

  it('give what all that are attached say together, of many stacks at once', async () => {
    await aPolicy(app, 'ACCESS', 'write { input.session.teams[_] == "db" }\nread { true }\ndeny_write { input.stack.labels[_] == "frozen" }', { v0: true, space: 'legacy', labels: ['autoattach:shared'] });
    expect(await levels(['db'])).toEqual(['WRITE', 'READ', 'NONE']);
    expect(await levels([])).toEqual(['READ', 'READ', 'NONE']);

    await aPolicy(app, 'ACCESS', 'deny if input.session.machine', { space: 'legacy', stack: open.id });
    expect(await levels(['db'], true)).toEqual(['NONE', 'READ', 'NONE']);
  });

  it('are one question to the engine, however many stacks a list has', async () => {
    await aPolicy(app, 'ACCESS', 'read if true', { space: 'legacy', labels: ['autoattach:*'] });
    const asked: number[] = [];
    const { policyEngine: real } = app.ports;
    const ports: Ports = { ...app.ports, policyEngine: { ...real, evaluate: (type, bodies, inputs, options) => (asked.push(inputs.length), real.evaluate(type, bodies, inputs, options)) } };
    const actor = await withStackAccess(ports, strangerActor({ asksAccess: true }));
    expect((await searchStacks(ports, actor, {})).items).toHaveLength(3);
    expect(asked).toEqual([3]);
  });

  it('decide what somebody without a role in the space legacy sees and does there, and nowhere else', async () => {
    await aPolicy(app, 'ACCESS', 'write if "db" in input.session.teams\nread if input.request.remote_ip == "127.0.0.1"\ndeny_write if "frozen" in input.stack.labels', { space: 'legacy', labels: ['autoattach:shared'] });
    const run = await insertTestRun(app, frozen, { state: 'UNCONFIRMED' });
    const db = await asKey({ teams: ['db'] });

    expect(await listed(db)).toEqual([['frozen', false], ['open', true]]);
    expect((await lock(db, 'open')).errors).toEqual([]);
    expect((await db.get('mutation { stackUnlock(id: "open") { id } }')).stackUnlock.id).toBe('open');
    expect((await lock(db, 'frozen')).errors[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    for (const id of ['bare', 'elsewhere']) expect((await db.get('query ($id: ID!) { stack(id: $id) { id } }', { id })).stack).toBeNull();
    expect((await db.get('{ searchRuns(input: { first: 9 }) { edges { node { run { id } } } } }')).searchRuns.edges.map((edge: { node: { run: { id: string } } }) => edge.node.run.id)).toEqual([run.id]);
    expect((await db.ask('mutation ($run: ID!) { runConfirm(stack: "frozen", run: $run) { id } }', { run: run.id })).errors[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  });

  it('neither take away what roles give, nor are asked about administrators', async () => {
    await aPolicy(app, 'ACCESS', 'deny if true\nsample if true', { space: 'legacy', labels: ['autoattach:shared'], name: 'nobody' });
    await aPolicy(app, 'LOGIN', 'allow if true\nroles["legacy"] contains "space-writer"');
    expect((await listed(await asKey())).map(([id]: [string, boolean]) => id)).toEqual(['bare', 'frozen', 'open']);
    expect((await lock(await asKey(), 'frozen')).errors).toEqual([]);
    expect((await listed(await graphqlApi(app).admin())).map(([id]: [string, boolean]) => id)).toEqual(['bare', 'elsewhere', 'frozen', 'open']);
    const policy = await app.ports.db.sql.selectFrom('policies').select('ulid').where('name', '=', 'nobody').executeTakeFirstOrThrow();
    expect(await samplesOf(app.ports.db.sql, policy.ulid, app.clock.now())).toEqual([]);
  });

  it('are told of once when they fail for every stack', async () => {
    const policy = await aPolicy(app, 'ACCESS', 'read if true', { space: 'legacy', labels: ['autoattach:*'] });
    await app.ports.db.sql.deleteFrom('messages').execute();
    const ports = { ...app.ports, policyEngine: failingEngine({ kind: 'timeout', message: 'too late' }) };
    expect([...(await accessLevels(ports, writerActor(), [open, frozen, bare])).values()]).toEqual(['NONE', 'NONE', 'NONE']);
    expect(await samplesOf(app.ports.db.sql, policy.ulid, app.clock.now())).toHaveLength(1);
    expect((await app.queued()).filter(({ name }) => name.includes('internal-error'))).toHaveLength(1);
  });
});

describe('the space legacy', () => {
  let app: TestApp;
  before(async () => {
    app = await testApp();
    await anAccount(app);
  });
  after(() => app.close());

  it('is made by a root administrator below root, once, and then is where stacks are whose space nobody names', async () => {
    app.vcs.push(REPOSITORY_URL, 'main', { 'main.tf': '' });
    const admin = await graphqlApi(app).admin();
    const stackOf = async (name: string) => (await admin.get('mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true) { id space } }', {
      input: { name, administrative: false, branch: 'main', repository: 'network', namespace: 'acme', provider: 'GIT', repositoryURL: REPOSITORY_URL, vendorConfig: { terraform: { workflowTool: 'TERRAFORM_FOSS' } } },
    })).stackCreate.space;
    const below = await createSpace(app.ports, adminActor(), { ...LEGACY, name: 'Team' });

    expect(await stackOf('before')).toBe('root');
    expect((await createSpace(app.ports, adminActor(), { ...LEGACY, parentSpace: below.id })).id).toMatch(/^legacy-/);
    expect((await createSpace(app.ports, adminActor(), LEGACY)).id).toBe('legacy');
    await expect(createSpace(app.ports, adminActor(), LEGACY)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await stackOf('after')).toBe('legacy');
  });
});
