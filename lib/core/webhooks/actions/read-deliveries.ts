import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { pageSize } from '../../shared/pages.ts';
import { deliveriesOf, findDelivery } from '../delivery-store.ts';
import { redactedHeaders } from '../webhook-headers.ts';
import { requestKey, responseKey, type Delivery, type DeliveryRequest, type DeliveryResponse } from '../webhook.ts';
import { createDelivery, type CreateDeliveryNeeds } from './create-delivery.ts';
import { overseenWebhook } from './read-webhook.ts';

/** The latest deliveries to a webhook, newest first, for those who may change it. */
export async function listDeliveries(ports: Pick<Ports, 'db'>, actor: Actor, input: { readonly webhookId: string; readonly first?: number | null }): Promise<readonly Delivery[]> {
  const { webhook } = await overseenWebhook(ports.db.sql, actor, input.webhookId);
  return deliveriesOf(ports.db.sql, webhook.id, pageSize(input.first));
}

export interface DeliveryContents {
  readonly request: DeliveryRequest | null;
  readonly response: DeliveryResponse | null;
}

/** What was sent and answered, without credentials; null once it is no longer kept. Whoever has the delivery may see it. */
export async function deliveryContents(ports: Pick<Ports, 'objects'>, deliveryId: string): Promise<DeliveryContents> {
  const [request, response] = await Promise.all([requestKey(deliveryId), responseKey(deliveryId)].map((key) => ports.objects.get('deliveries', key)));
  const sent = request && (JSON.parse(request.toString('utf8')) as DeliveryRequest);
  return { request: sent ? { ...sent, headers: redactedHeaders(sent.headers) } : null, response: response ? (JSON.parse(response.toString('utf8')) as DeliveryResponse) : null };
}

/** Sends once more what was sent before, as a delivery of its own. */
export async function redeliver(ports: CreateDeliveryNeeds, actor: Actor, input: { readonly deliveryId: string }): Promise<Delivery> {
  const before = await findDelivery(ports.db.sql, input.deliveryId);
  if (before === undefined) throw notFound(`delivery ${input.deliveryId} not found: deliveries are kept for a day`, { delivery: input.deliveryId });
  const { webhook } = await overseenWebhook(ports.db.sql, actor, before.webhookId);
  if (!webhook.enabled) throw conflict('the webhook is turned off: turn it on, then send the delivery again', { webhook: webhook.id });
  const body = await ports.objects.get('deliveries', requestKey(before.id));
  if (body === undefined) throw conflict('what was sent is no longer kept, so it cannot be sent again', { delivery: before.id });
  const request = JSON.parse(body.toString('utf8')) as DeliveryRequest;
  const again = await createDelivery(ports, webhook, { ...request, source: `again/${ports.ids.ulid()}`, event: before.event, runId: before.runId });
  if (again === undefined) throw new Error('a source that is new cannot have been told before');
  await saveAudit(ports, ports.db.sql, actor, { action: 'webhook.redeliver', resourceType: 'webhook', resourceId: webhook.id, spaceId: webhook.spaceId, body: { delivery: before.id, again: again.id } });
  return again;
}
