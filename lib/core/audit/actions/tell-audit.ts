import type { Ports } from '../../ports/ports.ts';
import { createDelivery, type CreateDeliveryNeeds } from '../../webhooks/actions/create-delivery.ts';
import { findAuditWebhook } from '../../webhooks/webhook-store.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { AUDIT_DAYS, auditBody, auditSource, TOLD_WITHIN_MS, type AuditTrailEntry } from '../audit-entry.ts';
import { findAuditEntry, removeOldEntries, untoldEntries } from '../audit-trail-store.ts';

export type TellNeeds = CreateDeliveryNeeds & Pick<Ports, 'settings'>;

const DAY_MS = 86_400_000;
const AT_ONCE = 100;

async function listener(ports: Pick<Ports, 'db'>): Promise<Webhook | undefined> {
  const kept = await findAuditWebhook(ports.db.sql);
  return kept?.webhook.enabled === true ? kept.webhook : undefined;
}

const tell = (ports: TellNeeds, webhook: Webhook, entry: AuditTrailEntry) =>
  createDelivery(ports, webhook, { source: auditSource(entry.id), event: 'audit', method: 'POST', headers: {}, body: JSON.stringify(auditBody(ports.settings.accountName, entry)) });

/** Sends an entry of the audit trail to whoever listens. */
export async function tellAudit(ports: TellNeeds, input: { readonly auditId: string }): Promise<void> {
  const webhook = await listener(ports);
  const entry = webhook && (await findAuditEntry(ports.db.sql, input.auditId));
  if (webhook && entry) await tell(ports, webhook, entry);
}

/**
 * Sends the entries that nobody announced: those that are written as part of a larger statement. An installation that sleeps may look once a
 * day only, so that it looks back over two.
 */
export async function sweepAudit(ports: TellNeeds): Promise<void> {
  const webhook = await listener(ports);
  if (webhook === undefined) return;
  const earliest = new Date(ports.clock.now().getTime() - TOLD_WITHIN_MS);
  const since = webhook.createdAt > earliest ? webhook.createdAt : earliest;
  for (const entry of await untoldEntries(ports.db.sql, webhook.id, since, AT_ONCE)) await tell(ports, webhook, entry);
}

/** Forgets entries after thirty days. */
export async function forgetAudit(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  await removeOldEntries(ports.db.sql, new Date(ports.clock.now().getTime() - AUDIT_DAYS * DAY_MS));
}
