import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { executableSchema } from '../../../lib/edge/graphql/schema.ts';
import { json } from '../../../lib/core/ports/json.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { everythingOf } from '../../support/select-everything.ts';
import { testPoolKey } from '../../support/signing-requests.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';
import { aWorker, testCertificates } from '../../support/worker-builders.ts';

const schema = executableSchema();

describe('administration in GraphQL', () => {
  let app: TestApp;
  let api: GraphqlApi;
  let admin: GraphqlCaller;
  before(async () => {
    app = await testApp({ certificates: await testCertificates() });
    await anAccount(app);
    api = graphqlApi(app);
    admin = await api.admin();
  });
  after(() => app.close());

  describe('spaces', () => {
    it('are made, moved, listed and removed', async () => {
      const create = 'mutation ($input: SpaceInput!) { spaceCreate(input: $input) { id name parentSpace inheritEntities labels accessLevel description } }';
      const parent = (await admin.get(create, { input: { name: 'Platform', description: '', parentSpace: 'root', inheritEntities: true } })).spaceCreate;
      expect(parent).toEqual({ id: expect.stringMatching(/^platform-/), name: 'Platform', description: '', parentSpace: 'root', inheritEntities: true, labels: [], accessLevel: 'ADMIN' });
      const child = (await admin.get(create, { input: { name: 'Network', description: 'd', parentSpace: parent.id, inheritEntities: false, labels: ['a'] } })).spaceCreate;

      const { spaceUpdate } = await admin.get('mutation ($id: ID!, $input: SpaceInput!) { spaceUpdate(space: $id, input: $input) { name parentSpace } }', { id: child.id, input: { name: 'Net', description: 'd', parentSpace: 'root', inheritEntities: true } });
      expect(spaceUpdate).toEqual({ name: 'Net', parentSpace: 'root' });
      expect((await admin.get('{ spaces { id parentSpace } }')).spaces).toContainEqual({ id: 'root', parentSpace: null });
      expect((await admin.get('mutation ($id: ID!) { spaceDelete(space: $id) { id } }', { id: child.id })).spaceDelete).toEqual({ id: child.id });
      expect((await admin.get('query ($id: ID!) { space(id: $id) { id } }', { id: child.id })).space).toBeNull();
    });
  });

  describe('API keys', () => {
    it('show their secret once, and what their roles come to', async () => {
      const { apiKeyCreate } = await admin.get('mutation { apiKeyCreate(input: { name: "ci", admin: false, teams: ["ops"], description: "Builds", expiresAt: 2000000000 }) { id secret name teams teamCount spaceCount admin type expiresAt deleted } }');
      expect(apiKeyCreate).toMatchObject({ secret: expect.stringMatching(/^\w{32,}$/), name: 'ci', teams: ['ops'], teamCount: 1, spaceCount: 0, admin: false, type: 'SECRET', expiresAt: 2_000_000_000, deleted: false });
      const { roles } = await admin.get(`{ roles ${everythingOf(schema, 'Role', 1)} }`);
      const reader = roles.find(({ slug }: { slug: string }) => slug === 'space-reader');
      expect(reader).toMatchObject({ isSystem: true, actions: expect.arrayContaining(['SPACE_READ', 'RUN_COMMENT']) });

      const bind = 'mutation ($key: ID!, $role: ID!) { apiKeyRoleBindingCreate(input: { apiKeyID: $key, roleID: $role, spaceID: "root" }) { id apiKeyID spaceID role { slug } } }';
      const binding = (await admin.get(bind, { key: apiKeyCreate.id, role: reader.id })).apiKeyRoleBindingCreate;
      await admin.get(bind, { key: apiKeyCreate.id, role: 'space-writer' });
      expect(binding).toMatchObject({ apiKeyID: apiKeyCreate.id, spaceID: 'root', role: { slug: 'space-reader' } });

      const { apiKey, apiKeyRoleBinding } = await admin.get(`query ($id: ID!, $binding: ID!) { apiKey(id: $id) ${everythingOf(schema, 'ApiKey', 2)} apiKeyRoleBinding(id: $binding) { id } }`, { id: apiKeyCreate.id, binding: binding.id });
      expect(apiKey).toMatchObject({ secret: null, spaceCount: 1, accessRules: [{ space: 'root', spaceAccessLevel: 'WRITE' }], apiKeyRoleBindings: [expect.anything(), expect.anything()] });
      expect(apiKeyRoleBinding).toEqual({ id: binding.id });

      expect((await admin.get('mutation ($id: ID!) { apiKeyRoleBindingDelete(id: $id) { id } }', { id: binding.id })).apiKeyRoleBindingDelete).toEqual({ id: binding.id });
      expect((await admin.get('mutation ($id: ID!) { apiKeyUpdate(id: $id, input: { description: "Other" }) { name description } }', { id: apiKeyCreate.id })).apiKeyUpdate).toEqual({ name: 'ci', description: 'Other' });
      expect((await admin.get('mutation ($id: ID!) { apiKeyDelete(id: $id) { deleted } }', { id: apiKeyCreate.id })).apiKeyDelete).toEqual({ deleted: true });
      expect((await admin.get('{ apiKeys { id secret } }')).apiKeys).not.toContainEqual(expect.objectContaining({ id: apiKeyCreate.id }));
    });
  });

  describe('contexts', () => {
    it('are made with their elements, attached, searched and removed', async () => {
      await aStack(app, { id: 'network' });
      const { contextCreateV2 } = await admin.get(`mutation ($input: ContextInput!) { contextCreateV2(input: $input) ${everythingOf(schema, 'Context', 2)} }`, {
        input: { name: 'Credentials', description: null, hooks: { beforeInit: ['echo'] }, labels: ['team:a'], configAttachments: [{ id: 'A', type: 'ENVIRONMENT_VARIABLE', value: '1', writeOnly: false, description: 'first' }], stackAttachments: [{ stack: 'network', priority: 2 }] },
      });
      expect(contextCreateV2).toMatchObject({
        id: 'credentials', space: 'root', hooks: { beforeInit: ['echo'], afterRun: [] }, config: [{ id: 'A', value: '1', description: 'first' }], hasAttachedStacks: true,
        attachedStacks: [{ stackId: 'network', stackName: 'network', priority: 2, isAutoattached: false, isModule: false }],
      });
      const context = (await admin.get('{ context(id: "credentials") { attachedStack(id: "network") { id } other: attachedStack(id: "nothing") { id } configElement(id: "A") { checksum } missing: configElement(id: "B") { id } } }')).context;
      expect(context).toEqual({ attachedStack: { id: expect.any(String) }, other: null, configElement: { checksum: expect.stringMatching(/^6b86b273/) }, missing: null });

      expect((await admin.get('mutation { contextConfigAdd(context: "credentials", config: { id: "S", type: ENVIRONMENT_VARIABLE, value: "x", writeOnly: true }) { id value writeOnly } }')).contextConfigAdd).toEqual({ id: 'S', value: null, writeOnly: true });
      expect((await admin.get('mutation { contextConfigDelete(context: "credentials", id: "A") { id } }')).contextConfigDelete).toEqual({ id: 'A' });
      expect((await admin.get('mutation ($id: ID!) { contextDetach(id: $id) { stackId } }', { id: context.attachedStack.id })).contextDetach).toEqual({ stackId: 'network' });
      expect((await admin.get('mutation { contextAttach(id: "credentials", stack: "network", priority: 0) { priority } }')).contextAttach).toEqual({ priority: 0 });

      for (const input of [{ fullTextSearch: 'cred' }, { predicates: [{ field: 'label', constraint: { stringMatches: ['team:a'] } }] }, { orderBy: { field: 'name', direction: 'DESC' } }]) {
        const { searchContexts } = await admin.get('query ($input: SearchInput!) { searchContexts(input: $input) { edges { node { id hasAttachedStacks spaceDetails { name } } } pageInfo { hasNextPage } } }', { input });
        expect(searchContexts).toEqual({ edges: [{ node: { id: 'credentials', hasAttachedStacks: true, spaceDetails: { name: 'root' } } }], pageInfo: { hasNextPage: false } });
      }
      expect((await admin.get('{ contexts { id } attachableContextsInSpace(id: "root") { id } }'))).toEqual({ contexts: [{ id: 'credentials' }], attachableContextsInSpace: [{ id: 'credentials' }] });
      expect((await admin.get('mutation { contextUpdateV2(id: "credentials", input: { name: "Renamed", configAttachments: [] }, replaceConfigElements: true) { name config { id } } }')).contextUpdateV2).toEqual({ name: 'Renamed', config: [] });
      expect((await admin.get('mutation { contextDelete(id: "credentials", force: true) { id } }')).contextDelete).toEqual({ id: 'credentials' });
    });
  });

  describe('worker pools', () => {
    it('hand their token to those who manage them, and count what is in them', async () => {
      const key = await testPoolKey();
      const { workerPoolCreate } = await admin.get(
        `mutation ($csr: String!) { workerPoolCreate(name: "fleet", certificateSigningRequest: $csr, labels: ["x"], driftDetectionRunLimit: 2) ${everythingOf(schema, 'WorkerPool', 2)} }`, { csr: Buffer.from(key.csr).toString('base64') });
      expect(workerPoolCreate).toMatchObject({ name: 'fleet', labels: ['x'], space: 'root', driftDetectionRunLimit: 2, deleted: false, managedByK8sController: false, busyWorkers: 0, workers: [] });
      expect(JSON.parse(Buffer.from(workerPoolCreate.config, 'base64').toString())).toMatchObject({ v: 1, worker_pool: workerPoolCreate.id });

      const pool = (await app.ports.db.sql.selectFrom('worker_pools').select(['id', 'certificate_id']).where('id', '=', workerPoolCreate.id).executeTakeFirstOrThrow());
      const worker = await aWorker(app, { pool: { ...workerPoolCreate, certificateId: pool.certificate_id }, key }, { metadata: { zone: 'a' } });
      const stack = await aStack(app, { id: 'pooled', workerPoolId: pool.id });
      const working = await insertTestRun(app, stack, { state: 'PLANNING', workerPoolId: pool.id });
      const waiting = await insertTestRun(app, stack, { state: 'READY', type: 'PROPOSED', workerPoolId: pool.id });

      const { workerPool, workerPools, searchWorkerPools, attachableWorkerPoolsInSpace } = await admin.get(
        `query ($id: ID!) {
          workerPool(id: $id) { pendingRuns workersCount workers { id busy drained status metadata availableAt createdAt } searchSchedulableRuns(input: { first: 10 }) { edges { node { position stackId run { id state } } } pageInfo { hasNextPage endCursor } } }
          workerPools { id workers { id } } searchWorkerPools(input: {}) { edges { node { id pendingRuns } } } attachableWorkerPoolsInSpace(id: "root") { id }
        }`, { id: pool.id });
      expect(workerPool).toEqual({
        pendingRuns: 1, workersCount: 1,
        workers: [{ id: worker.id, busy: false, drained: false, status: 'IDLE', metadata: '{"zone":"a"}', availableAt: expect.any(Number), createdAt: expect.any(Number) }],
        searchSchedulableRuns: { edges: [{ node: { position: 1, stackId: 'pooled', run: { id: working.id, state: 'PLANNING' } } }, { node: { position: 2, stackId: 'pooled', run: { id: waiting.id, state: 'READY' } } }], pageInfo: { hasNextPage: false, endCursor: '2' } },
      });
      expect(workerPools).toEqual([{ id: pool.id, workers: [{ id: worker.id }] }]);
      expect(searchWorkerPools.edges).toEqual([{ node: { id: pool.id, pendingRuns: 1 } }]);
      expect(attachableWorkerPoolsInSpace).toEqual([{ id: pool.id }]);
      expect((await admin.get('{ stack(id: "pooled") { workerPool { name } } }')).stack.workerPool).toEqual({ name: 'fleet' });

      const ids = { pool: pool.id, worker: worker.id };
      expect((await admin.get('mutation ($pool: ID!, $worker: ID!) { workerDrainSet(workerPool: $pool, id: $worker, drain: true) { drained status } }', ids)).workerDrainSet).toEqual({ drained: true, status: 'DRAINED' });
      expect((await admin.get('mutation ($pool: ID!) { workerPoolCycle(id: $pool) }', ids)).workerPoolCycle).toBe(true);
      expect((await admin.get('mutation ($pool: ID!) { workerPoolUpdate(id: $pool, name: "renamed", driftDetectionRunLimit: null) { name labels driftDetectionRunLimit } }', ids)).workerPoolUpdate).toEqual({ name: 'renamed', labels: ['x'], driftDetectionRunLimit: null });
      expect((await admin.get('mutation ($pool: ID!, $csr: String!) { workerPoolReset(id: $pool, certificateSigningRequest: $csr) { config } }', { ...ids, csr: (await testPoolKey(1)).csr })).workerPoolReset.config).not.toBe(workerPoolCreate.config);
      expect((await admin.ask('mutation ($pool: ID!) { workerPoolDelete(id: $pool) { id } }', ids)).errors[0]?.message).toContain('is used by stack pooled');
      expect((await admin.ask('mutation { workerPoolCreate(name: "bad", certificateSigningRequest: "nonsense") { id } }')).errors[0]?.message).toMatch(/^invalid certificate signing request: /);
    });

    it('show their token to nobody else', async () => {
      const { apiKeyCreate } = await admin.get('mutation { apiKeyCreate(input: { name: "reader", admin: false }) { id secret } }');
      await admin.get('mutation ($key: ID!) { apiKeyRoleBindingCreate(input: { apiKeyID: $key, roleID: "space-reader", spaceID: "root" }) { id } }', { key: apiKeyCreate.id });
      const { apiKeyUser } = await api.get('mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }', { id: apiKeyCreate.id, secret: apiKeyCreate.secret });

      expect((await api.as(apiKeyUser.jwt).get('{ workerPools { name config } }')).workerPools).toEqual([{ name: 'renamed', config: '' }]);
    });

    it('include the shared one, in numbers', async () => {
      expect((await admin.get(`{ publicWorkerPool ${everythingOf(schema, 'PublicWorkerPool', 1)} }`)).publicWorkerPool).toMatchObject({ parallelism: 0, busyWorkers: 0, pendingRuns: 0 });
      expect((await admin.get('{ publicWorkerPool { searchSchedulableRuns(input: {}) { edges { node { position } } } } }')).publicWorkerPool.searchSchedulableRuns.edges).toEqual([]);
    });
  });

  describe('tools', () => {
    it('are offered newest first, and constraints resolve to what is offered', async () => {
      const answer = await admin.get('{ terraformVersions openTofuVersions terraformEffectiveVersion(constraints: "~> 1.4.0") openTofuEffectiveVersion(constraints: ">= 1.6, < 1.7") none: terraformEffectiveVersion(constraints: ">= 99") }');

      expect(answer).toMatchObject({ terraformEffectiveVersion: '1.4.7', openTofuEffectiveVersion: '1.6.3', none: null });
      expect(answer.terraformVersions[0]).toBe('1.5.7');
      expect(answer.openTofuVersions.length).toBeGreaterThan(10);
      expect((await admin.ask('{ terraformEffectiveVersion(constraints: "newest") }')).errors[0]?.message).toContain('constraint');
    });
  });

  describe('dead letters', () => {
    it('are listed for administrators, and sent once more when asked', async () => {
      const now = app.ports.clock.now();
      for (const id of ['01A', '01B', '01C']) {
        await app.ports.db.sql.insertInto('dead_letters').values({ id, queue: 'async', type: 'no.such', body: json({ runId: 'r' }), error: 'no handler', receive_count: 3, created_at: now, received_at: now }).execute();
      }

      const first = (await admin.get('{ deadLetters(first: 2) { endCursor edges { id queue type error body receivedAt } } }')).deadLetters;
      expect(first.edges[0]).toEqual({ id: '01C', queue: 'async', type: 'no.such', error: 'no handler', body: '{"runId":"r"}', receivedAt: Math.floor(now.getTime() / 1000) });
      expect((await admin.get('query ($after: String) { deadLetters(after: $after) { endCursor edges { id } } }', { after: first.endCursor })).deadLetters).toEqual({ endCursor: null, edges: [{ id: '01A' }] });

      expect((await admin.get('mutation { deadLetterRedrive(ids: ["01A", "01B", "gone"]) }')).deadLetterRedrive).toBe(2);
      expect((await admin.get('{ deadLetters { edges { id } } }')).deadLetters.edges).toEqual([{ id: '01C' }]);
      expect(await app.queued()).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'no.such', queue: 'async', body: { runId: 'r' } })]));
    });
  });
});
