import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { requireAction, requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { notFound } from '../../shared/errors.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { getStack } from '../../stacks/stack-store.ts';
import { findWebhook, listNamedWebhooks, webhooksOfStacks, type KeptWebhook } from '../webhook-store.ts';
import type { Webhook } from '../webhook.ts';
import { openSecret } from './seal-webhook.ts';

const isVisible = (actor: Actor, webhook: Webhook): boolean => webhook.kind === 'NAMED' && canRead(actor, webhook.spaceId ?? ROOT_SPACE);

/** A named webhook; undefined when missing or not visible. */
export async function readNamedWebhook(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<Webhook | undefined> {
  const kept = await findWebhook(ports.db.sql, id);
  return kept !== undefined && isVisible(actor, kept.webhook) ? kept.webhook : undefined;
}

/** A named webhook that the caller may change. */
export async function manageableWebhook(sql: Sql, actor: Actor, id: string): Promise<KeptWebhook> {
  const kept = await findWebhook(sql, id);
  if (kept === undefined || !isVisible(actor, kept.webhook)) throw notFound(`webhook "${id}" not found`, { webhook: id });
  requireAction(actor, 'space:admin', kept.webhook.spaceId ?? ROOT_SPACE);
  return kept;
}

/** Any webhook whose deliveries the caller may look at: those who may change it. */
export async function overseenWebhook(sql: Sql, actor: Actor, id: string): Promise<KeptWebhook> {
  const kept = await findWebhook(sql, id);
  if (kept?.webhook.kind === 'NAMED') return manageableWebhook(sql, actor, id);
  if (kept === undefined || (kept.webhook.kind === 'AUDIT' && !actor.isRootAdmin)) throw notFound(`webhook "${id}" not found`, { webhook: id });
  if (kept.webhook.kind === 'AUDIT') requireRootAdmin(actor);
  if (kept.webhook.stackId !== null) {
    const stack = await getStack(sql, kept.webhook.stackId);
    if (!canRead(actor, stack.spaceId)) throw notFound(`webhook "${id}" not found`, { webhook: id });
    requireAction(actor, 'stack:manage', stack.spaceId);
  }
  return kept;
}

/** Every named webhook that the caller sees. */
export async function listVisibleWebhooks(ports: Pick<Ports, 'db'>, actor: Actor): Promise<readonly Webhook[]> {
  return listNamedWebhooks(ports.db.sql, actor.isRootAdmin ? 'all' : [...actor.grants.keys()].filter((id) => canRead(actor, id)));
}

export interface StackWebhook extends Webhook {
  readonly secret: string;
}

/** Webhooks of stacks that the caller sees, with the secrets, which whoever sees the stack may read. */
export async function listStackWebhooks(ports: Pick<Ports, 'db' | 'cipher'>, stackIds: readonly string[]): Promise<readonly StackWebhook[]> {
  const kept = await webhooksOfStacks(ports.db.sql, stackIds);
  return Promise.all(kept.map(async ({ webhook, sealed }) => ({ ...webhook, secret: (await openSecret(ports, webhook, sealed)) ?? '' })));
}
