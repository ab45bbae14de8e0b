import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import { PermanentFailure, type Envelope } from '../../core/shared/messages.ts';
import type { QueueName } from '../../core/shared/queues.ts';
import { MAX_HOPS, Tick, WireMessage, type ClaimCheck } from '../../core/shared/wire-message.ts';
import { workerReport } from '../../core/workers/worker-messages.ts';

/** A message as a queue hands it over. */
export interface QueueRecord {
  /** The queue's own id of it. */
  readonly messageId: string;
  readonly queue: QueueName;
  readonly text: string;
  /** Counted from 1. */
  readonly receiveCount: number;
  readonly sentAt: Date;
}

/** The name under which a tick of the scheduler is handled. */
export const TICK_MESSAGE = 'scheduler.tick';

const WorkerDocument = z.looseObject({ worker_pool_ulid: z.string(), worker_ulid: z.string(), timestamp: z.optional(z.number()) });

/** Reads what a queue brings: our own messages, ticks of the scheduler, and what the rule of the broker forwards. What it cannot read, no repetition mends. */
export async function decode(objects: Pick<ObjectStore, 'get'>, record: QueueRecord): Promise<Envelope> {
  const facts = { queue: record.queue, receiveCount: record.receiveCount };
  const document = parseJson(record.text);
  if (document === undefined && record.queue === 'iot') return { ...facts, ...fromBroker(record) };

  const tick = Tick.safeParse(document);
  if (tick.success) return { ...facts, id: record.messageId, name: TICK_MESSAGE, body: tick.data };

  const wire = WireMessage.safeParse(document);
  if (!wire.success) throw new PermanentFailure(`a record of unknown shape on ${record.queue}`);
  const { id, type: name, hops } = wire.data;
  if (hops > MAX_HOPS) throw new PermanentFailure(`a message ${name} that ${hops} messages led to goes in circles`);
  return { ...facts, id, name, hops, body: 'claim' in wire.data ? await claimed(objects, wire.data.claim) : wire.data.body };
}

/** Id and type of one of our own messages, and how many led to it, whatever became of its body. */
export function senderOf(record: Pick<QueueRecord, 'text'>): Pick<Envelope, 'id' | 'name' | 'hops'> | undefined {
  const wire = WireMessage.safeParse(parseJson(record.text));
  return wire.success ? { id: wire.data.id, name: wire.data.type, hops: wire.data.hops } : undefined;
}

/** Base64 of what a worker published, with the topic's ids added by the rule: only those are trusted. */
function fromBroker(record: QueueRecord): Pick<Envelope, 'id' | 'name' | 'body'> {
  const document = WorkerDocument.safeParse(parseJson(Buffer.from(record.text, 'base64').toString('utf8')));
  if (!document.success) throw new PermanentFailure('a record of the broker that its rule cannot have made');
  const { worker_pool_ulid: poolId, worker_ulid: workerId, timestamp, ...message } = document.data;
  const receivedAt = timestamp === undefined ? record.sentAt : new Date(timestamp);
  return { id: record.messageId, name: workerReport.name, body: { poolId, workerId, message, receivedAt: receivedAt.toISOString() } };
}

async function claimed(objects: Pick<ObjectStore, 'get'>, claim: ClaimCheck): Promise<unknown> {
  const bytes = await objects.get(claim.bucket, claim.key);
  if (bytes === undefined) throw new PermanentFailure(`the body of a message is gone: no object ${claim.key}`);
  if (bytes.length !== claim.bytes || createHash('sha256').update(bytes).digest('hex') !== claim.sha256) throw new PermanentFailure(`the body of a message was changed: ${claim.key} is not what was sent`);
  const body = parseJson(bytes.toString('utf8'));
  if (body === undefined) throw new PermanentFailure(`the body of a message is not JSON: ${claim.key}`);
  return body;
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
