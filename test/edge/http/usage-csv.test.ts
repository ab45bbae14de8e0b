import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { sampleWorkers } from '../../../lib/core/usage/actions/sample-workers.ts';
import { workedRuns, type PageStart } from '../../../lib/core/usage/worked-time-store.ts';
import type { WorkedRun } from '../../../lib/core/usage/worked-time.ts';
import type { Run } from '../../../lib/core/runs/run.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { usageCsvRoutes } from '../../../lib/edge/http/usage-csv.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { senderTo, type Send } from '../../support/edge-requests.ts';
import { handoversApp } from '../../support/handover-builders.ts';
import { aStackOfItsOwn } from '../../support/run-builders.ts';
import { aRunThrough } from '../../support/usage-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

for (const engine of ENGINES) {
  describe(`the export of usage (${engine})`, () => {
    let app: TestApp;
    let send: Send;
    let token: string;
    let pool: TestPool;
    let stack: Stack;
    let run: Run;

    before(async () => {
      app = await handoversApp({ engine });
      app.clock.set(new Date('2026-01-15T12:10:00Z'));
      send = senderTo(usageCsvRoutes(app.ports), app);
      token = await tokenOf(true);
      pool = await aWorkerPool(app);
      stack = await aStackOfItsOwn(app, { name: 'Network, "main"', workerPoolId: pool.pool.id });
      run = await aRunThrough(app, stack, [
        ['QUEUED', '2026-01-14T23:00:00Z'], ['PREPARING', '2026-01-14T23:30:00Z'], ['PLANNING', '2026-01-14T23:31:00Z'],
        ['UNCONFIRMED', '2026-01-15T00:30:00Z'],
        ['CONFIRMED', '2026-01-15T09:00:00Z'], ['APPLYING', '2026-01-15T09:00:30Z'], ['FINISHED', '2026-01-15T09:01:15Z'],
      ], { workerPoolId: pool.pool.id });
    });
    after(() => app.close());

    async function tokenOf(admin: boolean): Promise<string> {
      const { key, secret } = await createApiKey(app.ports, adminActor(), { name: 'ci', admin });
      return (await exchangeApiKey(app.ports, { id: key.id, secret, remoteIp: null })).token;
    }
    const ask = (query: string, bearer: string = token) =>
      send('GET', `/usageanalytics/csv?${query}`, { headers: { authorization: `Bearer ${bearer}` } });
    const lines = async (query: string) => {
      const answer = await ask(query);
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
      return answer.text.trimEnd().split('\n');
    };
    const unix = (text: string) => new Date(text).getTime() / 1000;

    it('has a line for each state of a run in which a worker had it, with the time within the period', async () => {
      const about = `"Network, ""main""",${stack.id},${stack.id},true,${pool.pool.name},${pool.pool.id}`;
      const line = (at: string, minutes: number, state: string) => `${unix(at)},${minutes},false,${state},TRACKED,${run.id},${about}`;

      expect(await lines('since=2026-01-15&until=2026-01-15&aspect=run-minutes&groupBy=run-state')).toEqual([
        'timestamp_unix,state_duration_minutes,public,run_state,run_type,run_ulid,stack_name,stack_slug,stack_ulid,is_stack,worker_pool_name,worker_pool_ulid',
        line('2026-01-15T00:00:00Z', 30, 'PLANNING'), line('2026-01-15T09:00:30Z', 0.75, 'APPLYING'),
      ]);
    });

    it('by type, which is what is left out, has a line for each run', async () => {
      const [, ...runs] = await lines('since=2026-01-01&aspect=run-minutes');

      expect(runs).toEqual([expect.stringMatching(new RegExp(`^${unix('2026-01-14T23:30:00Z')},60.75,false,,TRACKED,${run.id},`))]);
      expect(await lines('since=2025-11-01&until=2025-11-30&aspect=run-minutes')).toHaveLength(1);
    });

    it('has the workers of each pool, hour by hour', async () => {
      await aWorker(app, pool);
      await sampleWorkers(app.ports);

      expect(await lines('')).toEqual(['id,count,timestamp_unix,worker_pool_name', `${pool.pool.id},1,${unix('2026-01-15T12:00:00Z')},${pool.pool.name}`]);
    });

    it('is for administrators who say who they are', async () => {
      expect([(await send('GET', '/usageanalytics/csv')).status, (await ask('', 'nonsense')).status]).toEqual([401, 401]);
      expect(await ask('', await tokenOf(false))).toMatchObject({ status: 403, text: expect.stringContaining('root administrator') });
    });

    it('refuses what it cannot read, in words', async () => {
      for (const [query, words] of [
        ['since=yesterday', /^since: "yesterday" is neither a day such as/], ['until=2026-02-30', /^until: "2026-02-30"/],
        ['aspect=money', /worker-count, run-minutes/],
        ['aspect=run-minutes&groupBy=stack', /run-type, run-state/], ['since=2026-01-10&until=2026-01-09', /since must be before until/],
        ['since=2024-01-01', /longer than 366 days/],
      ] as const) {
        const answer = await ask(query);
        expect([query, answer.status, answer.json().error]).toEqual([query, 400, expect.stringMatching(words)]);
      }
    });

    it('reads runs page by page, each once', async () => {
      const span = { since: new Date('2026-01-01T00:00:00Z'), until: app.clock.now() };
      const others = ['2026-01-03T08:00:00Z', '2026-01-03T08:00:00Z', '2026-01-02T08:00:00Z'];
      for (const at of others) await aRunThrough(app, stack, [['PLANNING', at], ['FINISHED', '2026-01-03T09:00:00Z']], { workerPoolId: pool.pool.id });
      for (const [by, count] of [['run', 4], ['state', 6]] as const) {
        const read = (limit: number, after?: PageStart) => workedRuns(app.ports.db.sql, span, { by, after, limit, now: app.clock.now() });
        const found: WorkedRun[] = [];
        let page = await read(1);
        for (; page.next !== undefined; page = await read(1, page.next)) found.push(...page.items);

        expect([by, found.length]).toEqual([by, count]);
        expect(found).toEqual((await read(100)).items);
      }
    });

    it('goes over pages, and refuses more than one answer holds', async () => {
      const hour = (index: number) => new Date(Date.UTC(2025, 2, 1) + index * 3_600_000);
      const rows = (from: number, to: number, name: string) =>
        Array.from({ length: to - from }, (_, index) => ({ at: hour(from + index), pool_id: 'P', pool_name: name, is_public: false, workers: index % 7 }));
      await app.ports.db.sql.insertInto('worker_counts').values(rows(0, 2500, 'small')).execute();

      const counts = (await lines('since=2025-03-01&until=2025-08-01')).slice(1);
      expect([counts.length, new Set(counts).size]).toEqual([2500, 2500]);

      await app.ports.db.sql.insertInto('worker_counts').values(rows(2500, 4000, 'x'.repeat(1000))).execute();
      expect(await ask('since=2025-03-01&until=2025-12-01')).toMatchObject({ status: 400, text: expect.stringContaining('ask for a shorter period') });
    });
  });
}
