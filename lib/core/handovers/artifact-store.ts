import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import type { Artifact, ArtifactKind } from './artifact.ts';

function toArtifact(row: Selectable<Tables['artifacts']>): Artifact {
  return {
    id: row.id,
    runId: row.run_id,
    lease: row.lease,
    kind: row.kind as ArtifactKind,
    bucket: row.bucket as Artifact['bucket'],
    objectKey: row.object_key,
    bytes: row.bytes,
    sha256: row.sha256,
    completedAt: row.completed_at,
  };
}

export async function insertArtifacts(sql: Sql, artifacts: readonly Artifact[], createdAt: Date): Promise<void> {
  if (artifacts.length === 0) return;
  const rows = artifacts.map((artifact) => ({
    id: artifact.id, run_id: artifact.runId, lease: artifact.lease, kind: artifact.kind, bucket: artifact.bucket, object_key: artifact.objectKey,
    bytes: artifact.bytes, sha256: artifact.sha256, created_at: createdAt, completed_at: artifact.completedAt,
  }));
  await sql.insertInto('artifacts').values(rows).execute();
}

export async function findArtifact(sql: Sql, runId: string, id: string): Promise<Artifact | undefined> {
  const row = await sql.selectFrom('artifacts').selectAll().where('id', '=', id).where('run_id', '=', runId).executeTakeFirst();
  return row && toArtifact(row);
}

export async function markCompleted(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.updateTable('artifacts').set({ completed_at: at }).where('id', '=', id).where('completed_at', 'is', null).execute();
}

/** States that a run could not write and that lie in the store by now. */
export async function keptStates(sql: Sql, runId: string): Promise<readonly string[]> {
  const rows = await sql.selectFrom('artifacts').select('id').where('run_id', '=', runId).where('kind', '=', 'errored-state').where('completed_at', 'is not', null).orderBy('id').limit(10).execute();
  return rows.map(({ id }) => id);
}

/** Adds words about an artifact to the note on the end of a run, once; false while the run has not ended. */
export async function noteOnEnd(sql: Sql, runId: string, artifactId: string, words: string): Promise<boolean> {
  const row = await sql
    .updateTable('run_history')
    .set({ note: raw<string>`concat_ws('; ', note, cast(${words} as text))` })
    .where('run_id', '=', runId)
    .where('terminal', '=', true)
    .where(raw<boolean>`strpos(coalesce(note, ''), cast(${artifactId} as text)) = 0`)
    .returning('run_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** States of failed runs that were kept long enough. */
export async function expiredStates(sql: Sql, createdBefore: Date, limit: number): Promise<readonly { readonly id: string; readonly bucket: Artifact['bucket']; readonly objectKey: string }[]> {
  const rows = await sql.selectFrom('artifacts').select(['id', 'bucket', 'object_key']).where('kind', '=', 'errored-state').where('created_at', '<', createdBefore).orderBy('id').limit(limit).execute();
  return rows.map((row) => ({ id: row.id, bucket: row.bucket as Artifact['bucket'], objectKey: row.object_key }));
}

export async function removeArtifacts(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql.deleteFrom('artifacts').where('id', 'in', ids).execute();
}
