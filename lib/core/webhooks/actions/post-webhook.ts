import type { HttpOutcome } from '../../ports/http-sender.ts';
import type { Ports } from '../../ports/ports.ts';
import type { DeliveryRequest, SealedSecrets, Webhook } from '../webhook.ts';
import { mergedHeaders, signatures } from '../webhook-headers.ts';
import { openHeaders, openSecret } from './seal-webhook.ts';

export type PostNeeds = Pick<Ports, 'cipher' | 'http' | 'clock' | 'settings'>;

const DEADLINE_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024;

export interface Posted {
  readonly outcome: HttpOutcome;
  readonly durationMs: number;
}

/** Sends a request once, with the webhook's own headers below and its signatures above those of the request. */
export async function postWebhook(ports: PostNeeds, { webhook, sealed }: { readonly webhook: Webhook; readonly sealed: SealedSecrets }, deliveryId: string, request: DeliveryRequest): Promise<Posted> {
  const [secret, configured] = [await openSecret(ports, webhook, sealed), await openHeaders(ports, webhook, sealed)];
  const own = { 'Content-Type': 'application/json', 'User-Agent': `windlass/${ports.settings.version}` };
  const headers = mergedHeaders(own, configured, request.headers, { 'X-Delivery-Id': deliveryId, ...signatures(secret, request.body) });
  const startedAt = ports.clock.now();
  const outcome = await ports.http.send({ method: request.method, url: webhook.endpoint, headers, body: request.body, deadlineMs: DEADLINE_MS, maxAnswerBytes: MAX_ANSWER_BYTES });
  return { outcome, durationMs: ports.clock.now().getTime() - startedAt.getTime() };
}
