import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit, type AuditEntry } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { slugOf, slugWithSuffix } from '../../shared/slug.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { getSpace } from '../../spaces/space-store.ts';
import { checkedHeaders, mergedHeaders } from '../webhook-headers.ts';
import { fittingHeaders, webhookEndpoint, webhookName, webhookSecret } from '../webhook-input.ts';
import { findWebhook, insertWebhook, removeWebhook, saveWebhook } from '../webhook-store.ts';
import type { SealedSecrets, Webhook } from '../webhook.ts';
import { manageableWebhook } from './read-webhook.ts';
import { openHeaders, sealHeaders, sealPart } from './seal-webhook.ts';

export type ManageNeeds = Pick<Ports, 'db' | 'queue' | 'cipher' | 'http' | 'clock' | 'ids'>;

export interface NamedWebhookInput {
  readonly name: string;
  readonly enabled: boolean;
  readonly endpoint: string;
  readonly labels: readonly string[];
  readonly retryOnFailure?: boolean | null;
  /** Null keeps the one before, empty takes it away. */
  readonly secret?: string | null;
  readonly space: string;
}

const entryOf = (action: string, webhook: Webhook): AuditEntry => ({
  action: `named_webhooks_integration.${action}`, resourceType: 'named_webhooks_integration', resourceId: webhook.id, spaceId: webhook.spaceId,
  body: { name: webhook.name, enabled: webhook.enabled, headers: webhook.headerNames },
});

async function requireSpace(ports: Pick<Ports, 'db'>, actor: Actor, spaceId: string): Promise<void> {
  requireVisibleSpace(actor, spaceId);
  await getSpace(ports.db.sql, spaceId);
  requireAction(actor, 'space:admin', spaceId);
}

/** Adds a webhook that policies can send to. */
export async function createNamedWebhook(ports: ManageNeeds, actor: Actor, input: NamedWebhookInput): Promise<Webhook> {
  const name = webhookName(input.name);
  await requireSpace(ports, actor, input.space);
  const endpoint = webhookEndpoint(ports.http, input.endpoint);
  const slug = slugOf(name) || 'webhook';
  const taken = (await findWebhook(ports.db.sql, slug)) !== undefined;
  const now = ports.clock.now();
  const webhook: Webhook = {
    id: taken ? slugWithSuffix(slug, ports.ids.random(5)) : slug, kind: 'NAMED', ulid: ports.ids.ulid(), name, spaceId: input.space, stackId: null, endpoint, enabled: input.enabled,
    labels: [...new Set(input.labels)], retryOnFailure: input.retryOnFailure ?? false, includeRuns: false, headerNames: [], failures: 0, version: 1, createdAt: now, updatedAt: now,
  };
  const secret = await sealPart(ports, webhook, 'secret', webhookSecret(input.secret ?? ''));
  const insert = () => ports.db.transaction(async (tx) => {
    if (!(await insertWebhook(tx.sql, webhook, { secret, headers: null }))) throw conflict(`there is a webhook "${webhook.id}" already`, { webhook: webhook.id });
    await saveAudit(ports, tx.sql, actor, entryOf('create', webhook));
    tx.afterCommit(() => ports.queue.flush());
  });
  await unlessOvertaken({ reference: `space "${input.space}" was deleted at this moment` }, insert);
  return webhook;
}

async function save(ports: ManageNeeds, actor: Actor, action: string, before: Webhook, changes: Partial<Webhook>, sealed: SealedSecrets): Promise<Webhook> {
  const after: Webhook = { ...before, ...changes, version: before.version + 1, updatedAt: ports.clock.now() };
  const write = () => ports.db.transaction(async (tx) => {
    if (!(await saveWebhook(tx.sql, after, sealed))) throw conflict(`webhook "${before.id}" was changed by somebody else at this moment: load it again`, { webhook: before.id });
    await saveAudit(ports, tx.sql, actor, entryOf(action, after));
    tx.afterCommit(() => ports.queue.flush());
  });
  await unlessOvertaken({ reference: `space "${after.spaceId ?? ''}" was deleted at this moment` }, write);
  return after;
}

/** Replaces the settings of a named webhook; its id stays. One that is turned on again begins without failures. */
export async function updateNamedWebhook(ports: ManageNeeds, actor: Actor, input: NamedWebhookInput & { readonly id: string }): Promise<Webhook> {
  const { webhook, sealed } = await manageableWebhook(ports.db.sql, actor, input.id);
  const name = webhookName(input.name);
  if (input.space !== webhook.spaceId) await requireSpace(ports, actor, input.space);
  const secret = input.secret === null || input.secret === undefined ? sealed.secret : await sealPart(ports, webhook, 'secret', webhookSecret(input.secret));
  const changes = {
    name, spaceId: input.space, endpoint: webhookEndpoint(ports.http, input.endpoint), enabled: input.enabled, labels: [...new Set(input.labels)],
    retryOnFailure: input.retryOnFailure ?? false, failures: input.enabled && !webhook.enabled ? 0 : webhook.failures,
  };
  return save(ports, actor, 'update', webhook, changes, { ...sealed, secret });
}

/** Adds headers to a named webhook, or replaces those of the same name. */
export async function setWebhookHeaders(ports: ManageNeeds, actor: Actor, input: { readonly id: string; readonly entries: readonly { readonly key: string; readonly value: string }[] }): Promise<Webhook> {
  const { webhook, sealed } = await manageableWebhook(ports.db.sql, actor, input.id);
  const headers = await sealHeaders(ports, webhook, fittingHeaders(mergedHeaders(await openHeaders(ports, webhook, sealed), checkedHeaders(input.entries))));
  return save(ports, actor, 'set_headers', webhook, { headerNames: headers.headerNames }, { ...sealed, headers: headers.headers });
}

/** Takes headers off a named webhook by their names; one that is not there is nothing to do. */
export async function deleteWebhookHeaders(ports: ManageNeeds, actor: Actor, input: { readonly id: string; readonly names: readonly string[] }): Promise<Webhook> {
  const { webhook, sealed } = await manageableWebhook(ports.db.sql, actor, input.id);
  const gone = new Set(input.names.map((name) => name.toLowerCase()));
  const left = Object.entries(await openHeaders(ports, webhook, sealed)).filter(([name]) => !gone.has(name.toLowerCase()));
  const headers = await sealHeaders(ports, webhook, Object.fromEntries(left));
  return save(ports, actor, 'delete_headers', webhook, { headerNames: headers.headerNames }, { ...sealed, headers: headers.headers });
}

/** Removes a named webhook with its deliveries. */
export async function deleteNamedWebhook(ports: ManageNeeds, actor: Actor, input: { readonly id: string }): Promise<Webhook> {
  const { webhook } = await manageableWebhook(ports.db.sql, actor, input.id);
  await ports.db.transaction(async (tx) => {
    if (!(await removeWebhook(tx.sql, webhook.id))) throw notFound(`webhook "${webhook.id}" not found`, { webhook: webhook.id });
    await saveAudit(ports, tx.sql, actor, entryOf('delete', webhook));
    tx.afterCommit(() => ports.queue.flush());
  });
  return webhook;
}
