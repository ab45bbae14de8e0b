import type { Selectable } from 'kysely';
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

export async function insertArtifact(sql: Sql, artifact: Artifact, createdAt: Date): Promise<void> {
  await sql
    .insertInto('artifacts')
    .values({
      id: artifact.id, run_id: artifact.runId, lease: artifact.lease, kind: artifact.kind, bucket: artifact.bucket, object_key: artifact.objectKey,
      bytes: artifact.bytes, sha256: artifact.sha256, created_at: createdAt, completed_at: artifact.completedAt,
    })
    .execute();
}

export async function findArtifact(sql: Sql, runId: string, id: string): Promise<Artifact | undefined> {
  const row = await sql.selectFrom('artifacts').selectAll().where('id', '=', id).where('run_id', '=', runId).executeTakeFirst();
  return row && toArtifact(row);
}

export async function markCompleted(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.updateTable('artifacts').set({ completed_at: at }).where('id', '=', id).where('completed_at', 'is', null).execute();
}
