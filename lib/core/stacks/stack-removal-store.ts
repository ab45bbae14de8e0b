import { sql as raw } from 'kysely';
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

export interface Deletion {
  readonly destroyResources: boolean;
  /** Login of who asked. */
  readonly by: string;
}

/** Marks the stack as going, unless it is already, is protected or has its slot taken. */
export async function markDeleting(sql: Sql, stackId: string, deletion: Deletion, now: Date): Promise<boolean> {
  const row = await sql
    .updateTable('stacks')
    .set({ deleting: true, deletion_destroys: deletion.destroyResources, deletion_by: deletion.by, updated_at: now })
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

/**
 * Removes a stack that is marked as going, with its runs; the rest follows by foreign key. Its objects are left to the sweep, and the time that its
 * runs spent in the states given is kept.
 */
export async function removeStack(sql: Sql, stackId: string, busyStates: readonly string[], now: Date): Promise<boolean> {
  const row = await sql.selectFrom('stacks').select('id').where('id', '=', stackId).where('deleting', '=', true).forUpdate().executeTakeFirst();
  if (!row) return false;
  await leaveObjects(sql, stackId, now);
  await leaveWorkedTime(sql, stackId, busyStates, now);
  await sql.deleteFrom('assignments').where('run_id', 'in', (q) => q.selectFrom('runs').select('id').where('stack_id', '=', stackId)).execute();
  await sql.deleteFrom('runs').where('stack_id', '=', stackId).execute();
  await sql.deleteFrom('role_bindings').where('actor_type', '=', 'stack').where('actor_id', '=', stackId).execute();
  await sql.deleteFrom('stacks').where('id', '=', stackId).execute();
  return true;
}

/** Takes note of the objects that only rows of this stack name; a state that could not be saved keeps its thirty days. */
async function leaveObjects(sql: Sql, stackId: string, now: Date): Promise<void> {
  const due = raw<Date>`cast(${now} as timestamptz)`;
  await sql
    .insertInto('unused_objects')
    .columns(['bucket', 'object_key', 'due_at'])
    .expression(
      raw`
        select a.bucket, a.object_key, case a.kind when 'errored-state' then a.created_at + interval '30 days' else ${due} end
        from artifacts a join runs r on r.id = a.run_id where r.stack_id = ${stackId} and a.bucket in ('documents', 'states')
        union select 'workspace', workspace_key, ${due} from runs where stack_id = ${stackId} and workspace_key is not null
        union select 'documents', e.result_key, ${due} from policy_evaluations e join runs r on r.id = e.run_id where r.stack_id = ${stackId} and e.result_key is not null
        union select 'documents', values_key, ${due} from entities where stack_id = ${stackId} and values_key is not null
        union select 'documents', object_key, ${due} from stack_outputs where stack_id = ${stackId} and object_key is not null`,
    )
    .onConflict((clash) => clash.doNothing())
    .execute();
}

/** Keeps how long workers were at the runs of this stack, by state: what was used does not become less when a stack goes. */
async function leaveWorkedTime(sql: Sql, stackId: string, busyStates: readonly string[], now: Date): Promise<void> {
  if (busyStates.length === 0) return;
  await sql
    .insertInto('gone_run_states')
    .columns(['run_id', 'state_version', 'state', 'at', 'until', 'run_type', 'stack_id', 'stack_name', 'pool_id', 'pool_name', 'is_public'])
    .expression(
      raw`
        select s.run_id, s.state_version, s.state, s.at, s.until, s.type, s.stack_id, s.stack_name, s.pool_id, s.pool_name, s.is_public
        from (
          select h.run_id, h.state_version, h.state, h.at,
            lead(h.at, 1, cast(${now} as timestamptz)) over (partition by h.run_id order by h.state_version) as until,
            r.type, r.stack_id, k.name as stack_name, p.id as pool_id, p.name as pool_name, coalesce(p.is_shared, true) as is_public
          from runs r join run_history h on h.run_id = r.id join stacks k on k.id = r.stack_id left join worker_pools p on p.id = r.worker_pool_id
          where r.stack_id = ${stackId}
        ) s
        where s.state in (${raw.join(busyStates)})`,
    )
    .onConflict((clash) => clash.doNothing())
    .execute();
}

export interface UnusedObject {
  readonly bucket: string;
  readonly objectKey: string;
}

export async function dueObjects(sql: Sql, now: Date, limit: number): Promise<readonly UnusedObject[]> {
  const rows = await sql.selectFrom('unused_objects').select(['bucket', 'object_key']).where('due_at', '<=', now).orderBy('due_at').orderBy('object_key').limit(limit).execute();
  return rows.map((row) => ({ bucket: row.bucket, objectKey: row.object_key }));
}

export async function forgetObject(sql: Sql, { bucket, objectKey }: UnusedObject): Promise<void> {
  await sql.deleteFrom('unused_objects').where('bucket', '=', bucket).where('object_key', '=', objectKey).execute();
}
