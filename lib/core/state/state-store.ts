import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import type { StateOrigin, StateUpload, StateVersion } from './state.ts';

export const toVersion = (row: Selectable<Tables['state_versions']>): StateVersion => ({
  id: row.id,
  workspaceId: row.workspace_id,
  objectKey: row.object_key,
  bytes: row.bytes,
  sha256: row.sha256,
  md5: row.md5,
  serial: row.serial,
  lineage: row.lineage,
  toolVersion: row.tool_version,
  origin: row.origin as StateOrigin,
  isDeletedMarker: row.is_deleted_marker,
  runId: row.run_id,
  lease: row.lease,
  createdBy: row.created_by,
  committedAt: row.committed_at,
  supersededAt: row.superseded_at,
});

const toUpload = (row: Selectable<Tables['state_uploads']>): StateUpload => ({
  id: row.id,
  workspaceId: row.workspace_id,
  runId: row.run_id,
  lease: row.lease,
  baseVersionId: row.base_version_id,
  bytes: row.bytes,
  sha256: row.sha256,
  md5: row.md5,
  serial: row.serial,
  lineage: row.lineage,
  toolVersion: row.tool_version,
  lockId: row.lock_id,
  objectKey: row.object_key,
  expiresAt: row.expires_at,
  versionId: row.version_id,
});

export async function findVersion(sql: Sql, id: string): Promise<StateVersion | undefined> {
  const row = await sql.selectFrom('state_versions').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toVersion(row);
}

/** The version that a stack's workspace stands at, deletion markers included. */
export async function currentVersion(sql: Sql, workspace: { readonly currentVersionId: string | null } | undefined): Promise<StateVersion | undefined> {
  const id = workspace?.currentVersionId ?? null;
  return id === null ? undefined : findVersion(sql, id);
}

/** Newest first; `before` is the last id of the page before. */
export async function pageOfVersions(sql: Sql, stackId: string, page: { readonly before?: string | undefined; readonly limit: number }): Promise<readonly (StateVersion & { readonly current: boolean })[]> {
  const rows = await sql
    .selectFrom('state_versions')
    .innerJoin('state_workspaces', 'state_workspaces.id', 'state_versions.workspace_id')
    .selectAll('state_versions')
    .select('state_workspaces.current_version_id')
    .where('state_workspaces.stack_id', '=', stackId)
    .$if(page.before !== undefined, (query) => query.where('state_versions.id', '<', page.before ?? ''))
    .orderBy('state_versions.id', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...toVersion(row), current: row.current_version_id === row.id }));
}

/** A version of this stack, or undefined. */
export async function findVersionOf(sql: Sql, stackId: string, versionId: string): Promise<StateVersion | undefined> {
  const row = await sql
    .selectFrom('state_versions')
    .innerJoin('state_workspaces', 'state_workspaces.id', 'state_versions.workspace_id')
    .selectAll('state_versions')
    .where('state_workspaces.stack_id', '=', stackId)
    .where('state_versions.id', '=', versionId)
    .executeTakeFirst();
  return row && toVersion(row);
}

/** Stacks among these whose current version is a rollback. */
export async function stacksOnRollback(sql: Sql, stackIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (stackIds.length === 0) return new Set();
  const rows = await sql
    .selectFrom('state_workspaces')
    .innerJoin('state_versions', 'state_versions.id', 'state_workspaces.current_version_id')
    .select('state_workspaces.stack_id')
    .where('state_workspaces.stack_id', 'in', stackIds)
    .where('state_versions.origin', '=', 'rollback')
    .limit(1000)
    .execute();
  return new Set(rows.flatMap((row) => (row.stack_id === null ? [] : [row.stack_id])));
}

/** Makes a version the workspace's current one, in one statement; the caller holds the workspace. */
export async function insertVersion(sql: Sql, version: StateVersion, before: StateVersion | undefined): Promise<void> {
  await sql
    .with('superseded', (q) => q.updateTable('state_versions').set({ superseded_at: version.committedAt }).where('id', '=', before?.id ?? ''))
    .with('moved', (q) => q.updateTable('state_workspaces').set({ current_version_id: version.id }).where('id', '=', version.workspaceId))
    .insertInto('state_versions')
    .values({
      id: version.id,
      workspace_id: version.workspaceId,
      object_key: version.objectKey,
      bytes: version.bytes,
      sha256: version.sha256,
      md5: version.md5,
      serial: version.serial,
      lineage: version.lineage,
      tool_version: version.toolVersion,
      origin: version.origin,
      is_deleted_marker: version.isDeletedMarker,
      run_id: version.runId,
      lease: version.lease,
      created_by: version.createdBy,
      committed_at: version.committedAt,
      superseded_at: null,
    })
    .execute();
}

export async function insertUpload(sql: Sql, upload: StateUpload): Promise<void> {
  await sql
    .insertInto('state_uploads')
    .values({
      id: upload.id,
      workspace_id: upload.workspaceId,
      run_id: upload.runId,
      lease: upload.lease,
      base_version_id: upload.baseVersionId,
      bytes: upload.bytes,
      sha256: upload.sha256,
      md5: upload.md5,
      serial: upload.serial,
      lineage: upload.lineage,
      tool_version: upload.toolVersion,
      lock_id: upload.lockId,
      object_key: upload.objectKey,
      expires_at: upload.expiresAt,
      version_id: upload.versionId,
    })
    .execute();
}

export async function findUpload(sql: Sql, id: string): Promise<StateUpload | undefined> {
  const row = await sql.selectFrom('state_uploads').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toUpload(row);
}

export async function markUploadCommitted(sql: Sql, uploadId: string, versionId: string): Promise<void> {
  await sql.updateTable('state_uploads').set({ version_id: versionId }).where('id', '=', uploadId).execute();
}
