import type { Sql } from '../ports/database.ts';
import type { PoolMetric } from '../shared/pool-metrics.ts';
import { ACTIVE_STATES, CLAIMABLE_STATES, type RunState } from '../runs/run-states.ts';

/** Each pool is a few metrics, which are paid for; an installation with more pools than this has to look at them in the product. */
const MOST_POOLS = 100;

/** Runs that wait for their stack or for a worker. */
const QUEUED_STATES: readonly RunState[] = [...new Set<RunState>(['QUEUED', ...CLAIMABLE_STATES])];

export type PoolLoad = Readonly<Record<PoolMetric, number>> & { readonly pool: string };

/** How busy each pool is, in one statement. */
export async function poolLoads(sql: Sql): Promise<readonly PoolLoad[]> {
  const rows = await sql
    .selectFrom('worker_pools as pool')
    .where('pool.deleted_at', 'is', null)
    .select((eb) => {
      const runsIn = (states: readonly RunState[]) =>
        eb
          .selectFrom('runs')
          .select((count) => count.fn.countAll<number>().as('n'))
          .whereRef('runs.worker_pool_id', '=', 'pool.id')
          .where('runs.state', 'in', [...states]);
      return [
        'pool.name',
        runsIn(QUEUED_STATES).as('queued_runs'),
        runsIn(ACTIVE_STATES).as('active_runs'),
        eb.selectFrom('workers').select((count) => count.fn.countAll<number>().as('n')).whereRef('workers.pool_id', '=', 'pool.id').as('workers'),
      ];
    })
    .orderBy('pool.created_at')
    .orderBy('pool.id')
    .limit(MOST_POOLS)
    .execute();
  return rows.map((row) => ({ pool: row.name, queuedRuns: Number(row.queued_runs), activeRuns: Number(row.active_runs), workers: Number(row.workers) }));
}
