import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { toRun } from '../runs/run-rows-store.ts';
import { ACTIVE_STATES, CLAIMABLE_STATES, TERMINAL_STATES } from '../runs/run-states.ts';
import type { Run } from '../runs/run.ts';
import { workerLost } from '../workers/worker-messages.ts';

/** Runs handed over before then and still worked on, though no worker there is holds them; not those whose worker's loss is announced, which says why. */
export async function abandonedRuns(sql: Sql, handedOverBefore: Date, limit: number): Promise<readonly Run[]> {
  const rows = await sql
    .selectFrom('runs')
    .selectAll()
    .where('state', 'in', [...ACTIVE_STATES])
    .where('handover_at', '<=', handedOverBefore)
    .where((eb) => eb.not(eb.exists(eb.selectFrom('workers').select('workers.id').whereRef('workers.run_id', '=', 'runs.id').whereRef('workers.lease', '=', 'runs.lease'))))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('messages')
            .select('messages.id')
            .where('messages.type', '=', workerLost.name)
            .where(raw<string>`messages.body ->> 'runId'`, '=', eb.ref('runs.id')),
        ),
      ),
    )
    .orderBy('handover_at')
    .limit(limit)
    .execute();
  return rows.map(toRun);
}

/** Runs worked on since before then: no worker takes that long. */
export async function overdueRuns(sql: Sql, handedOverBefore: Date, limit: number): Promise<readonly Run[]> {
  const rows = await sql.selectFrom('runs').selectAll().where('state', 'in', [...ACTIVE_STATES]).where('handover_at', '<=', handedOverBefore).orderBy('handover_at').limit(limit).execute();
  return rows.map(toRun);
}

/** Runs that were asked to end before then, and have not. */
export async function unheededRuns(sql: Sql, askedBefore: Date, limit: number): Promise<readonly Run[]> {
  const rows = await sql
    .selectFrom('runs')
    .selectAll()
    .where('state', 'in', [...ACTIVE_STATES])
    .where((eb) => eb.or([eb('stop_requested_at', '<=', askedBefore), eb('kill_requested_at', '<=', askedBefore)]))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toRun);
}

/** Ended runs whose workspace is still kept. */
export async function leftWorkspaces(sql: Sql, limit: number): Promise<readonly { readonly runId: string; readonly key: string }[]> {
  const rows = await sql.selectFrom('runs').select(['id', 'workspace_key']).where('state', 'in', [...TERMINAL_STATES]).where('workspace_key', 'is not', null).orderBy('id').limit(limit).execute();
  return rows.map((row) => ({ runId: row.id, key: row.workspace_key ?? '' }));
}

export async function forgetWorkspaceKey(sql: Sql, runId: string, key: string): Promise<void> {
  await sql.updateTable('runs').set({ workspace_key: null, workspace_sha256: null, workspace_bytes: null }).where('id', '=', runId).where('workspace_key', '=', key).execute();
}

/** Pools in which runs wait for a worker. */
export async function poolsWithWaitingRuns(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.selectFrom('runs').select('worker_pool_id').distinct().where('state', 'in', [...CLAIMABLE_STATES]).where('worker_pool_id', 'is not', null).limit(1000).execute();
  return rows.flatMap((row) => row.worker_pool_id ?? []);
}

/** The query for stacks of the pool whose READY runs may no longer start: disabled, or being deleted. */
export const heldBackQuery = (sql: Sql, poolId: string) =>
  sql
    .selectFrom('runs')
    .innerJoin('stacks', 'stacks.id', 'runs.stack_id')
    .select('runs.stack_id')
    .distinct()
    .where('runs.worker_pool_id', '=', poolId)
    .where('runs.state', '=', 'READY')
    .where('runs.type', '!=', 'DESTROY')
    .where((eb) => eb.or([eb('stacks.is_disabled', '=', true), eb('stacks.deleting', '=', true)]))
    .limit(100);
