import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { LockInfo, StateLock, StateUser, StateVersion, StateWorkspace } from './state.ts';
import { toVersion } from './state-store.ts';
import { toUser, toWorkspace } from './workspace-store.ts';

/** A run, its stack's state and the lock on it, as one moment saw them together. */
export interface StateView {
  readonly user: StateUser & { readonly managed: boolean };
  /** Undefined before the first lock or write. */
  readonly workspace: StateWorkspace | undefined;
  /** Deletion markers included. */
  readonly current: StateVersion | undefined;
}

/** Everything that a run's call about its state is judged by, in one statement: a tool waits for the answer. */
export async function viewState(sql: Sql, runId: string, workspaceName: string): Promise<StateView | undefined> {
  const row = await sql
    .selectFrom('runs')
    .innerJoin('stacks', 'stacks.id', 'runs.stack_id')
    .leftJoin('state_workspaces as w', (join) => join.onRef('w.stack_id', '=', 'stacks.id').on('w.name', '=', workspaceName))
    .leftJoin('runs as holder', 'holder.id', 'w.lock_run_id')
    .leftJoin('state_versions as v', 'v.id', 'w.current_version_id')
    .select(['runs.id as run_id', 'runs.stack_id', 'runs.space_id', 'runs.type', 'runs.state', 'runs.state_version', 'runs.lease', 'runs.worker_id', 'stacks.manage_state'])
    .select(['w.id as w_id', 'w.abandoned_at', 'w.created_at', 'w.current_version_id', 'w.lock_info', 'w.lock_run_id', 'w.lock_lease', 'w.lock_state_version', 'holder.lease as holder_lease', 'holder.state as holder_state'])
    .select(['v.id as v_id', 'v.object_key', 'v.bytes', 'v.sha256', 'v.md5', 'v.serial', 'v.lineage', 'v.tool_version', 'v.origin', 'v.is_deleted_marker', 'v.run_id as v_run_id', 'v.lease as v_lease', 'v.created_by', 'v.committed_at', 'v.superseded_at'])
    .where('runs.id', '=', runId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const user = toUser(row);
  const { w_id: workspaceId, v_id: versionId, created_at: createdAt } = row;
  if (workspaceId === null || createdAt === null) return { user, workspace: undefined, current: undefined };
  const workspace = toWorkspace({ ...row, id: workspaceId, name: workspaceName, created_at: createdAt });
  return { user, workspace, current: versionId === null ? undefined : toVersion({ ...(row as VersionRow), id: versionId, workspace_id: workspaceId, run_id: row.v_run_id, lease: row.v_lease }) };
}

type VersionRow = Omit<Parameters<typeof toVersion>[0], 'id' | 'workspace_id' | 'run_id' | 'lease'>;

/**
 * Puts a lock, or none, in the place of the one that was judged, if that is still there and the run still as it was judged. Undefined when
 * something moved; else the workspace's current version, which is now what only the holder may change. One statement.
 */
export async function swapLock(sql: Sql, view: { readonly user: StateUser; readonly workspace: StateWorkspace }, lock: LockInfo | null): Promise<{ readonly currentVersionId: string | null } | undefined> {
  const { user, workspace } = view;
  const before: StateLock | null = workspace.lock;
  const row = await sql
    .updateTable('state_workspaces')
    .set({ lock_info: lock === null ? null : json(lock), lock_run_id: lock === null ? null : user.runId, lock_lease: lock === null ? null : user.lease, lock_state_version: lock === null ? null : user.stateVersion })
    .where('id', '=', workspace.id)
    .where('lock_run_id', 'is not distinct from', before?.runId ?? null)
    .where('lock_lease', 'is not distinct from', before?.lease ?? null)
    .where('lock_state_version', 'is not distinct from', before?.stateVersion ?? null)
    .where(raw<boolean>`lock_info ->> 'ID' is not distinct from cast(${before?.info.ID ?? null} as text)`)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('runs')
          .select('runs.id')
          .where('runs.id', '=', user.runId)
          .where('runs.lease', '=', user.lease)
          .where('runs.state_version', '=', user.stateVersion),
      ),
    )
    .returning('current_version_id')
    .executeTakeFirst();
  return row && { currentVersionId: row.current_version_id };
}
