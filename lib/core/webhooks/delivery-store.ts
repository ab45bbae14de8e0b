import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import type { Delivery, DeliveryStatus } from './webhook.ts';

const toDelivery = (row: Selectable<Tables['webhook_deliveries']>): Delivery => ({
  id: row.id, webhookId: row.webhook_id, source: row.source, event: row.event, method: row.method, endpoint: row.endpoint, runId: row.run_id, status: row.status as DeliveryStatus,
  tries: row.tries, statusCode: row.status_code, error: row.error, durationMs: row.duration_ms, createdAt: row.created_at, finishedAt: row.finished_at,
});

/** Adds the delivery; false when the webhook was told of the same thing before. */
export async function insertDelivery(sql: Sql, d: Delivery): Promise<boolean> {
  const row = {
    id: d.id, webhook_id: d.webhookId, source: d.source, event: d.event, method: d.method, endpoint: d.endpoint, run_id: d.runId, status: d.status, tries: d.tries,
    status_code: d.statusCode, error: d.error, duration_ms: d.durationMs, created_at: d.createdAt, finished_at: d.finishedAt,
  };
  return (await sql.insertInto('webhook_deliveries').values(row).onConflict((clash) => clash.columns(['webhook_id', 'source']).doNothing()).returning('id').executeTakeFirst()) !== undefined;
}

export async function findDelivery(sql: Sql, id: string): Promise<Delivery | undefined> {
  const row = await sql.selectFrom('webhook_deliveries').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toDelivery(row);
}

/** Deliveries to a webhook, newest first. */
export async function deliveriesOf(sql: Sql, webhookId: string, limit: number): Promise<readonly Delivery[]> {
  return (await sql.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', webhookId).orderBy('id', 'desc').limit(limit).execute()).map(toDelivery);
}

export type DeliveryResult = Pick<Delivery, 'status' | 'tries' | 'statusCode' | 'error' | 'durationMs' | 'finishedAt'>;

/** Notes what became of a try, if nobody noted it yet. */
export async function saveResult(sql: Sql, before: Pick<Delivery, 'id' | 'tries'>, result: DeliveryResult): Promise<boolean> {
  const row = await sql
    .updateTable('webhook_deliveries')
    .set({ status: result.status, tries: result.tries, status_code: result.statusCode, error: result.error, duration_ms: result.durationMs, finished_at: result.finishedAt })
    .where('id', '=', before.id)
    .where('status', '=', 'PENDING')
    .where('tries', '=', before.tries)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets deliveries that are older than what was kept of them. */
export async function removeOldDeliveries(sql: Sql, { before, auditBefore }: { readonly before: Date; readonly auditBefore: Date }): Promise<void> {
  await sql
    .deleteFrom('webhook_deliveries')
    .where('created_at', '<', before)
    .where((eb) => eb.or([eb('event', '<>', 'audit'), eb('created_at', '<', auditBefore)]))
    .execute();
}
