import type { Insertable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { rowsIf } from '../shared/guarded-store.ts';

export interface LocalWorkspace {
  readonly id: string;
  readonly stackId: string;
  readonly objectKey: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export async function insertLocalWorkspace(sql: Sql, workspace: LocalWorkspace, audit: Insertable<Tables['audit']>): Promise<void> {
  const audited = rowsIf('workspace', [audit]);
  await sql
    .with('workspace', (q) =>
      q
        .insertInto('local_workspaces')
        .values({ id: workspace.id, stack_id: workspace.stackId, object_key: workspace.objectKey, created_by: workspace.createdBy, created_at: workspace.createdAt, expires_at: workspace.expiresAt })
        .returning('id'),
    )
    .with('audited', (q) => q.insertInto('audit').columns(audited.columns).expression(audited.values))
    .selectFrom('workspace')
    .select('id')
    .execute();
}

/** The workspace while its archive is kept. */
export async function findLocalWorkspace(sql: Sql, id: string, now: Date): Promise<LocalWorkspace | undefined> {
  const row = await sql.selectFrom('local_workspaces').selectAll().where('id', '=', id).where('expires_at', '>', now).executeTakeFirst();
  return row && { id: row.id, stackId: row.stack_id, objectKey: row.object_key, createdBy: row.created_by, createdAt: row.created_at, expiresAt: row.expires_at };
}

/** Takes away, at most `limit` at a time, workspaces past their day; the caller deletes their archives. */
export async function takeExpiredLocalWorkspaces(sql: Sql, now: Date, limit = 100): Promise<readonly string[]> {
  const rows = await sql
    .deleteFrom('local_workspaces')
    .where('id', 'in', (q) => q.selectFrom('local_workspaces').select('id').where('expires_at', '<=', now).limit(limit))
    .returning('object_key')
    .execute();
  return rows.map((row) => row.object_key);
}
