import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Ports } from '../ports/ports.ts';
import type { Tables } from '../ports/tables.ts';
import type { RunState, RunType } from '../runs/run-states.ts';
import { DEFAULT_WORKSPACE, type LockInfo, type StateLock, type StateUser, type StateWorkspace } from './state.ts';

type WorkspaceRow = Selectable<Tables['state_workspaces']> & { readonly holder_lease: number | null; readonly holder_state: string | null };

function toLock(row: WorkspaceRow): StateLock | null {
  if (row.lock_run_id === null || row.lock_info === null) return null;
  return {
    info: row.lock_info as LockInfo,
    runId: row.lock_run_id,
    lease: row.lock_lease ?? 0,
    stateVersion: row.lock_state_version ?? 0,
    holder: row.holder_state === null ? undefined : { lease: row.holder_lease ?? 0, state: row.holder_state as RunState },
  };
}

export const toWorkspace = (row: WorkspaceRow): StateWorkspace => ({
  id: row.id,
  stackId: row.stack_id,
  name: row.name,
  currentVersionId: row.current_version_id,
  lock: toLock(row),
  createdAt: row.created_at,
});

/** Workspaces with the run that holds their lock, if any. */
const workspaces = (sql: Sql) =>
  sql
    .selectFrom('state_workspaces')
    .leftJoin('runs as holder', 'holder.id', 'state_workspaces.lock_run_id')
    .selectAll('state_workspaces')
    .select(['holder.lease as holder_lease', 'holder.state as holder_state']);

export async function findWorkspace(sql: Sql, stackId: string, name = DEFAULT_WORKSPACE): Promise<StateWorkspace | undefined> {
  const row = await workspaces(sql).where('state_workspaces.stack_id', '=', stackId).where('state_workspaces.name', '=', name).executeTakeFirst();
  return row && toWorkspace(row);
}

/**
 * The workspace, held until the transaction ends. It is read anew once it is held: a row that was waited for is joined with what
 * the statement saw when it began, so the holder of a lock taken meanwhile would be missing.
 */
export async function lockWorkspace(sql: Sql, stackId: string, name = DEFAULT_WORKSPACE): Promise<StateWorkspace | undefined> {
  await sql.selectFrom('state_workspaces').select('id').where('stack_id', '=', stackId).where('name', '=', name).forUpdate().executeTakeFirst();
  return findWorkspace(sql, stackId, name);
}

/** Makes the stack's workspace when it is not there; a stack gets it with its first lock or write. */
export async function ensureWorkspace(ports: Pick<Ports, 'ids' | 'clock'>, sql: Sql, stackId: string, name = DEFAULT_WORKSPACE): Promise<void> {
  await sql
    .insertInto('state_workspaces')
    .values({ id: ports.ids.ulid(), stack_id: stackId, name, created_at: ports.clock.now() })
    .onConflict((conflict) => conflict.columns(['stack_id', 'name']).doNothing())
    .execute();
}

export async function saveLock(sql: Sql, workspaceId: string, lock: Omit<StateLock, 'holder'> | null): Promise<void> {
  await sql
    .updateTable('state_workspaces')
    .set({ lock_info: lock === null ? null : json(lock.info), lock_run_id: lock?.runId ?? null, lock_lease: lock?.lease ?? null, lock_state_version: lock?.stateVersion ?? null })
    .where('id', '=', workspaceId)
    .execute();
}

const users = (sql: Sql, runId: string) =>
  sql
    .selectFrom('runs')
    .innerJoin('stacks', 'stacks.id', 'runs.stack_id')
    .select(['runs.id as run_id', 'runs.stack_id', 'runs.space_id', 'runs.type', 'runs.state', 'runs.state_version', 'runs.lease', 'runs.worker_id', 'stacks.manage_state'])
    .where('runs.id', '=', runId);

/** The run of a call, kept as it is until the transaction ends: a lease cannot change between the check and the write. */
export async function holdStateUser(sql: Sql, runId: string): Promise<(StateUser & { readonly managed: boolean }) | undefined> {
  const row = await users(sql, runId).forShare('runs').executeTakeFirst();
  return row && toUser(row);
}

type UserRow = Awaited<ReturnType<ReturnType<typeof users>['executeTakeFirstOrThrow']>>;

export function toUser(row: UserRow): StateUser & { readonly managed: boolean } {
  return {
    runId: row.run_id,
    stackId: row.stack_id,
    spaceId: row.space_id,
    type: row.type as RunType,
    state: row.state as RunState,
    stateVersion: row.state_version,
    lease: row.lease,
    workerId: row.worker_id,
    managed: row.manage_state,
  };
}
