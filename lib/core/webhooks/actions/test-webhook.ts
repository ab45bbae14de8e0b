import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { insertDelivery } from '../delivery-store.ts';
import { succeeded } from '../retries.ts';
import { requestKey, type Delivery, type DeliveryRequest } from '../webhook.ts';
import { errorOf, keepResponse, type DeliverNeeds } from './deliver.ts';
import { postWebhook } from './post-webhook.ts';
import { overseenWebhook } from './read-webhook.ts';

/** Sends a test to a webhook, on or off, and answers what came of it; it counts as no failure. */
export async function testWebhook(ports: DeliverNeeds, actor: Actor, input: { readonly id: string }): Promise<Delivery> {
  const kept = await overseenWebhook(ports.db.sql, actor, input.id);
  const createdAt = ports.clock.now();
  const id = ports.ids.ulid();
  const request: DeliveryRequest = { method: 'POST', headers: {}, body: JSON.stringify({ account: ports.settings.accountName, event: 'test', webhook: kept.webhook.id, timestamp: Math.floor(createdAt.getTime() / 1000) }) };
  const { outcome, durationMs } = await postWebhook(ports, kept, id, request);
  const delivery: Delivery = {
    id, webhookId: kept.webhook.id, source: `test/${id}`, event: 'test', method: request.method, endpoint: kept.webhook.endpoint, runId: null,
    status: outcome.fault === undefined && succeeded(outcome) ? 'DELIVERED' : 'FAILED', tries: 1, statusCode: outcome.fault === undefined ? outcome.status : null, error: errorOf(outcome), durationMs, createdAt, finishedAt: ports.clock.now(),
  };
  await ports.objects.put('deliveries', requestKey(id), Buffer.from(JSON.stringify(request), 'utf8'));
  await keepResponse(ports, id, outcome);
  await insertDelivery(ports.db.sql, delivery);
  await saveAudit(ports, ports.db.sql, actor, { action: 'webhook.test', resourceType: 'webhook', resourceId: kept.webhook.id, spaceId: kept.webhook.spaceId, body: { status: delivery.status } });
  return delivery;
}
