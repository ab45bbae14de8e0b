import type { HttpOutcome } from '../../ports/http-sender.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Sql } from '../../ports/database.ts';
import { raiseInternalError } from '../../shared/internal-error-store.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { findDelivery, saveResult, type DeliveryResult } from '../delivery-store.ts';
import { nextTry, succeeded, type Result } from '../retries.ts';
import { deliveryDue } from '../webhook-messages.ts';
import { countFailure, findWebhook, forgetFailures, type KeptWebhook } from '../webhook-store.ts';
import { MAX_FAILURES, requestKey, responseKey, type Delivery, type DeliveryRequest, type DeliveryResponse } from '../webhook.ts';
import { postWebhook, type PostNeeds } from './post-webhook.ts';

export type DeliverNeeds = PostNeeds & Pick<Ports, 'db' | 'queue' | 'objects' | 'ids' | 'telemetry'>;

/** Tries a delivery. One that was settled meanwhile, or is being tried by a later message, is left alone. */
export async function deliver(ports: DeliverNeeds, input: { readonly deliveryId: string; readonly tries: number }): Promise<void> {
  const delivery = await findDelivery(ports.db.sql, input.deliveryId);
  if (delivery?.status !== 'PENDING' || delivery.tries !== input.tries) return;
  const kept = await findWebhook(ports.db.sql, delivery.webhookId);
  if (kept === undefined) return;
  const request = await ports.objects.get('deliveries', requestKey(delivery.id));
  const unsent = !kept.webhook.enabled ? 'the webhook was turned off' : request === undefined ? 'what was to be sent is no longer kept' : undefined;
  if (unsent !== undefined || request === undefined) {
    await saveResult(ports.db.sql, delivery, { status: 'FAILED', tries: delivery.tries, statusCode: null, error: unsent ?? null, durationMs: null, finishedAt: ports.clock.now() });
    return;
  }
  const { outcome, durationMs } = await postWebhook(ports, kept, delivery.id, JSON.parse(request.toString('utf8')) as DeliveryRequest);
  await keepResponse(ports, delivery.id, outcome);
  await settle(ports, kept, delivery, outcome, durationMs);
}

/** Leaves the answer where people can look at it. */
export async function keepResponse(ports: Pick<Ports, 'objects'>, deliveryId: string, outcome: HttpOutcome): Promise<void> {
  if (outcome.fault !== undefined) return;
  const response: DeliveryResponse = { status: outcome.status, body: outcome.body.toString('utf8'), cut: outcome.cut };
  await ports.objects.put('deliveries', responseKey(deliveryId), Buffer.from(JSON.stringify(response), 'utf8'));
}

/** What a try came to, in words; null when it went well. */
export const errorOf = (outcome: HttpOutcome): string | null => (outcome.fault !== undefined ? outcome.message : succeeded(outcome) ? null : `the endpoint answered with status ${outcome.status}`);

async function settle(ports: DeliverNeeds, kept: KeptWebhook, delivery: Delivery, outcome: HttpOutcome, durationMs: number): Promise<void> {
  const now = ports.clock.now();
  const result: Result = outcome.fault === undefined ? { status: outcome.status } : { fault: outcome.fault };
  const facts = { tries: delivery.tries + 1, statusCode: outcome.fault === undefined ? outcome.status : null, error: errorOf(outcome), durationMs };
  const wait = succeeded(result) ? undefined : nextTry(kept.webhook, delivery, result, now, ports.ids.random(1).readUInt8() / 255);
  const status = succeeded(result) ? 'DELIVERED' : wait === undefined ? 'FAILED' : 'PENDING';
  const saved: DeliveryResult = { ...facts, status, finishedAt: status === 'PENDING' ? null : now };
  await ports.db.transaction(async (tx) => {
    if (!(await saveResult(tx.sql, delivery, saved))) return;
    if (wait !== undefined) await ports.queue.enqueue(tx.sql, deliveryDue, { deliveryId: delivery.id, tries: saved.tries }, { delaySeconds: wait });
    if (status === 'DELIVERED') await forgetFailures(tx.sql, kept.webhook.id);
    if (status === 'FAILED') await tellFailure(ports, tx.sql, kept, saved.error ?? '');
    tx.afterCommit(() => ports.queue.flush());
  });
  ports.telemetry.log(status === 'DELIVERED' ? 'info' : 'warn', 'webhook tried', { webhookId: kept.webhook.id, deliveryId: delivery.id, status, statusCode: saved.statusCode, tries: saved.tries, error: saved.error });
  ports.telemetry.count('webhook.tries', { status });
}

async function tellFailure(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, { webhook }: KeptWebhook, error: string): Promise<void> {
  const counted = await countFailure(sql, webhook.id, MAX_FAILURES);
  const about = { spaceId: webhook.spaceId ?? ROOT_SPACE, stackId: webhook.stackId, severity: 'ERROR' as const };
  if (webhook.kind === 'AUDIT') {
    await raiseInternalError(sql, ports, { ...about, title: 'Audit Trail Not Delivered', error: 'audit trail webhook failed', message: `an entry of the audit trail could not be delivered for a day: ${error}` });
  } else if (counted?.turnedOff === true) {
    const which = webhook.kind === 'NAMED' ? `webhook "${webhook.name ?? webhook.id}"` : `webhook of stack ${webhook.stackId ?? ''}`;
    await raiseInternalError(sql, ports, { ...about, title: 'Webhook Disabled', error: 'webhook disabled after repeated failures', message: `the ${which} was turned off after ${MAX_FAILURES} failed deliveries in a row; the last: ${error}` });
  }
}
