import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import type { SealedSecrets, Webhook, WebhookKind } from './webhook.ts';

const toWebhook = (row: Selectable<Tables['webhooks']>): Webhook => ({
  id: row.id,
  kind: row.kind as WebhookKind,
  ulid: row.ulid,
  name: row.name,
  spaceId: row.space_id,
  stackId: row.stack_id,
  endpoint: row.endpoint,
  enabled: row.enabled,
  labels: row.labels as readonly string[],
  retryOnFailure: row.retry_on_failure,
  includeRuns: row.include_runs,
  headerNames: row.header_names as readonly string[],
  failures: row.failures,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const columns = (webhook: Webhook, sealed: SealedSecrets) => ({
  name: webhook.name,
  space_id: webhook.spaceId,
  endpoint: webhook.endpoint,
  enabled: webhook.enabled,
  labels: json(webhook.labels),
  retry_on_failure: webhook.retryOnFailure,
  include_runs: webhook.includeRuns,
  secret: sealed.secret,
  headers: sealed.headers,
  header_names: json(webhook.headerNames),
  failures: webhook.failures,
  version: webhook.version,
  updated_at: webhook.updatedAt,
});

export interface KeptWebhook {
  readonly webhook: Webhook;
  readonly sealed: SealedSecrets;
}

const toKept = (row: Selectable<Tables['webhooks']>): KeptWebhook => ({ webhook: toWebhook(row), sealed: { secret: row.secret, headers: row.headers } });

export async function findWebhook(sql: Sql, id: string): Promise<KeptWebhook | undefined> {
  const row = await sql.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toKept(row);
}

/** Where the audit trail goes. */
export async function findAuditWebhook(sql: Sql): Promise<KeptWebhook | undefined> {
  const row = await sql.selectFrom('webhooks').selectAll().where('kind', '=', 'AUDIT').executeTakeFirst();
  return row && toKept(row);
}

/** Webhooks of some stacks, oldest first. */
export async function webhooksOfStacks(sql: Sql, stackIds: readonly string[]): Promise<readonly KeptWebhook[]> {
  if (stackIds.length === 0) return [];
  return (await sql.selectFrom('webhooks').selectAll().where('kind', '=', 'STACK').where('stack_id', 'in', stackIds).orderBy('ulid').limit(1000).execute()).map(toKept);
}

/** Named webhooks of some spaces by their ids. */
export async function listNamedWebhooks(sql: Sql, spaceIds: readonly string[] | 'all'): Promise<readonly Webhook[]> {
  let query = sql.selectFrom('webhooks').selectAll().where('kind', '=', 'NAMED').orderBy('id').limit(1000);
  if (spaceIds !== 'all') {
    if (spaceIds.length === 0) return [];
    query = query.where('space_id', 'in', spaceIds);
  }
  return (await query.execute()).map(toWebhook);
}

/** Named webhooks that policies of a space can use: those of the space and of the spaces it inherits from. */
export async function reachableWebhooks(sql: Sql, spaceId: string): Promise<readonly Webhook[]> {
  const line = raw<string>`(
    with recursive line(id, parent_id, inherit_entities) as (
      select s.id, s.parent_id, s.inherit_entities from spaces s where s.id = ${spaceId}
      union select s.id, s.parent_id, s.inherit_entities from spaces s join line on s.id = line.parent_id where line.inherit_entities
    ) select line.id from line)`;
  return (await sql.selectFrom('webhooks').selectAll().where('kind', '=', 'NAMED').where('space_id', 'in', line).orderBy('id').limit(500).execute()).map(toWebhook);
}

/** Adds the webhook; false when its id, or its stack's endpoint, is taken. */
export async function insertWebhook(sql: Sql, webhook: Webhook, sealed: SealedSecrets): Promise<boolean> {
  const row = { ...columns(webhook, sealed), id: webhook.id, kind: webhook.kind, ulid: webhook.ulid, stack_id: webhook.stackId, created_at: webhook.createdAt };
  return (await sql.insertInto('webhooks').values(row).onConflict((clash) => clash.doNothing()).returning('id').executeTakeFirst()) !== undefined;
}

/** Writes the webhook over the version before it; false when somebody else was faster. */
export async function saveWebhook(sql: Sql, webhook: Webhook, sealed: SealedSecrets): Promise<boolean> {
  const row = await sql.updateTable('webhooks').set(columns(webhook, sealed)).where('id', '=', webhook.id).where('version', '=', webhook.version - 1).returning('id').executeTakeFirst();
  return row !== undefined;
}

export async function removeWebhook(sql: Sql, id: string): Promise<boolean> {
  return (await sql.deleteFrom('webhooks').where('id', '=', id).returning('id').executeTakeFirst()) !== undefined;
}

/** Counts a delivery that failed, and turns the webhook off with the last that it may; answers with its state then. */
export async function countFailure(sql: Sql, id: string, most: number): Promise<{ readonly failures: number; readonly turnedOff: boolean } | undefined> {
  const row = await sql
    .updateTable('webhooks')
    .set((eb) => ({ failures: eb('failures', '+', 1), enabled: raw<boolean>`webhooks.enabled and (webhooks.kind = 'AUDIT' or webhooks.failures + 1 < ${raw.lit(most)})` }))
    .where('id', '=', id)
    .returning(['failures', 'enabled', 'kind'])
    .executeTakeFirst();
  return row && { failures: row.failures, turnedOff: !row.enabled && row.failures === most };
}

export async function forgetFailures(sql: Sql, id: string): Promise<void> {
  await sql.updateTable('webhooks').set({ failures: 0 }).where('id', '=', id).where('failures', '>', 0).execute();
}
