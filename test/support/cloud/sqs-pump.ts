import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import { MOTO_REGION } from '../moto.ts';
import type { Outcome } from './function-process.ts';
import type { MappingPart } from './parts.ts';

/** How often an idle queue is looked at when nobody says that something was sent: for what was delayed or comes back. */
const LOOK_MS = 1000;
const MOST_AT_ONCE = 10;

export interface SqsPump {
  /** Something was sent to a queue: it is looked at now. */
  nudge(queueName: string): void;
  /** Waits until no queue that starts a function has anything to give out and nothing is being handled. */
  quiet(withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface PumpOptions {
  readonly sqs: SQSClient;
  readonly invoke: (functionName: string, event: SQSEvent, trace: string | undefined) => Promise<Outcome>;
  /** How many batches of one queue are handled at once, where the mapping allows it. */
  readonly most: number;
}

/** A message as a function gets it. */
export function toRecord(message: Message, queueArn: string): SQSRecord {
  const { DeadLetterQueueSourceArn: source, ...own } = message.MessageAttributes ?? {};
  const attributes = Object.entries(own).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    {
      dataType: DataType ?? 'String',
      ...(StringValue === undefined ? {} : { stringValue: StringValue }),
      ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
      stringListValues: [],
      binaryListValues: [],
    },
  ]);
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ...message.Attributes,
      ...(source === undefined ? {} : { DeadLetterQueueSourceArn: source.StringValue }),
    } as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(attributes) as SQSRecord['messageAttributes'],
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: MOTO_REGION,
  };
}

/** The ids of a batch that must come again: all of them when the function failed or answered what makes no sense. */
export function failedIds(records: readonly SQSRecord[], outcome: Outcome, reportsFailures: boolean): ReadonlySet<string> {
  const all = new Set(records.map(({ messageId }) => messageId));
  if (!('answer' in outcome)) return all;
  if (!reportsFailures) return new Set();
  const answer = JSON.parse(outcome.answer) as Partial<SQSBatchResponse> | null;
  const failures = answer?.batchItemFailures ?? [];
  const ids = failures.map(({ itemIdentifier }) => itemIdentifier);
  return ids.every((id) => all.has(id)) ? new Set(ids) : all;
}

/** Takes messages from queues to the functions that mappings name, as the service's pollers do. */
export function sqsPump(mappings: readonly MappingPart[], options: PumpOptions): SqsPump {
  const lanes = mappings.map((mapping) => new Lane(mapping, options));
  return {
    nudge(queueName) {
      for (const lane of lanes) if (lane.queueName === queueName) lane.nudge();
    },
    async quiet(withinMs = 60_000) {
      const deadline = performance.now() + withinMs;
      const handled = () => lanes.reduce((sum, lane) => sum + lane.handled, 0);
      // Handling one message may send another, to a queue that was empty before.
      for (let before = -1; before !== handled();) {
        before = handled();
        for (const lane of lanes) lane.nudge();
        while ((await Promise.all(lanes.map((lane) => lane.isBusy()))).some((busy) => busy)) {
          if (performance.now() > deadline)
            throw new Error(
              `these queues do not come to rest: ${lanes
                .filter((lane) => lane.inHand > 0)
                .map((lane) => lane.queueName)
                .join(', ')}`,
            );
          await delay(30);
        }
      }
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

class Lane {
  readonly queueName: string;
  readonly #mapping: MappingPart;
  readonly #options: PumpOptions;
  readonly #under = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  readonly #ends = new AbortController();
  #url: string | undefined;
  #handled = 0;
  #nudged = true;
  #looking = false;
  #foundNothing = false;
  #wake: (() => void) | undefined;

  constructor(mapping: MappingPart, options: PumpOptions) {
    this.#mapping = mapping;
    this.#options = options;
    this.queueName = mapping.queueArn.split(':').at(-1) ?? '';
    this.#loop = this.#run();
  }

  /** Batches so far. */
  get handled(): number {
    return this.#handled;
  }

  get inHand(): number {
    return this.#under.size;
  }

  nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  async isBusy(): Promise<boolean> {
    if (this.#under.size > 0 || this.#looking || this.#nudged) return true;
    // What waits behind a failed message of its group is counted, but not given out.
    if (this.queueName.endsWith('.fifo') && this.#foundNothing) return false;
    const { Attributes: attributes = {} } = await this.#options.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: await this.#address(), AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Number(attributes.ApproximateNumberOfMessages) > 0;
  }

  async close(): Promise<void> {
    this.#ends.abort();
    this.#wake?.();
    await this.#loop;
    await Promise.allSettled(this.#under);
  }

  async #address(): Promise<string> {
    this.#url ??= (await this.#options.sqs.send(new GetQueueUrlCommand({ QueueName: this.queueName }))).QueueUrl ?? '';
    return this.#url;
  }

  get #limit(): number {
    return Math.min(this.#mapping.concurrency, this.#options.most);
  }

  async #run(): Promise<void> {
    while (!this.#ends.signal.aborted) {
      this.#nudged = false;
      this.#looking = true;
      const found = this.#under.size < this.#limit ? await this.#gather().catch(() => []) : [];
      if (found.length > 0) this.#start(found);
      this.#foundNothing = found.length === 0;
      this.#looking = false;
      if ((found.length > 0 && this.#under.size < this.#limit) || this.#nudged) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }

  /** A batch; with a window, what comes within it joins. */
  async #gather(): Promise<readonly SQSRecord[]> {
    const { batchSize, windowSeconds, queueArn } = this.#mapping;
    const records: SQSRecord[] = [];
    const until = performance.now() + windowSeconds * 1000;
    for (;;) {
      const { Messages: messages = [] } = await this.#options.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: await this.#address(),
          MaxNumberOfMessages: Math.min(MOST_AT_ONCE, batchSize - records.length),
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
          WaitTimeSeconds: 0,
        }),
        { abortSignal: this.#ends.signal },
      );
      records.push(...messages.map((message) => toRecord(message, queueArn)));
      const waits = records.length > 0 && performance.now() < until && !this.#ends.signal.aborted;
      if (records.length >= batchSize || (messages.length === 0 && !waits)) return records;
      if (messages.length === 0) await delay(100);
    }
  }

  #start(records: readonly SQSRecord[]): void {
    const work = this.#handle(records)
      .catch(() => undefined)
      .finally(() => {
        this.#under.delete(work);
        this.#handled += 1;
        this.nudge();
      });
    this.#under.add(work);
  }

  async #handle(records: readonly SQSRecord[]): Promise<void> {
    const trace = records.length === 1 ? records[0]?.attributes.AWSTraceHeader : undefined;
    const outcome = await this.#options.invoke(this.#mapping.functionName, { Records: [...records] }, trace);
    const failed = failedIds(records, outcome, this.#mapping.reportsFailures);
    const done = records.filter(({ messageId }) => !failed.has(messageId));
    const url = await this.#address();
    for (let from = 0; from < done.length; from += MOST_AT_ONCE)
      await this.#options.sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: url,
          Entries: done.slice(from, from + MOST_AT_ONCE).map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
        }),
      );
  }
}
