import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { exchangeApiKey } from '../../lib/core/accounts/actions/exchange-api-key.ts';
import { assignPool } from '../../lib/core/handovers/actions/assign-pool.ts';
import { handleRepositoryChange } from '../../lib/core/triggers/actions/handle-repository-change.ts';
import { listTrackedRuns, listProposedRuns } from '../../lib/core/runs/run-list-store.ts';
import type { RunState } from '../../lib/core/runs/run-states.ts';
import type { Run } from '../../lib/core/runs/run.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';
import { gitHookRoutes } from '../../lib/edge/http/git-hook.ts';
import { workerApiRoutes } from '../../lib/edge/http/worker-api.ts';
import type { TestApp } from '../support/app.ts';
import { callCounter, type CallCounter } from '../support/call-counter.ts';
import { ENGINES } from '../support/database.ts';
import { senderTo, type Send } from '../support/edge-requests.ts';
import { graphqlApi } from '../support/graphql.ts';
import { aRun, handoversApp, planOf, poolStack } from '../support/handover-builders.ts';
import { insertTestRun, reload } from '../support/run-builders.ts';
import { aSpace } from '../support/stack-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../support/worker-builders.ts';

// Counted is every statement of a request as it comes in, the check of who sends it included; BEGIN and COMMIT are not.
for (const engine of ENGINES) {
  describe(`round trips to the database (${engine})`, () => {
    let app: TestApp;
    let calls: CallCounter;
    let send: Send;
    let pool: TestPool;

    before(async () => {
      app = await handoversApp({ engine });
      calls = callCounter(app.ports);
      send = senderTo([...workerApiRoutes(calls.ports), ...gitHookRoutes(calls.ports)], app);
      pool = await aWorkerPool(app);
    });
    after(() => app.close());

    const statements = async (work: () => Promise<unknown>): Promise<number> => (await calls.during(work)).sql ?? 0;
    const freshStack = (changes: Partial<Stack> = {}) => {
      const id = app.ports.ids.ulid().toLowerCase();
      return poolStack(app, pool, { id, name: id, repositoryUrl: `https://git.example.com/${id}.git`, ...changes });
    };

    describe('of a worker', () => {
      let worker: { readonly id: string; readonly bootId: string; readonly token: string };
      let run: Run;
      let lease = 0;

      before(async () => {
        run = await aRun(app, await freshStack());
        worker = await aWorker(app, pool);
        await assignPool(app.ports, { poolId: pool.pool.id });
      });
      /** A call some time after the last one, so that it counts as a sign of life. */
      const call = async (path: string, body: unknown, key?: string): Promise<number> => {
        app.clock.advance(6_000);
        let status = 0;
        const count = await statements(async () => {
          const headers = { authorization: `Bearer ${worker.token}`, ...(path === 'claim' ? {} : { 'x-run-lease': String(lease) }), ...(key === undefined ? {} : { 'idempotency-key': key }) };
          const answer = await send('POST', `/worker/v1/${path}`, { headers, body: JSON.stringify(body) });
          status = answer.status;
          if (path === 'claim' && status === 200) lease = (answer.json() as { lease: number }).lease;
        });
        expect(status).toBeLessThan(300);
        return count;
      };
      const step = (from: RunState, to: RunState) => call(`runs/${run.id}/transitions`, { from, to });

      it('take one statement for the claim with session, key and inputs', async () => {
        expect(await call('claim', {}, 'first')).toBe(1);
        expect(await reload(app, run)).toMatchObject({ state: 'PREPARING', lease: 1 });
      });

      it('take one statement when there is nothing to claim', async () => {
        const idle = await aWorker(app, await aWorkerPool(app, { name: `idle ${engine}` }));
        expect(await statements(() => send('POST', '/worker/v1/claim', { headers: { authorization: `Bearer ${idle.token}`, 'idempotency-key': 'k' }, body: '{}' }))).toBe(1);
      });

      it('are at most three for a step, the state at its start included', async () => {
        expect(await step('PREPARING', 'INITIALIZING')).toBeLessThanOrEqual(3);
        expect(await step('INITIALIZING', 'PLANNING')).toBeLessThanOrEqual(2);
      });

      it('are one for addresses of logs, and two for a heartbeat', async () => {
        expect(await call(`runs/${run.id}/logs/urls`, { stateVersion: run.stateVersion + 2, first: 3, count: 2 })).toBe(1);
        const beat = { v: 1, type: 'heartbeat', id: app.ports.ids.ulid(), ts: app.clock.now().toISOString(), bootId: worker.bootId, seq: 1, state: 'busy' };
        expect(await call('heartbeat', beat)).toBe(2);
      });

      it('are at most seven for a plan with its results and the decision', async () => {
        expect(await call(`runs/${run.id}/plan`, { ...planOf(), inline: { plan: '{}', changes: '[]', resources: '[]' } })).toBeLessThanOrEqual(7);
        expect(await reload(app, run)).toMatchObject({ state: 'UNCONFIRMED' });
      });
    });

    describe('of a person', () => {
      /** Holds a role in a space and below it, so that what it may do depends on the tree. */
      let api: ReturnType<ReturnType<typeof graphqlApi>['as']>;
      let stack: Stack;

      before(async () => {
        const graphql = graphqlApi({ ports: calls.ports });
        const admin = await graphql.admin();
        const { apiKeyCreate: key } = await admin.get('mutation { apiKeyCreate(input: { name: "limited", admin: false }) { id secret } }');
        await admin.get('mutation ($key: ID!) { apiKeyRoleBindingCreate(input: { apiKeyID: $key, roleID: "space-admin", spaceID: "root" }) { id } }', { key: key.id });
        api = graphql.as((await exchangeApiKey(app.ports, { id: key.id, secret: key.secret, remoteIp: '127.0.0.1' })).token);
        await aSpace(app, { id: 'team' });
        stack = await freshStack({ spaceId: 'team' });
        for (let count = 0; count < 5; count++) await insertTestRun(app, await freshStack({ spaceId: 'team' }), { state: 'UNCONFIRMED' });
      });
      /** Long enough after the last one that the session's use is noted again. */
      const ask = (query: string, variables?: Readonly<Record<string, unknown>>) => {
        app.clock.advance(61_000);
        return statements(() => api.get(query, variables));
      };

      it('are at most three to confirm a run', async () => {
        const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
        expect(await ask(`mutation { runConfirm(stack: "${stack.id}", run: "${run.id}") { id state } }`)).toBeLessThanOrEqual(3);
        expect(await reload(app, run)).toMatchObject({ state: 'CONFIRMED' });
      });

      it('are at most two for lists of stacks, with what lists show of each', async () => {
        const shown = 'id name state labels starred spaceDetails { id name } workerPool { id name } blocker { id state } trackedCommit { hash }';
        expect(await ask(`query ($input: SearchInput!) { searchStacks(input: $input) { edges { node { ...Shown } } pageInfo { endCursor hasNextPage } } } fragment Shown on Stack { ${shown} }`, { input: { first: 50, predicates: [{ field: 'space', constraint: { stringMatches: ['team'] } }] } })).toBeLessThanOrEqual(2);
        expect(await ask(`{ stacks { ${shown} } }`)).toBeLessThanOrEqual(2);
      });

      it('are at most two for lists of runs', async () => {
        expect(await ask(`query ($id: ID!) { stack(id: $id) { id runs { id state title } proposedRuns { id } more: runs(before: "0") { id } } }`, { id: stack.id })).toBeLessThanOrEqual(2);
        expect(await ask('query ($input: SearchInput!) { searchRuns(input: $input) { edges { node { run { id state } } } } }', { input: { first: 20 } })).toBeLessThanOrEqual(2);
      });
    });

    describe('of a push', () => {
      const pushTo = async (stacks: number, branch: string) => {
        const url = `https://git.example.com/pushed-${stacks}-${branch}.git`;
        const made: Stack[] = [];
        for (let count = 0; count < stacks; count++) made.push(await poolStack(app, pool, { id: `pushed-${stacks}-${branch}-${count}`, repositoryUrl: url }));
        const look = (kind: 'hook' | 'poll') => handleRepositoryChange(calls.ports, { url, cause: { kind, at: app.clock.now().toISOString() } });
        await look('poll');
        app.clock.advance(1000);
        app.vcs.push(url, branch, { 'main.tf': branch }, { from: 'main' });
        const asked = await statements(() => send('POST', `/webhooks/git/${made[0]?.gitHookToken}`));
        return { made, count: asked + (await statements(() => look('hook'))) };
      };

      for (const [stacks, most] of [[1, 6], [100, 6], [101, 7]] as const) {
        it(`are ${most} for ${stacks} stacks that track the branch`, async () => {
          const { made, count } = await pushTo(stacks, 'main');

          expect(count).toBeLessThanOrEqual(most);
          for (const stack of made.slice(-2)) expect(await listTrackedRuns(app.ports.db.sql, stack.id)).toEqual([expect.objectContaining({ state: 'QUEUED', type: 'TRACKED' })]);
        });
      }

      it('are as many for previews of another branch', async () => {
        const { made, count } = await pushTo(20, 'feature');

        expect(count).toBeLessThanOrEqual(6);
        for (const stack of made) expect(await listProposedRuns(app.ports.db.sql, stack.id)).toEqual([expect.objectContaining({ branch: 'feature', state: 'QUEUED' })]);
      });
    });
  });
}
