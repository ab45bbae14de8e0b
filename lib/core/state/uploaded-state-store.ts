import type { Sql } from '../ports/database.ts';

export interface UploadedState {
  readonly id: string;
  /** Login of who asked for the upload. */
  readonly actor: string;
  readonly objectKey: string;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

export async function insertUploadedState(sql: Sql, state: UploadedState & { readonly createdAt: Date }): Promise<void> {
  await sql
    .insertInto('uploaded_states')
    .values({ id: state.id, actor: state.actor, object_key: state.objectKey, created_at: state.createdAt, expires_at: state.expiresAt })
    .execute();
}

export async function findUploadedState(sql: Sql, id: string): Promise<UploadedState | undefined> {
  const row = await sql.selectFrom('uploaded_states').selectAll().where('id', '=', id).executeTakeFirst();
  return row && { id: row.id, actor: row.actor, objectKey: row.object_key, expiresAt: row.expires_at, usedAt: row.used_at };
}

/** True for the one caller that may use it. */
export async function markUploadedStateUsed(sql: Sql, id: string, now: Date): Promise<boolean> {
  const row = await sql.updateTable('uploaded_states').set({ used_at: now }).where('id', '=', id).where('used_at', 'is', null).returning('id').executeTakeFirst();
  return row !== undefined;
}

/** State that a run of the stack could not commit and left as an artifact. */
export async function findErroredState(sql: Sql, stackId: string, artifactId: string): Promise<{ readonly bucket: string; readonly objectKey: string; readonly createdAt: Date; readonly runId: string } | undefined> {
  const row = await sql
    .selectFrom('artifacts')
    .innerJoin('runs', 'runs.id', 'artifacts.run_id')
    .select(['artifacts.bucket', 'artifacts.object_key', 'artifacts.created_at', 'artifacts.run_id'])
    .where('artifacts.id', '=', artifactId)
    .where('artifacts.kind', '=', 'errored-state')
    .where('artifacts.completed_at', 'is not', null)
    .where('runs.stack_id', '=', stackId)
    .executeTakeFirst();
  return row && { bucket: row.bucket, objectKey: row.object_key, createdAt: row.created_at, runId: row.run_id };
}
