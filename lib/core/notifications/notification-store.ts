import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import type { Severity } from '../shared/internal-error.ts';
import { fingerprintOf, REPEATED_MS, type Notification } from './notification.ts';

const toNotification = (row: Selectable<Tables['notifications']>): Notification => ({
  id: row.id, title: row.title, body: row.body, severity: row.severity as Severity, spaceId: row.space_id, stackId: row.stack_id, runId: row.run_id, policyId: row.policy_id,
  times: row.times, createdAt: row.created_at, lastAt: row.last_at, readAt: row.read_at, readBy: row.read_by,
});

/** Adds the entry, or counts it where an equal one came within the hour; that one is unread again. */
export async function putNotification(sql: Sql, entry: Notification): Promise<void> {
  const fingerprint = fingerprintOf(entry);
  const counted = await sql
    .updateTable('notifications')
    .set((eb) => ({ times: eb('times', '+', 1), last_at: entry.lastAt, read_at: null, read_by: null }))
    .where('fingerprint', '=', fingerprint)
    .where('last_at', '>', new Date(entry.lastAt.getTime() - REPEATED_MS))
    .returning('id')
    .executeTakeFirst();
  if (counted !== undefined) return;
  await sql
    .insertInto('notifications')
    .values({
      id: entry.id, title: entry.title, body: entry.body, severity: entry.severity, space_id: entry.spaceId, stack_id: entry.stackId, run_id: entry.runId, policy_id: entry.policyId,
      fingerprint, times: entry.times, created_at: entry.createdAt, last_at: entry.lastAt, read_at: null, read_by: null,
    })
    .onConflict((clash) => clash.column('id').doNothing())
    .execute();
}

export interface InboxPage {
  readonly spaceIds: readonly string[] | 'all';
  readonly unread: boolean;
  readonly after: string | null;
  readonly limit: number;
}

/** Entries of some spaces, newest first. */
export async function listNotifications(sql: Sql, page: InboxPage): Promise<readonly Notification[]> {
  let query = sql.selectFrom('notifications').selectAll().orderBy('id', 'desc').limit(page.limit);
  if (page.spaceIds !== 'all') {
    if (page.spaceIds.length === 0) return [];
    query = query.where('space_id', 'in', page.spaceIds);
  }
  if (page.unread) query = query.where('read_at', 'is', null);
  if (page.after !== null) query = query.where('id', '<', page.after);
  return (await query.execute()).map(toNotification);
}

const among = (spaceIds: readonly string[] | 'all') => (spaceIds === 'all' ? raw<boolean>`true` : spaceIds.length === 0 ? raw<boolean>`false` : raw<boolean>`space_id in (${raw.join([...spaceIds])})`);

/** Notes that entries were read; answers how many were not before. */
export async function markRead(sql: Sql, ids: readonly string[], spaceIds: readonly string[] | 'all', by: string, at: Date): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await sql.updateTable('notifications').set({ read_at: at, read_by: by }).where('id', 'in', ids).where('read_at', 'is', null).where(among(spaceIds)).returning('id').execute();
  return rows.length;
}

export async function removeNotifications(sql: Sql, ids: readonly string[], spaceIds: readonly string[] | 'all'): Promise<number> {
  if (ids.length === 0) return 0;
  return (await sql.deleteFrom('notifications').where('id', 'in', ids).where(among(spaceIds)).returning('id').execute()).length;
}

/** How many unread entries there are about each of some stacks. */
export async function countUnread(sql: Sql, stackIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (stackIds.length === 0) return new Map();
  const rows = await sql
    .selectFrom('notifications')
    .select((e) => ['stack_id', e.cast<number>(e.fn.countAll(), 'integer').as('n')])
    .where('stack_id', 'in', stackIds)
    .where('read_at', 'is', null)
    .groupBy('stack_id')
    .execute();
  return new Map(rows.flatMap((row) => (row.stack_id === null ? [] : [[row.stack_id, row.n]])));
}

export interface UndeliveredNotice {
  readonly id: string;
  readonly kind: 'slack' | 'pull_request';
  readonly policyId: string;
  readonly runId: string | null;
  readonly notice: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly createdAt: Date;
}

/** Keeps what nobody can be told yet. */
export async function insertUndelivered(sql: Sql, notices: readonly UndeliveredNotice[]): Promise<void> {
  if (notices.length === 0) return;
  const rows = notices.map((n) => ({ id: n.id, kind: n.kind, policy_id: n.policyId, run_id: n.runId, notice: json(n.notice), reason: n.reason, created_at: n.createdAt }));
  await sql.insertInto('undelivered_notices').values(rows).execute();
}

/** What nobody could be told, newest first. */
export async function listUndelivered(sql: Sql, limit: number): Promise<readonly UndeliveredNotice[]> {
  const rows = await sql.selectFrom('undelivered_notices').selectAll().orderBy('id', 'desc').limit(limit).execute();
  return rows.map((row) => ({ id: row.id, kind: row.kind as UndeliveredNotice['kind'], policyId: row.policy_id, runId: row.run_id, notice: row.notice as UndeliveredNotice['notice'], reason: row.reason, createdAt: row.created_at }));
}

export async function removeOldNotifications(sql: Sql, before: Date): Promise<void> {
  await sql.deleteFrom('notifications').where('last_at', '<', before).execute();
  await sql.deleteFrom('undelivered_notices').where('created_at', '<', before).execute();
}
