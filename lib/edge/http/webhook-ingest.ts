import type { Clock } from '../../core/ports/clock.ts';
import type { SchedulerMarker } from '../../core/ports/scheduler-marker.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { isAppError } from '../../core/shared/errors.ts';
import { jsonResponse, route, type HttpRequest, type Route } from './router.ts';

/** What API Gateway hands a function at most, as content; hosts that send more are followed by comparing heads. */
export const MAX_DELIVERY_BYTES = 4.5 * 1024 * 1024;

/** A delivery as it was received, to be read later by whoever has the database. */
export interface RawDelivery {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly receivedAt: string;
}

export interface IngestNeeds {
  readonly send: (delivery: RawDelivery) => Promise<void>;
  readonly marker: Pick<SchedulerMarker, 'touch' | 'noteRejection'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Telemetry;
}

/** Takes hooks in without asking the database, which may be asleep: what was sent is kept, and looked at after the answer. */
export function ingestRoutes(needs: IngestNeeds): readonly Route[] {
  const take = async (request: HttpRequest) => {
    try {
      const body = await request.body(MAX_DELIVERY_BYTES);
      // The queue wakes the database by itself; the marker only lets the scheduler look after what comes of it.
      await Promise.all([needs.send(deliveryOf(request, body, needs.clock.now())), needs.marker.touch().catch((error: unknown) => needs.telemetry.log('warn', 'the scheduler could not be told of a delivery', { error }))]);
    } catch (error) {
      await needs.marker.noteRejection().catch((cause: unknown) => needs.telemetry.log('error', 'a delivery was turned away, and nobody will look for it', { error: cause }));
      needs.telemetry.count('DeliveriesRejected');
      if (isAppError(error, 'TOO_LARGE')) return jsonResponse(413, { error: `a delivery has at most ${MAX_DELIVERY_BYTES} bytes` });
      throw error;
    }
    return jsonResponse(202, { status: 'accepted' });
  };
  return [route('POST', '/webhooks/git/:token', take)];
}

/** Without what belongs to a person's session. */
const PRIVATE = new Set(['cookie', 'authorization']);

function deliveryOf(request: HttpRequest, body: Buffer, now: Date): RawDelivery {
  const headers = Object.entries(request.headers).filter((entry): entry is [string, string] => entry[1] !== undefined && !PRIVATE.has(entry[0]));
  return { path: request.path, headers: Object.fromEntries(headers), body: body.toString('base64'), receivedAt: now.toISOString() };
}
