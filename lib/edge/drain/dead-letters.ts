import { keepDeadLetter } from '../../core/operations/dead-letter-store.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { isAppError } from '../../core/shared/errors.ts';
import { isPermanentFailure, type Envelope } from '../../core/shared/messages.ts';
import { decode, senderOf, type QueueRecord } from './decode.ts';
import { giveUp } from './give-up.ts';

const BUCKET = 'large-queue-messages';
/** Bodies beyond this stay in the object alone: a row of the database holds no more. */
const MAX_ROW_BODY_BYTES = 40 * 1024;

/** Where a message that was given up is kept. */
export const deadLetterKey = (queue: string, id: string): string => `dead/${queue}/${id.replace(/[^A-Za-z0-9._-]/g, '-')}.json`;

/**
 * Keeps a record that no repetition mends, tells whoever waited for it, and lists it among the dead letters. `error` is what the last
 * receive failed with; unknown when the queue itself gave up.
 */
export async function bury(ports: Ports, record: QueueRecord, error?: unknown): Promise<void> {
  const reason = error === undefined ? `received ${record.receiveCount} times and never handled` : wordsOf(error);
  const key = deadLetterKey(record.queue, record.messageId);
  const kept = { queue: record.queue, messageId: record.messageId, receiveCount: record.receiveCount, sentAt: record.sentAt, buriedAt: ports.clock.now(), error: reason, body: record.text };
  await ports.objects.put(BUCKET, key, Buffer.from(JSON.stringify(kept)));

  const envelope = await readable(ports, record);
  if (envelope !== undefined) {
    await giveUp(ports, envelope);
    const body = Buffer.byteLength(JSON.stringify(envelope.body)) <= MAX_ROW_BODY_BYTES ? envelope.body : { object: `${BUCKET}/${key}` };
    await keepDeadLetter(ports.db.sql, { id: envelope.id, queue: record.queue, type: envelope.name, body, error: reason, receiveCount: record.receiveCount, now: ports.clock.now() });
    ports.queue.flush();
  }
  ports.telemetry.log('error', 'dead letter kept', { queue: record.queue, messageId: record.messageId, type: envelope?.name ?? null, object: key, reason });
  ports.telemetry.count('DeadLetters', { queue: record.queue });
}

/** What the record says; with its body gone what is left of it, and undefined when it says nothing. */
async function readable(ports: Pick<Ports, 'objects'>, record: QueueRecord): Promise<Envelope | undefined> {
  try {
    return await decode(ports.objects, record);
  } catch (error) {
    if (!isPermanentFailure(error)) throw error;
    const sender = senderOf(record);
    return sender && { ...sender, queue: record.queue, body: null, receiveCount: record.receiveCount };
  }
}

/** Of a defect only its kind: its words may hold values. */
function wordsOf(error: unknown): string {
  const { name, message } = error as { readonly name?: string; readonly message?: string };
  return isAppError(error) || isPermanentFailure(error) ? (message ?? String(name)) : `failed with ${name ?? 'an unknown error'}`;
}
