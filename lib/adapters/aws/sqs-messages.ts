import { createHash } from 'node:crypto';
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import { QUEUES, type QueueName } from '../../core/shared/queues.ts';
import { CLAIM_CHECK_BYTES, claimKey, type WireMessage } from '../../core/shared/wire-message.ts';
import { traceAttributes, type MessageTrace } from './message-trace.ts';
import { calling } from './service-errors.ts';

const BATCH = 10;
const MAX_DELAY_SECONDS = 900;
/** What the service takes for a group's name. */
const GROUP = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

export interface OutgoingMessage {
  readonly id: string;
  readonly queue: QueueName;
  readonly type: string;
  readonly body: unknown;
  /** Of an ordered queue. */
  readonly groupKey?: string | null;
  readonly delaySeconds?: number;
  /** Of an ordered queue, where it is not the id: two with one value within five minutes are one. */
  readonly deduplicationId?: string;
  readonly hops?: number;
  /** What it continues. */
  readonly trace?: MessageTrace | undefined;
}

export interface SqsMessagesOptions {
  readonly client: () => SQSClient;
  readonly urls: Readonly<Partial<Record<QueueName, string>>>;
  readonly objects: Pick<ObjectStore, 'put'>;
}

export interface NotSent {
  readonly message: OutgoingMessage;
  readonly error: unknown;
}

export type SendMessages = (messages: readonly OutgoingMessage[]) => Promise<readonly NotSent[]>;

const groupName = (key: string): string => (GROUP.test(key) ? key : createHash('sha256').update(key).digest('hex'));

/** JSON without the two characters that the queue takes in no message. */
const asText = (value: unknown): string => JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

/** The text that travels; a large body is put into the object store first. */
export async function wireText(objects: Pick<ObjectStore, 'put'>, { id, type, body, hops = 0 }: OutgoingMessage): Promise<string> {
  const whole = asText({ id, type, hops, body } satisfies WireMessage);
  if (Buffer.byteLength(whole) <= CLAIM_CHECK_BYTES) return whole;
  const bytes = Buffer.from(JSON.stringify(body), 'utf8');
  const key = claimKey(id);
  await objects.put('large-queue-messages', key, bytes);
  const claim = { bucket: 'large-queue-messages', key, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length } as const;
  return JSON.stringify({ id, type, hops, claim } satisfies WireMessage);
}

/** The first message of each group, with what has no group; and what comes behind them. */
function firstOfGroups(messages: readonly OutgoingMessage[]): { readonly now: readonly OutgoingMessage[]; readonly later: readonly OutgoingMessage[] } {
  const groups = new Set<string>();
  const later = new Set<OutgoingMessage>();
  for (const message of messages) {
    if (typeof message.groupKey !== 'string') continue;
    if (groups.has(message.groupKey)) later.add(message);
    groups.add(message.groupKey);
  }
  return { now: messages.filter((message) => !later.has(message)), later: [...later] };
}

/** Sends messages in batches, each queue in the order given, and answers which of them could not be sent. */
export function sqsMessages(options: SqsMessagesOptions): SendMessages {
  const { client, urls, objects } = options;

  async function entryOf(message: OutgoingMessage): Promise<SendMessageBatchRequestEntry> {
    return {
      Id: message.id,
      MessageBody: await wireText(objects, message),
      ...(QUEUES[message.queue].fifo
        ? { MessageGroupId: groupName(message.groupKey ?? message.id), MessageDeduplicationId: message.deduplicationId ?? message.id }
        : message.delaySeconds === undefined || message.delaySeconds <= 0
          ? {}
          : { DelaySeconds: Math.min(MAX_DELAY_SECONDS, Math.ceil(message.delaySeconds)) }),
      ...traceAttributes(message.trace ?? {}),
    };
  }

  async function sendBatch(queue: QueueName, entries: readonly SendMessageBatchRequestEntry[]): Promise<ReadonlyMap<string, unknown>> {
    const url = urls[queue];
    try {
      if (url === undefined) throw new Error(`this function has no queue ${queue}`);
      const { Failed: failed = [] } = await calling('the message queue', () =>
        client().send(new SendMessageBatchCommand({ QueueUrl: url, Entries: [...entries] })),
      );
      return new Map(
        failed.map(({ Id: id, Code: code, Message: text }) => [
          id ?? '',
          new Error(`the queue refused a message: ${code ?? ''} ${text ?? ''}`.trim()),
        ]),
      );
    } catch (error) {
      return new Map(entries.map(({ Id: id }) => [id ?? '', error]));
    }
  }

  /**
   * Sends to one queue. Of a group only one message goes in a batch: of two, the service may refuse the first and take the second. Where one is
   * not sent, what follows in its group waits with it.
   */
  async function sendToQueue(queue: QueueName, messages: readonly OutgoingMessage[]): Promise<readonly NotSent[]> {
    const notSent: NotSent[] = [];
    const broken = new Map<string, unknown>();
    const refused = (message: OutgoingMessage, error: unknown) => {
      notSent.push({ message, error });
      if (typeof message.groupKey === 'string') broken.set(message.groupKey, error);
    };
    for (let left = messages; left.length > 0; ) {
      const { now, later } = firstOfGroups(left);
      left = later;
      let batch: SendMessageBatchRequestEntry[] = [];
      let bytes = 0;
      const byId = new Map(now.map((message) => [message.id, message]));
      const sendOff = async () => {
        if (batch.length === 0) return;
        for (const [id, error] of await sendBatch(queue, batch)) {
          const message = byId.get(id);
          if (message !== undefined) refused(message, error);
        }
        batch = [];
        bytes = 0;
      };
      for (const message of now) {
        if (typeof message.groupKey === 'string' && broken.has(message.groupKey)) {
          refused(message, broken.get(message.groupKey));
          continue;
        }
        const entry = await entryOf(message).catch((error: unknown) => refused(message, error));
        if (entry === undefined) continue;
        const size = Buffer.byteLength(entry.MessageBody ?? '');
        if (batch.length === BATCH || bytes + size > CLAIM_CHECK_BYTES) await sendOff();
        batch.push(entry);
        bytes += size;
      }
      await sendOff();
    }
    return notSent;
  }

  return async (messages) => {
    const queues = [...new Set(messages.map((message) => message.queue))];
    return (
      await Promise.all(
        queues.map((queue) =>
          sendToQueue(
            queue,
            messages.filter((message) => message.queue === queue),
          ),
        ),
      )
    ).flat();
  };
}
