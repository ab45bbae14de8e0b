import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit, type AuditEntry } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { visibleStack } from '../../stacks/actions/read-stack.ts';
import type { Stack } from '../../stacks/stack.ts';
import { webhookEndpoint, webhookSecret } from '../webhook-input.ts';
import { findWebhook, insertWebhook, removeWebhook, saveWebhook, type KeptWebhook } from '../webhook-store.ts';
import type { Webhook } from '../webhook.ts';
import type { ManageNeeds } from './manage-named-webhook.ts';
import type { StackWebhook } from './read-webhook.ts';
import { sealPart } from './seal-webhook.ts';

export interface StackWebhookInput {
  readonly enabled: boolean;
  readonly endpoint: string;
  readonly retryOnFailure?: boolean | null;
  readonly secret: string;
}

const entryOf = (action: string, webhook: Webhook, stack: Stack): AuditEntry => ({
  action: `webhook.${action}`, resourceType: 'webhook', resourceId: webhook.id, relatedType: 'stack', relatedId: stack.id, spaceId: stack.spaceId, body: { enabled: webhook.enabled },
});

const taken = (endpoint: string) => conflict('the stack has a webhook with this endpoint already', { field: 'endpoint', endpoint });

async function manageableStack(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, id);
  requireAction(actor, 'stack:manage', stack.spaceId);
  return stack;
}

async function webhookOf(ports: Pick<Ports, 'db'>, stack: Stack, id: string): Promise<KeptWebhook> {
  const kept = await findWebhook(ports.db.sql, id);
  if (kept?.webhook.kind !== 'STACK' || kept.webhook.stackId !== stack.id) throw notFound(`stack "${stack.id}" has no webhook "${id}"`, { stack: stack.id, webhook: id });
  return kept;
}

/** Adds a webhook that hears of every step of a stack's runs. */
export async function createStackWebhook(ports: ManageNeeds, actor: Actor, input: StackWebhookInput & { readonly stackId: string }): Promise<StackWebhook> {
  const stack = await manageableStack(ports, actor, input.stackId);
  const now = ports.clock.now();
  const id = ports.ids.ulid();
  const webhook: Webhook = {
    id, kind: 'STACK', ulid: id, name: null, spaceId: null, stackId: stack.id, endpoint: webhookEndpoint(ports.http, input.endpoint), enabled: input.enabled, labels: [],
    retryOnFailure: input.retryOnFailure ?? false, includeRuns: false, headerNames: [], failures: 0, version: 1, createdAt: now, updatedAt: now,
  };
  const secret = await sealPart(ports, webhook, 'secret', webhookSecret(input.secret));
  const insert = () => ports.db.transaction(async (tx) => {
    if (!(await insertWebhook(tx.sql, webhook, { secret, headers: null }))) throw taken(webhook.endpoint);
    await saveAudit(ports, tx.sql, actor, entryOf('create', webhook, stack));
    tx.afterCommit(() => ports.queue.flush());
  });
  await unlessOvertaken({ reference: `stack "${stack.id}" was deleted at this moment` }, insert);
  return { ...webhook, secret: input.secret };
}

/** Replaces the settings of a stack's webhook. One that is turned on again begins without failures. */
export async function updateStackWebhook(ports: ManageNeeds, actor: Actor, input: StackWebhookInput & { readonly stackId: string; readonly id: string }): Promise<StackWebhook> {
  const stack = await manageableStack(ports, actor, input.stackId);
  const { webhook: before } = await webhookOf(ports, stack, input.id);
  const after: Webhook = {
    ...before, endpoint: webhookEndpoint(ports.http, input.endpoint), enabled: input.enabled, retryOnFailure: input.retryOnFailure ?? false,
    failures: input.enabled && !before.enabled ? 0 : before.failures, version: before.version + 1, updatedAt: ports.clock.now(),
  };
  const secret = await sealPart(ports, after, 'secret', webhookSecret(input.secret));
  const save = () => ports.db.transaction(async (tx) => {
    if (!(await saveWebhook(tx.sql, after, { secret, headers: null }))) throw conflict('the webhook was changed by somebody else at this moment: load it again', { webhook: before.id });
    await saveAudit(ports, tx.sql, actor, entryOf('update', after, stack));
    tx.afterCommit(() => ports.queue.flush());
  });
  await unlessOvertaken({ unique: 'the stack has a webhook with this endpoint already' }, save);
  return { ...after, secret: input.secret };
}

/** Removes a webhook from a stack. */
export async function deleteStackWebhook(ports: ManageNeeds, actor: Actor, input: { readonly stackId: string; readonly id: string }): Promise<StackWebhook> {
  const stack = await manageableStack(ports, actor, input.stackId);
  const { webhook } = await webhookOf(ports, stack, input.id);
  await ports.db.transaction(async (tx) => {
    if (!(await removeWebhook(tx.sql, webhook.id))) throw notFound(`stack "${stack.id}" has no webhook "${webhook.id}"`, { stack: stack.id, webhook: webhook.id });
    await saveAudit(ports, tx.sql, actor, entryOf('delete', webhook, stack));
    tx.afterCommit(() => ports.queue.flush());
  });
  return { ...webhook, secret: '' };
}
