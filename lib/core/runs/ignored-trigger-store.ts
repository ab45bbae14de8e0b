import type { Sql } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { IgnoredTrigger } from './run-why.ts';

const KEPT_MS = 7 * 86_400_000;

export interface IgnoredEvent {
  readonly stackId: string;
  readonly commitHash: string;
  readonly branch: string | null;
  readonly reason: string;
}

/** Keeps, for seven days, that an event on the stack's tracked branch made no run, and why. */
export async function recordIgnoredTrigger(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, event: IgnoredEvent): Promise<void> {
  const { sql } = ports.db;
  await sql
    .insertInto('ignored_triggers')
    .values({ id: ports.ids.ulid(), stack_id: event.stackId, commit_hash: event.commitHash, branch: event.branch, reason: event.reason, created_at: ports.clock.now() })
    .execute();
}

/** Newest first. */
export async function listIgnoredTriggers(sql: Sql, stackId: string, limit = 50): Promise<readonly IgnoredTrigger[]> {
  const rows = await sql.selectFrom('ignored_triggers').selectAll().where('stack_id', '=', stackId).orderBy('id', 'desc').limit(limit).execute();
  return rows.map((row) => ({ id: row.id, stackId: row.stack_id, commitHash: row.commit_hash, branch: row.branch, reason: row.reason, createdAt: row.created_at }));
}

/** Forgets what is older than seven days; returns how many. */
export async function expireIgnoredTriggers(sql: Sql, now: Date): Promise<number> {
  const result = await sql.deleteFrom('ignored_triggers').where('created_at', '<', new Date(now.getTime() - KEPT_MS)).executeTakeFirst();
  return Number(result.numDeletedRows);
}
