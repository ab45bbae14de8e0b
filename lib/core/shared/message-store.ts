import type { Insertable } from 'kysely';
import { json } from '../ports/json.ts';
import type { Sql } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { EnqueueOptions } from '../ports/queue.ts';
import type { Tables } from '../ports/tables.ts';
import type { MessageType } from './messages.ts';
import { QUEUES } from './queues.ts';

export const MAX_DELAY_SECONDS = 900;

/**
 * The outbox row of a message, for a statement that writes it together with the change it announces.
 * Deduplication needs its own table, so a type with `onceBy` goes through `Queue.enqueue`.
 */
export function messageRow<Body>(ports: Pick<Ports, 'clock' | 'ids'>, type: MessageType<Body>, body: Body, options: EnqueueOptions = {}): Insertable<Tables['messages']> {
  const delay = options.delaySeconds ?? 0;
  const fifo = QUEUES[type.queue].fifo;
  if (delay < 0 || delay > MAX_DELAY_SECONDS) throw new RangeError(`${type.name}: a delay is between 0 and ${MAX_DELAY_SECONDS} seconds`);
  if (delay > 0 && fifo) throw new RangeError(`${type.name}: ${type.queue} is ordered and takes no delay`);
  if (fifo !== (type.orderedBy !== undefined)) throw new RangeError(`${type.name}: orderedBy goes with an ordered queue`);
  const now = ports.clock.now();
  return {
    id: ports.ids.ulid(),
    queue: type.queue,
    type: type.name,
    group_key: type.orderedBy?.(body) ?? null,
    dedup_key: type.onceBy?.(body) ?? null,
    body: json(body),
    created_at: now,
    visible_at: new Date(now.getTime() + delay * 1000),
    receipt: null,
    receive_count: 0,
  };
}

/** Writes many messages of a type without `onceBy`, in one statement. */
export async function saveMessages<Body>(ports: Pick<Ports, 'clock' | 'ids'>, sql: Sql, type: MessageType<Body>, bodies: readonly Body[]): Promise<void> {
  if (type.onceBy !== undefined) throw new RangeError(`${type.name}: a type with onceBy is enqueued one by one`);
  if (bodies.length > 0) await sql.insertInto('messages').values(bodies.map((body) => messageRow(ports, type, body))).execute();
}

const DEAD_LETTER_DAYS = 14;

/** Forgets deduplication keys past their five minutes and dead letters past their two weeks. */
export async function sweepMessages(sql: Sql, now: Date): Promise<void> {
  await sql.deleteFrom('message_dedup').where('expires_at', '<=', now).execute();
  await sql.deleteFrom('dead_letters').where('received_at', '<=', new Date(now.getTime() - DEAD_LETTER_DAYS * 86_400_000)).execute();
}
