import type { Sql, Tx } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import { messageRow } from '../shared/message-store.ts';
import { ASSIGNMENT_SECONDS } from './handover.ts';
import { assignmentExpired } from './handover-messages.ts';

/** A run promised to a worker until it claims it. */
export interface Assignment {
  readonly id: string;
  readonly poolId: string;
  readonly runId: string;
  readonly workerId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Writes the assignments, each with the message that ends it, in one statement; those whose run or worker has one already are left out. */
export async function insertAssignments(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, assignments: readonly Assignment[]): Promise<ReadonlySet<string>> {
  if (assignments.length === 0) return new Set();
  const rows = assignments.map((entry) => ({ id: entry.id, pool_id: entry.poolId, run_id: entry.runId, worker_id: entry.workerId, created_at: entry.createdAt, expires_at: entry.expiresAt }));
  const messages = assignments.map((entry) => messageRow(ports, assignmentExpired, { assignmentId: entry.id }, { delaySeconds: ASSIGNMENT_SECONDS }));
  const inserted = await sql
    .with('announced', (q) => q.insertInto('messages').values(messages))
    .insertInto('assignments')
    .values(rows)
    .onConflict((clash) => clash.doNothing())
    .returning('id')
    .execute();
  return new Set(inserted.map((row) => row.id));
}

/** Ends an assignment that was not taken in time; undefined when it was taken, or is not due yet. */
export async function removeExpiredAssignment(tx: Tx, id: string, now: Date): Promise<{ readonly poolId: string; readonly workerId: string } | undefined> {
  const row = await tx.sql.deleteFrom('assignments').where('id', '=', id).where('expires_at', '<=', now).returning(['pool_id', 'worker_id']).executeTakeFirst();
  return row && { poolId: row.pool_id, workerId: row.worker_id };
}

export async function expiredAssignments(sql: Sql, now: Date, limit: number): Promise<readonly string[]> {
  const rows = await sql.selectFrom('assignments').select('id').where('expires_at', '<=', now).orderBy('expires_at').limit(limit).execute();
  return rows.map((row) => row.id);
}
