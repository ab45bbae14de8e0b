import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { ReportFacts, ReportStatus } from './usage-report.ts';

/** Takes note of a day's report; false when there is one. */
export async function insertReport(sql: Sql, report: ReportFacts, now: Date): Promise<boolean> {
  const row = await sql
    .insertInto('usage_reports')
    .values({
      period: report.period, object_key: report.objectKey, private_ms: report.privateMs, public_ms: report.publicMs, status: report.status, tries: report.tries,
      created_at: now,
    })
    .onConflict((clash) => clash.column('period').doNothing())
    .returning('period')
    .executeTakeFirst();
  return row !== undefined;
}

export async function findReport(sql: Sql, period: string): Promise<ReportFacts | undefined> {
  const row = await sql.selectFrom('usage_reports').selectAll().where('period', '=', period).executeTakeFirst();
  return row && {
    period: row.period, objectKey: row.object_key, privateMs: Number(row.private_ms), publicMs: Number(row.public_ms),
    status: row.status as ReportStatus, tries: row.tries,
  };
}

/** The newest day that has a report. */
export async function newestReport(sql: Sql): Promise<string | undefined> {
  const row = await sql.selectFrom('usage_reports').select('period').orderBy('period', 'desc').limit(1).executeTakeFirst();
  return row?.period;
}

/** Time worked on each day of a month, by day. */
export async function reportedTimes(sql: Sql, first: string, before: string): Promise<ReadonlyMap<string, Pick<ReportFacts, 'privateMs' | 'publicMs'>>> {
  const rows = await sql
    .selectFrom('usage_reports')
    .select(['period', 'private_ms', 'public_ms'])
    .where('period', '>=', first)
    .where('period', '<', before)
    .orderBy('period')
    .limit(31)
    .execute();
  return new Map(rows.map((row) => [row.period, { privateMs: Number(row.private_ms), publicMs: Number(row.public_ms) }]));
}

export interface SendResult {
  readonly status: ReportStatus;
  readonly tries: number;
  readonly error: string | null;
}

/** What a try came to, unless another came first. */
export async function saveSendResult(sql: Sql, report: Pick<ReportFacts, 'period' | 'tries'>, result: SendResult, now: Date): Promise<boolean> {
  const row = await sql
    .updateTable('usage_reports')
    .set({ status: result.status, tries: result.tries, error: result.error, ...(result.status === 'SENT' ? { sent_at: now } : {}) })
    .where('period', '=', report.period)
    .where('status', '=', 'PENDING')
    .where('tries', '=', report.tries)
    .returning('period')
    .executeTakeFirst();
  return row !== undefined;
}

/** Reports that could not be sent are to be sent after all, unless they are from before; answers them, oldest first. */
export async function reviveReports(sql: Sql, since: string): Promise<readonly string[]> {
  const rows = await sql
    .updateTable('usage_reports')
    .set({ status: 'PENDING', tries: 0 })
    .where('status', '=', 'FAILED')
    .where('period', '>=', since)
    .returning('period')
    .execute();
  return rows.map(({ period }) => period).sort();
}

/** Forgets reports of days before, and leaves their objects to the sweep of what nothing names. */
export async function forgetReports(sql: Sql, before: string, now: Date): Promise<void> {
  await sql
    .with('old', (q) => q.deleteFrom('usage_reports').where('period', '<', before).returning('object_key'))
    .insertInto('unused_objects')
    .columns(['bucket', 'object_key', 'due_at'])
    .expression((q) => q.selectFrom('old').select([raw<string>`'documents'`.as('bucket'), 'object_key', raw<Date>`cast(${now} as timestamptz)`.as('due_at')]))
    .onConflict((clash) => clash.doNothing())
    .execute();
}
