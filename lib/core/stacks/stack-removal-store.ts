import type { Sql } from '../ports/database.ts';

export interface OpenRun {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly workerId: string | null;
}

/** Runs of a stack that have not ended, oldest first. */
export async function openRunsOf(sql: Sql, stackId: string): Promise<readonly OpenRun[]> {
  const rows = await sql.selectFrom('runs').select(['id', 'type', 'state', 'worker_id']).where('stack_id', '=', stackId).where('finished_at', 'is', null).orderBy('id').limit(1000).execute();
  return rows.map((row) => ({ id: row.id, type: row.type, state: row.state, workerId: row.worker_id }));
}

/** Marks the stack as going, unless it is already, is protected or has its slot taken. */
export async function markDeleting(sql: Sql, stackId: string, now: Date): Promise<boolean> {
  const row = await sql
    .updateTable('stacks')
    .set({ deleting: true, updated_at: now })
    .where('id', '=', stackId)
    .where('deleting', '=', false)
    .where('protect_from_deletion', '=', false)
    .where('blocker_run_id', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function unmarkDeleting(sql: Sql, stackId: string, now: Date): Promise<boolean> {
  const row = await sql.updateTable('stacks').set({ deleting: false, updated_at: now }).where('id', '=', stackId).where('deleting', '=', true).returning('id').executeTakeFirst();
  return row !== undefined;
}

/** Removes a stack that is marked as going, with its runs; the rest follows by foreign key. */
export async function removeStack(sql: Sql, stackId: string): Promise<boolean> {
  const row = await sql.selectFrom('stacks').select('id').where('id', '=', stackId).where('deleting', '=', true).forUpdate().executeTakeFirst();
  if (!row) return false;
  await sql.deleteFrom('assignments').where('run_id', 'in', (q) => q.selectFrom('runs').select('id').where('stack_id', '=', stackId)).execute();
  await sql.deleteFrom('runs').where('stack_id', '=', stackId).execute();
  await sql.deleteFrom('role_bindings').where('actor_type', '=', 'stack').where('actor_id', '=', stackId).execute();
  await sql.deleteFrom('stacks').where('id', '=', stackId).execute();
  return true;
}
