import type { Sql } from '../ports/database.ts';

export interface DueObject {
  readonly id: string;
  readonly objectKey: string;
}

/** Uploads that were never committed and are older than this. */
export async function staleUploads(sql: Sql, expiredBefore: Date, limit: number): Promise<readonly DueObject[]> {
  const rows = await sql.selectFrom('state_uploads').select(['id', 'object_key']).where('version_id', 'is', null).where('expires_at', '<', expiredBefore).orderBy('id').limit(limit).execute();
  return rows.map((row) => ({ id: row.id, objectKey: row.object_key }));
}

export async function deleteUploads(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql.deleteFrom('state_uploads').where('id', 'in', ids).execute();
}

/** Committed uploads have done their part once nobody can repeat the commit. */
export async function deleteCommittedUploads(sql: Sql, expiredBefore: Date): Promise<void> {
  await sql.deleteFrom('state_uploads').where('version_id', 'is not', null).where('expires_at', '<', expiredBefore).execute();
}

/** Versions that were superseded, or whose stack was deleted, before this. */
export async function expiredVersions(sql: Sql, before: Date, limit: number): Promise<readonly DueObject[]> {
  const rows = await sql
    .selectFrom('state_versions')
    .innerJoin('state_workspaces', 'state_workspaces.id', 'state_versions.workspace_id')
    .select(['state_versions.id', 'state_versions.object_key'])
    .where((eb) => eb.or([eb('state_versions.superseded_at', '<', before), eb('state_workspaces.abandoned_at', '<', before)]))
    .orderBy('state_versions.id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ id: row.id, objectKey: row.object_key }));
}

export async function deleteVersions(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql.deleteFrom('state_versions').where('id', 'in', ids).execute();
}

/** Notes since when a workspace has no stack. */
export async function markAbandoned(sql: Sql, now: Date): Promise<void> {
  await sql.updateTable('state_workspaces').set({ abandoned_at: now }).where('stack_id', 'is', null).where('abandoned_at', 'is', null).execute();
}

export async function deleteEmptyAbandoned(sql: Sql, before: Date): Promise<void> {
  await sql
    .deleteFrom('state_workspaces')
    .where('abandoned_at', '<', before)
    .where((eb) => eb.not(eb.exists(eb.selectFrom('state_versions').select('state_versions.id').whereRef('state_versions.workspace_id', '=', 'state_workspaces.id'))))
    .execute();
}

export async function deleteUploadedStates(sql: Sql, expiredBefore: Date, limit: number): Promise<readonly string[]> {
  const due = await sql.selectFrom('uploaded_states').select('id').where('expires_at', '<', expiredBefore).orderBy('id').limit(limit).execute();
  if (due.length === 0) return [];
  const rows = await sql.deleteFrom('uploaded_states').where('id', 'in', due.map((row) => row.id)).returning('object_key').execute();
  return rows.map((row) => row.object_key);
}
