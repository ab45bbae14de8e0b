import type { Sql } from '../ports/database.ts';
import type { ToolOnWorker } from '../workers/worker.ts';

/** What the workers of a pool have on their PATH; of the shared pool where none is named. */
export async function toolsOfPool(sql: Sql, poolId: string | null): Promise<readonly ToolOnWorker[]> {
  const rows = await sql
    .selectFrom('workers')
    .innerJoin('worker_pools', 'worker_pools.id', 'workers.pool_id')
    .select('workers.tools')
    .where((e) => (poolId === null ? e('worker_pools.is_shared', '=', true) : e('worker_pools.id', '=', poolId)))
    .where('worker_pools.deleted_at', 'is', null)
    .limit(1000)
    .execute();
  return rows.flatMap((row) => row.tools as readonly ToolOnWorker[]);
}
