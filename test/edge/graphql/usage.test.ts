import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { reportUsage } from '../../../lib/core/usage/actions/report-usage.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { graphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { handoversApp } from '../../support/handover-builders.ts';
import { aStackOfItsOwn } from '../../support/run-builders.ts';
import { aRunThrough } from '../../support/usage-builders.ts';
import { aWorkerPool } from '../../support/worker-builders.ts';

const USAGE = '{ usage { billingPeriodStart billingPeriodEnd usedPrivateMinutes usedPublicMinutes usedSeats } }';
const GAUGES = 'hasStacks hasRuns stacksCountByState { value labels } resourcesCountByDrift { value labels } avgStackSizeByResourceCount { value labels }';
const DURATIONS = 'averageRunDuration { value labels } medianRunDuration { value labels }';
const POOLS = 'publicWorkerPool { parallelism busyWorkers pendingRuns } workerPools { id name pendingRuns busyWorkers workers { id drained } }';

for (const engine of ENGINES) {
  describe(`usage and metrics (${engine})`, () => {
    let app: TestApp;
    let admin: GraphqlCaller;
    let poolId: string;

    before(async () => {
      app = await handoversApp({ engine });
      poolId = (await aWorkerPool(app)).pool.id;
      await app.ports.db.sql.updateTable('accounts').set({ created_at: new Date('2025-06-01T08:00:00Z') }).execute();
      app.clock.set(new Date('2026-01-15T12:00:00Z'));
      admin = await graphqlApi(app).admin();
      const stack = await aStackOfItsOwn(app, { workerPoolId: poolId });
      // Ten minutes of last month, and twenty of this one; on the ninth five of the shared pool; today two, of a run that goes on.
      await aRunThrough(app, stack, [['QUEUED', '2025-12-31T23:40:00Z'], ['PLANNING', '2025-12-31T23:50:00Z'], ['FINISHED', '2026-01-01T00:20:00Z']], {
        workerPoolId: poolId,
      });
      await aRunThrough(app, stack, [['QUEUED', '2026-01-09T08:00:00Z'], ['PLANNING', '2026-01-09T10:00:00Z'], ['FAILED', '2026-01-09T10:05:00Z']], {
        type: 'PROPOSED', workerPoolId: null,
      });
      await aRunThrough(app, stack, [['QUEUED', '2026-01-15T11:00:00Z'], ['PLANNING', '2026-01-15T11:58:00Z']], { workerPoolId: poolId });
    });
    after(() => app.close());

    const inSeconds = (text: string) => new Date(text).getTime() / 1000;
    const used = async () => (await admin.get(USAGE)).usage as Readonly<Record<string, number>>;

    it('tell the minutes of this calendar month, the same before and after its days have been reported', async () => {
      const before = await used();

      expect(before).toEqual({
        billingPeriodStart: inSeconds('2026-01-01T00:00:00Z'), billingPeriodEnd: inSeconds('2026-02-01T00:00:00Z'),
        usedPrivateMinutes: 22, usedPublicMinutes: 5, usedSeats: expect.any(Number),
      });
      await reportUsage(app.ports);
      expect(await used()).toEqual(before);
      // What is over is read from the reports.
      await app.ports.db.sql.updateTable('usage_reports').set({ public_ms: 60_000 }).where('period', '=', '2026-01-09').execute();
      expect((await used()).usedPublicMinutes).toBe(1);
    });

    it('tell how long runs took that ended in a period, without what they waited', async () => {
      const of = async (input: string): Promise<unknown> => (await admin.get(`{ metricsRange(input: { ${input} }) { ${DURATIONS} } }`)).metricsRange;

      expect((await admin.get(`{ metrics { ${DURATIONS} } }`)).metrics).toEqual({
        averageRunDuration: [{ value: (1800 + 300) / 2, labels: [] }], medianRunDuration: [{ value: 1050, labels: [] }],
      });
      const ninth = `startTime: ${inSeconds('2026-01-09T00:00:00Z')}, endTime: ${inSeconds('2026-01-10T00:00:00Z')}`;
      expect(await of(ninth)).toMatchObject({ medianRunDuration: [{ value: 300 }] });
      expect(await of(`endTime: ${inSeconds('2025-12-01T00:00:00Z')}`)).toMatchObject({ medianRunDuration: [{ value: 0 }] });
      expect((await admin.ask('{ metricsRange(input: { startTime: 20, endTime: 10 }) { hasRuns } }')).errors[0]?.message).toMatch(/ends before it begins/);
    });

    it('answer the exporter\'s question in one query', async () => {
      const now = app.clock.now();
      const [{ id: stackId }] = await app.ports.db.sql.selectFrom('stacks').select('id').limit(1).execute() as [{ id: string }];
      const resource = { stack_id: stackId, kind: 'resource', name: 'n', type: 't', mode: 'managed', created_at: now, updated_at: now };
      await app.ports.db.sql.insertInto('entities').values([
        { ...resource, id: 'E1', address: 't.a', drifted_at: now }, { ...resource, id: 'E2', address: 't.b' }, { ...resource, id: 'E3', address: 't.c' },
      ]).execute();

      const answer = await admin.get(`{ ${POOLS} usage { usedSeats } metrics { ${GAUGES} ${DURATIONS} } }`);

      expect(answer.workerPools).toContainEqual(expect.objectContaining({ id: poolId, workers: [] }));
      expect(answer.metrics).toMatchObject({
        hasStacks: true, hasRuns: true, stacksCountByState: [{ value: 1, labels: ['NONE'] }],
        resourcesCountByDrift: [{ value: 1, labels: ['drifted'] }, { value: 2, labels: ['not_drifted'] }],
        avgStackSizeByResourceCount: [{ value: 3, labels: [] }],
      });
    });

    it('are for root administrators', async () => {
      const { key, secret } = await createApiKey(app.ports, adminActor(), { name: 'ci', admin: false });
      const { token } = await exchangeApiKey(app.ports, { id: key.id, secret, remoteIp: null });
      for (const query of [USAGE, '{ metrics { hasRuns } }', '{ metricsRange { hasRuns } }']) {
        expect((await graphqlApi(app).as(token).ask(query)).errors[0]?.message).toMatch(/root administrator/);
      }
    });
  });
}
