import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { errorOf } from '../../webhooks/actions/deliver.ts';
import { postWebhook, type PostNeeds } from '../../webhooks/actions/post-webhook.ts';
import { openHeaders, sealHeaders, sealPart } from '../../webhooks/actions/seal-webhook.ts';
import { insertDelivery } from '../../webhooks/delivery-store.ts';
import { checkedHeaders, mergedHeaders } from '../../webhooks/webhook-headers.ts';
import { fittingHeaders, webhookEndpoint, webhookSecret } from '../../webhooks/webhook-input.ts';
import { findAuditWebhook, insertWebhook, removeWebhook, saveWebhook, type KeptWebhook } from '../../webhooks/webhook-store.ts';
import { NO_SECRETS, type Delivery, type Webhook } from '../../webhooks/webhook.ts';
import { auditBody, auditSource } from '../audit-entry.ts';
import { insertAuditRow } from '../audit-row-store.ts';

type Needs = PostNeeds & Pick<Ports, 'db' | 'queue' | 'ids' | 'objects'>;
type Header = { readonly key: string; readonly value: string };

export interface AuditWebhookInput {
  readonly enabled: boolean;
  readonly endpoint: string;
  readonly includeRuns: boolean;
  readonly retryOnFailure?: boolean | null;
  /** Empty keeps the one before: answers never hold it. */
  readonly secret: string;
  /** Absent keeps those before. */
  readonly customHeaders?: { readonly entries: readonly Header[] } | null;
}

const RESOURCE_ID = 'audit-trail-webhook';

interface OwnEvent {
  readonly row: ReturnType<typeof auditRow>;
  readonly deliveryId: string;
  readonly body: string;
}

/** The entry about the webhook itself, which is sent before it is written. */
function ownEvent(ports: Needs, actor: Actor, action: string, facts: Readonly<Record<string, unknown>>): OwnEvent {
  const row = auditRow(ports, actor, { action: `audit_trail_webhook.${action}`, resourceType: 'webhook', resourceId: RESOURCE_ID, body: facts });
  const body = auditBody(ports.settings.accountName, {
    action: row.action, actor: row.actor, actorKind: row.actor_kind, actorRoles: actor.roles ?? [], remoteIp: actor.remoteIp, resourceType: row.resource_type, resourceId: RESOURCE_ID,
    relatedType: null, relatedId: null, spaceId: null, mutation: actor.call?.mutation ?? null, args: actor.call?.args ?? {}, body: facts, createdAt: ports.clock.now(),
  });
  return { row, deliveryId: ports.ids.ulid(), body: JSON.stringify(body) };
}

async function post(ports: Needs, kept: KeptWebhook, event: OwnEvent): Promise<string | null> {
  const { outcome } = await postWebhook(ports, kept, event.deliveryId, { method: 'POST', headers: {}, body: event.body });
  return errorOf(outcome);
}

/** Writes the entry as one that the webhook has been told of. */
async function keep(ports: Needs, sql: Sql, webhook: Webhook | undefined, { row, deliveryId }: OwnEvent, error: string | null): Promise<void> {
  await insertAuditRow(sql, row);
  if (webhook === undefined) return;
  const now = ports.clock.now();
  const delivery: Delivery = {
    id: deliveryId, webhookId: webhook.id, source: auditSource(row.id), event: 'audit', method: 'POST', endpoint: webhook.endpoint, runId: null, status: error === null ? 'DELIVERED' : 'FAILED', tries: 1,
    statusCode: null, error, durationMs: null, createdAt: now, finishedAt: now,
  };
  await insertDelivery(sql, delivery);
}

/** Where the audit trail goes; undefined when nowhere. */
export async function readAuditWebhook(ports: Pick<Ports, 'db'>, actor: Actor): Promise<Webhook | undefined> {
  requireRootAdmin(actor);
  return (await findAuditWebhook(ports.db.sql))?.webhook;
}

/**
 * Sets where the audit trail goes. One that is on must answer to its first entry, which is about this change, with a 2xx; one that is
 * turned off hears of it before it is.
 */
export async function setAuditWebhook(ports: Needs, actor: Actor, input: AuditWebhookInput): Promise<Webhook> {
  requireRootAdmin(actor);
  const before = await findAuditWebhook(ports.db.sql);
  const now = ports.clock.now();
  const id = before?.webhook.id ?? ports.ids.ulid();
  const base: Webhook = before?.webhook ?? {
    id, kind: 'AUDIT', ulid: id, name: null, spaceId: null, stackId: null, endpoint: '', enabled: false, labels: [], retryOnFailure: false, includeRuns: false, headerNames: [], failures: 0, version: 0, createdAt: now, updatedAt: now,
  };
  const sealed = before?.sealed ?? NO_SECRETS;
  const secret = input.secret === '' ? sealed.secret : await sealPart(ports, base, 'secret', webhookSecret(input.secret));
  const headers = input.customHeaders ? await sealHeaders(ports, base, fittingHeaders(checkedHeaders(input.customHeaders.entries))) : { headers: sealed.headers, headerNames: base.headerNames };
  const after: Webhook = {
    ...base, endpoint: webhookEndpoint(ports.http, input.endpoint), enabled: input.enabled, includeRuns: input.includeRuns, retryOnFailure: input.retryOnFailure ?? false, headerNames: headers.headerNames,
    failures: 0, version: base.version + 1, updatedAt: now,
    // Entries from the time while it was off stay untold.
    createdAt: base.enabled ? base.createdAt : now,
  };
  const kept: KeptWebhook = { webhook: after, sealed: { secret, headers: headers.headers } };
  const event = ownEvent(ports, actor, 'set', { enabled: after.enabled, includeRuns: after.includeRuns, headers: after.headerNames });
  const error = after.enabled ? await post(ports, kept, event) : base.enabled && before ? await post(ports, before, event) : null;
  if (after.enabled && error !== null) throw invalid(`the audit trail is not sent there: ${error}. The endpoint must answer a test with a status from 200 to 299`, { field: 'endpoint' });
  await write(ports, kept, before === undefined, event, error);
  return after;
}

async function write(ports: Needs, kept: KeptWebhook, isNew: boolean, event: OwnEvent, error: string | null): Promise<void> {
  const { webhook, sealed } = kept;
  const save = () => ports.db.transaction(async (tx) => {
    const saved = isNew ? await insertWebhook(tx.sql, webhook, sealed) : await saveWebhook(tx.sql, webhook, sealed);
    if (!saved) throw conflict('the audit webhook was changed by somebody else at this moment: load it again');
    await keep(ports, tx.sql, webhook, event, error);
  });
  await unlessOvertaken({ unique: 'the audit webhook was set by somebody else at this moment: load it again' }, save);
}

/** Sends the audit trail nowhere any more; the endpoint hears of it first, and whether it answers does not matter. */
export async function deleteAuditWebhook(ports: Needs, actor: Actor): Promise<Webhook> {
  requireRootAdmin(actor);
  const before = await requireWebhook(ports);
  const event = ownEvent(ports, actor, 'delete', {});
  if (before.webhook.enabled) await post(ports, before, event);
  await ports.db.transaction(async (tx) => {
    if (!(await removeWebhook(tx.sql, before.webhook.id))) throw notFound('there is no audit webhook');
    await keep(ports, tx.sql, undefined, event, null);
  });
  return before.webhook;
}

async function requireWebhook(ports: Pick<Ports, 'db'>): Promise<KeptWebhook> {
  const kept = await findAuditWebhook(ports.db.sql);
  if (kept === undefined) throw notFound('there is no audit webhook: set one first');
  return kept;
}

async function changeHeaders(ports: Needs, actor: Actor, action: string, change: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>): Promise<Webhook> {
  requireRootAdmin(actor);
  const before = await requireWebhook(ports);
  const { headers, headerNames } = await sealHeaders(ports, before.webhook, fittingHeaders(change(await openHeaders(ports, before.webhook, before.sealed))));
  const after: Webhook = { ...before.webhook, headerNames, version: before.webhook.version + 1, updatedAt: ports.clock.now() };
  const kept: KeptWebhook = { webhook: after, sealed: { secret: before.sealed.secret, headers } };
  const event = ownEvent(ports, actor, action, { headers: headerNames });
  await write(ports, kept, false, event, after.enabled ? await post(ports, kept, event) : null);
  return after;
}

/** Adds headers that are sent with entries, or replaces those of the same name. */
export const setAuditHeaders = (ports: Needs, actor: Actor, input: { readonly entries: readonly Header[] }): Promise<Webhook> =>
  changeHeaders(ports, actor, 'set_headers', (headers) => mergedHeaders(headers, checkedHeaders(input.entries)));

/** Takes headers off by their names. */
export const deleteAuditHeaders = (ports: Needs, actor: Actor, input: { readonly names: readonly string[] }): Promise<Webhook> => {
  const gone = new Set(input.names.map((name) => name.toLowerCase()));
  return changeHeaders(ports, actor, 'delete_headers', (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name.toLowerCase()))));
};
