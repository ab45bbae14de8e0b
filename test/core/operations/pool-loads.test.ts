import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { tellPoolLoads } from '../../../lib/core/operations/actions/tell-pool-loads.ts';
import { emfCounters } from '../../../lib/adapters/aws/emf-counters.ts';
import { POOL_METRICS } from '../../../lib/core/shared/pool-metrics.ts';
import { synthesized } from '../../support/infra.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { handoversApp } from '../../support/handover-builders.ts';
import { aPool, aStackOfItsOwn, insertTestRun } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

for (const engine of ENGINES) {
  describe(`how busy pools are, on ${engine}`, () => {
    let app: TestApp;
    let pool: TestPool;
    let lines: string[] = [];
    before(async () => {
      app = await handoversApp({ engine });
      pool = await aWorkerPool(app);
      await aPool(app, { name: 'quiet' });
      const gone = await aPool(app, { name: 'gone' });
      await app.ports.db.sql.updateTable('worker_pools').set({ deleted_at: app.ports.clock.now() }).where('id', '=', gone).execute();
      await aWorker(app, pool);
      for (const state of ['QUEUED', 'READY', 'PLANNING', 'UNCONFIRMED', 'FINISHED'] as const) {
        const stack = await aStackOfItsOwn(app, { workerPoolId: pool.pool.id });
        await insertTestRun(app, stack, { state, finishedAt: state === 'FINISHED' ? app.ports.clock.now() : null });
      }
    });
    after(() => app.close());

    const tell = async () => {
      lines = [];
      const count = emfCounters({ write: (line) => void lines.push(line), namespace: 'platform/product', now: () => app.ports.clock.now() });
      await tellPoolLoads({ db: app.ports.db, telemetry: { ...app.ports.telemetry, count } });
      return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>> & { readonly _aws: { readonly CloudWatchMetrics: readonly { readonly Namespace: string; readonly Dimensions: unknown }[] } });
    };

    it('is told of each pool that is there, idle ones included', async () => {
      const told = await tell();
      const of = (name: string) => Object.assign({}, ...told.filter(({ Pool }) => Pool === name).map(({ _aws: _, Pool: __, ...numbers }) => numbers)) as object;

      expect(of('fleet')).toEqual({ QueuedRuns: 2, ActiveRuns: 1, Workers: 1 });
      expect(of('quiet')).toEqual({ QueuedRuns: 0, ActiveRuns: 0, Workers: 0 });
      expect(told.some(({ Pool }) => Pool === 'gone')).toBe(false);
    });

    it('is shown by the dashboard under the names that it is told by', async () => {
      const shown = JSON.stringify(synthesized().resources('AWS::CloudWatch::Dashboard')[0]?.Properties?.DashboardBody).replaceAll('\\', '');
      const [{ _aws: { CloudWatchMetrics: [directive] } } = { _aws: { CloudWatchMetrics: [] } }] = await tell();

      expect(directive).toMatchObject({ Namespace: 'platform/product', Dimensions: [['Pool']] });
      for (const name of Object.values(POOL_METRICS)) expect(shown).toContain(`SEARCH('{platform/product,Pool} MetricName="${name}"'`);
    });
  });
}
