import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Span } from './periods.ts';

/** Counts the workers of each pool that has any, once for a moment: a second count of it changes nothing. */
export async function countWorkers(sql: Sql, at: Date): Promise<void> {
  await raw`
    insert into worker_counts (at, pool_id, pool_name, is_public, workers)
    select cast(${at} as timestamptz), p.id, p.name, p.is_shared, cast(count(*) as integer)
    from workers w join worker_pools p on p.id = w.pool_id
    group by p.id, p.name, p.is_shared
    on conflict (at, pool_id) do nothing`.execute(sql);
}

/** Most workers that were counted at one moment of a period; null where nobody counted. */
export async function mostWorkers(sql: Sql, { since, until }: Span): Promise<{ readonly private: number; readonly public: number } | null> {
  const { rows } = await raw<{ private: number | null; public: number | null }>`
    select cast(max(own) as integer) as private, cast(max(shared) as integer) as public from (
      select sum(case when is_public then 0 else workers end) as own, sum(case when is_public then workers else 0 end) as shared
      from worker_counts where at >= cast(${since} as timestamptz) and at < cast(${until} as timestamptz) group by at) counted`.execute(sql);
  const [row] = rows;
  return row === undefined || row.private === null || row.public === null ? null : { private: row.private, public: row.public };
}

export interface WorkerCount {
  readonly poolId: string;
  readonly poolName: string;
  readonly workers: number;
  readonly at: Date;
}

/** A page of counts, oldest first. */
export async function workerCounts(sql: Sql, { since, until }: Span, after: WorkerCount | undefined, limit: number): Promise<readonly WorkerCount[]> {
  const rows = await sql
    .selectFrom('worker_counts')
    .select(['pool_id', 'pool_name', 'workers', 'at'])
    .where('at', '>=', since)
    .where('at', '<', until)
    .$if(after !== undefined, (q) => q.where(raw<boolean>`(at, pool_id) > (cast(${after?.at} as timestamptz), cast(${after?.poolId} as text))`))
    .orderBy('at')
    .orderBy('pool_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ poolId: row.pool_id, poolName: row.pool_name, workers: row.workers, at: row.at }));
}

export async function forgetWorkerCounts(sql: Sql, before: Date): Promise<void> {
  await sql.deleteFrom('worker_counts').where('at', '<', before).execute();
}
