import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { pageSize, type Page } from '../shared/pages.ts';
import { toRun } from './run-rows-store.ts';
import { ACTIVE_STATES, CLAIMABLE_STATES } from './run-states.ts';
import type { Run } from './run.ts';

// The order of pool-queue.ts in SQL. The rank of a run is the worst among its own and those of its stack's runs of better classes.
const CLASS = raw<number>`case when type in ('TRACKED', 'TASK', 'DESTROY') then 0 when drift_detection then 2 else 1 end`;
const OWN_RANK = raw<number>`case priority when 'HIGH' then 0 when 'NORMAL' then 1 else 2 end`;
const RANK = raw<number>`greatest(${OWN_RANK}, coalesce(max(${OWN_RANK}) over (partition by stack_id order by ${CLASS} groups between unbounded preceding and 1 preceding), 0))`;

const waiting = (sql: Pick<Sql, 'selectFrom'>, poolId: string) =>
  sql
    .selectFrom('runs')
    .select(['id', 'created_at', RANK.as('rank'), CLASS.as('class')])
    .where('worker_pool_id', '=', poolId)
    .where('state', 'in', [...CLAIMABLE_STATES]);

export interface ClaimOptions {
  /** Leaves out runs that a worker holds, or has an assignment for at this time, and those that are to be tried again later. */
  readonly unassignedAt?: Date;
  /** Whose own assignment does not count. */
  readonly assignee?: string;
  /** Locks the rows, passing over those that another claim holds; only inside a transaction. */
  readonly lock?: boolean;
  readonly limit?: number;
}

/** The query for the pool's runs that wait for a worker, in the order in which they are to get one: whole, or a part of a larger statement. */
export function claimableQuery(sql: Pick<Sql, 'selectFrom'>, poolId: string, options: ClaimOptions = {}) {
  let query = sql
    .selectFrom('runs')
    .innerJoin(waiting(sql, poolId).as('queue'), 'queue.id', 'runs.id')
    .selectAll('runs')
    // Repeated for rows that changed while their lock was awaited.
    .where('runs.state', 'in', [...CLAIMABLE_STATES])
    .orderBy('queue.rank')
    .orderBy('queue.class')
    .orderBy('queue.created_at')
    .orderBy('queue.id')
    .limit(options.limit ?? 100);
  const { unassignedAt, assignee = '' } = options;
  if (unassignedAt !== undefined)
    query = query
      .where((eb) => eb.or([eb('runs.again_at', 'is', null), eb('runs.again_at', '<=', unassignedAt)]))
      .where((eb) => eb.not(eb.exists(eb.selectFrom('assignments').select('assignments.id').whereRef('assignments.run_id', '=', 'runs.id').where('assignments.worker_id', '!=', assignee).where('assignments.expires_at', '>', unassignedAt))))
      // Confirmed while its worker still saves the workspace: free only once that worker lets go.
      .where((eb) => eb.not(eb.exists(eb.selectFrom('workers').select('workers.id').whereRef('workers.run_id', '=', 'runs.id'))));
  if (options.lock === true) query = query.forUpdate('runs').skipLocked();
  return query;
}

/** Runs of the pool that wait for a worker, in the order in which they are to get one. */
export async function claimableRuns(sql: Sql, poolId: string, options: ClaimOptions = {}): Promise<readonly Run[]> {
  return (await claimableQuery(sql, poolId, options).execute()).map(toRun);
}

/** The run that the next free worker of the pool gets. */
export async function nextRunForPool(sql: Sql, poolId: string, options: Omit<ClaimOptions, 'limit'> = {}): Promise<Run | undefined> {
  return (await claimableRuns(sql, poolId, { ...options, limit: 1 }))[0];
}

const count = raw<number>`cast(count(*) as integer)`;

/** How many runs wait for a worker of the pool. */
export async function pendingRuns(sql: Sql, poolId: string): Promise<number> {
  const row = await sql.selectFrom('runs').select(count.as('count')).where('worker_pool_id', '=', poolId).where('state', 'in', [...CLAIMABLE_STATES]).executeTakeFirstOrThrow();
  return row.count;
}

/** The same for several pools in one statement; a pool without waiting runs is absent. */
export async function pendingRunsOfPools(sql: Sql, poolIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (poolIds.length === 0) return new Map();
  const rows = await sql
    .selectFrom('runs')
    .select(['worker_pool_id', count.as('count')])
    .where('worker_pool_id', 'in', poolIds)
    .where('state', 'in', [...CLAIMABLE_STATES])
    .groupBy('worker_pool_id')
    .execute();
  return new Map(rows.map((row) => [row.worker_pool_id ?? '', row.count]));
}

export interface SchedulableRun {
  /** From 1, over the whole queue. */
  readonly position: number;
  readonly run: Run;
}

/** One page of the pool's queue: runs in progress first, then those that wait, in order. The cursor is a position. */
export async function schedulableRuns(sql: Sql, poolId: string, page: { readonly first?: number | null; readonly after?: string | null } = {}): Promise<Page<SchedulableRun>> {
  const size = pageSize(page.first);
  const skip = Math.max(0, Number.parseInt(page.after ?? '0', 10) || 0);
  const rows = await sql
    .selectFrom('runs')
    .leftJoin(waiting(sql, poolId).as('queue'), 'queue.id', 'runs.id')
    .selectAll('runs')
    .where('runs.worker_pool_id', '=', poolId)
    .where('runs.state', 'in', [...ACTIVE_STATES, ...CLAIMABLE_STATES])
    .orderBy(raw`case when queue.id is null then 0 else 1 end`)
    .orderBy('queue.rank')
    .orderBy('queue.class')
    .orderBy('runs.created_at')
    .orderBy('runs.id')
    .offset(skip)
    .limit(size + 1)
    .execute();
  const items = rows.slice(0, size).map((row, index) => ({ position: skip + index + 1, run: toRun(row) }));
  return {
    items,
    hasNextPage: rows.length > size,
    hasPreviousPage: skip > 0,
    startCursor: items.length === 0 ? null : String(skip + 1),
    endCursor: items.length === 0 ? null : String(skip + items.length),
  };
}
