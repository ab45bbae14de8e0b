import type { Ports } from '../../ports/ports.ts';
import { insertDelivery } from '../delivery-store.ts';
import { deliveryDue } from '../webhook-messages.ts';
import { requestKey, type Delivery, type DeliveryRequest, type Webhook } from '../webhook.ts';

export type CreateDeliveryNeeds = Pick<Ports, 'db' | 'queue' | 'objects' | 'clock' | 'ids'>;

export interface NewDelivery extends DeliveryRequest {
  /** What it tells of: a webhook is told of the same thing once. */
  readonly source: string;
  readonly event: string;
  readonly runId?: string | null;
}

export const MAX_BODY_BYTES = 1024 * 1024;

/** Puts a request down and announces that it is to be sent. Undefined when the webhook was told of the same thing before. */
export async function createDelivery(ports: CreateDeliveryNeeds, webhook: Webhook, { source, event, runId, ...request }: NewDelivery): Promise<Delivery | undefined> {
  const now = ports.clock.now();
  const delivery: Delivery = {
    id: ports.ids.ulid(), webhookId: webhook.id, source, event, method: request.method, endpoint: webhook.endpoint, runId: runId ?? null, status: 'PENDING', tries: 0,
    statusCode: null, error: null, durationMs: null, createdAt: now, finishedAt: null,
  };
  await ports.objects.put('deliveries', requestKey(delivery.id), Buffer.from(JSON.stringify(request), 'utf8'));
  return ports.db.transaction(async (tx) => {
    if (!(await insertDelivery(tx.sql, delivery))) return undefined;
    await ports.queue.enqueue(tx.sql, deliveryDue, { deliveryId: delivery.id, tries: 0 });
    tx.afterCommit(() => ports.queue.flush());
    return delivery;
  });
}
