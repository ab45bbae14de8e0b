import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Ports } from '../core/ports/ports.ts';
import { isAppError } from '../core/shared/errors.ts';
import { FUNCTIONS } from '../core/shared/functions.ts';
import type { Envelope } from '../core/shared/messages.ts';
import { QUEUES, type QueueName } from '../core/shared/queues.ts';
import { TRACE_ATTRIBUTE } from '../core/shared/wire-message.ts';
import { bury } from '../edge/drain/dead-letters.ts';
import { decode, senderOf, TICK_MESSAGE, type QueueRecord } from '../edge/drain/decode.ts';
import { dispatch } from '../edge/drain/handlers.ts';
import { takeTick, type Scheduler } from '../edge/drain/scheduler.ts';
import { causedBy, thaw } from './invocation.ts';
import { settleBatch, type BatchRecord } from './settle-batch.ts';
import type { AwsApp } from './aws.ts';

interface Received extends QueueRecord, BatchRecord {
  readonly receipt: string;
  readonly traceParent: string | undefined;
  readonly source: SQSRecord;
}

/** An ordered message of this age may have been overtaken: one before it may have been given back. */
const LATE_MS = 2 * 60_000;

const DEAD: readonly string[] = ['dlq', 'dlqFifo'];

/** Reports of workers seldom announce anything, and the scheduler reads its marker by itself. */
const mayAnnounce = (queue: QueueName): boolean => queue !== 'iot' && queue !== 'cronjobs';
/** For so long, and through so few messages, it is enough that the first of those who announced has told the scheduler to look. */
const VOUCHED = { ms: 30_000, hops: 2 } as const;

/** The queue whose messages this is about: of a dead letter the one that gave it up. */
function queueOf(app: AwsApp, record: SQSRecord): QueueName {
  const nameOf = (arnOrUrl: string | undefined) => arnOrUrl?.split(/[:/]/).at(-1);
  const source = nameOf((record.attributes as { readonly DeadLetterQueueSourceArn?: string }).DeadLetterQueueSourceArn) ?? nameOf(record.eventSourceARN);
  const known = (Object.keys(QUEUES) as QueueName[]).find((queue) => nameOf(app.config.queues[queue]) === source);
  if (known !== undefined) return known;
  const consumes: readonly string[] = FUNCTIONS[app.config.functionName].consumes;
  const only = (Object.keys(QUEUES) as QueueName[]).find((queue) => consumes.includes(queue));
  // What comes without its origin was put there by a rule: of the scheduler, or of the broker.
  return only ?? (record.messageAttributes.RULE_ARN === undefined ? 'iot' : 'cronjobs');
}

function toReceived(app: AwsApp, record: SQSRecord): Received {
  return {
    messageId: record.messageId,
    queue: queueOf(app, record),
    text: record.body,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    sentAt: new Date(Number(record.attributes.SentTimestamp)),
    receipt: record.receiptHandle,
    traceParent: record.messageAttributes[TRACE_ATTRIBUTE]?.stringValue,
    source: record,
  };
}

/** Handles one message: a tick by the scheduler, anything else by its type. */
export async function take(ports: Ports, scheduler: Scheduler, envelope: Envelope): Promise<void> {
  if (envelope.name === TICK_MESSAGE) return takeTick(ports, scheduler, (envelope.body as { readonly tick: string }).tick);
  await causedBy(envelope, () => dispatch(ports, envelope));
}

/** The function behind a queue, or behind the dead letters of all. */
export function queueFunction(app: AwsApp) {
  const { ports, config, consumer } = app;
  const buries = FUNCTIONS[config.functionName].consumes.some((queue) => DEAD.includes(queue));

  async function handle(record: Received, done: { readonly handled: string[]; readonly failed: string[] }): Promise<void> {
    const { admission } = app;
    const { traceParent } = record;
    // A tick, and a dead letter, look at nothing before.
    if (buries || record.queue === 'cronjobs' || !admission.expectsOn) {
      if ((await admission.isOff()) && (await hasGivenWay(record))) return;
      await admission.passed();
    }
    if (buries) return ports.telemetry.span('message dead', () => bury(ports, record), traceParent);
    const isOurs: string[] = [];
    try {
      const envelope = { ...(await decode(ports.objects, record)), deadline: app.invocations.deadline(), ...(traceParent === undefined ? {} : { traceParent }) };
      // What the outbox did not send has no row there.
      if (envelope.hops !== undefined) isOurs.push(envelope.id);
      if (isLate(record) && (await app.isBehind(envelope.id))) {
        ports.telemetry.log('warn', 'a message waits for one of its group that was given back', { messageId: envelope.id });
        return;
      }
      await take(ports, app.scheduler, envelope);
    } catch (error) {
      // What was only begun while the installation is stopped has not failed.
      await admission.passed();
      if (!isAppError(error, 'UNAVAILABLE')) done.failed.push(...isOurs);
      throw error;
    }
    await admission.passed();
    done.handled.push(...isOurs);
  }

  /** What is announced will be told to the scheduler: its marker is read meanwhile, unless whoever sent a message has just seen to it. */
  function tellOfMarker(records: readonly Received[]): void {
    const { marker } = app.scheduler;
    const mine = records.filter(({ queue }) => mayAnnounce(queue));
    for (const record of mine) {
      const hops = senderOf(record)?.hops ?? 0;
      if (hops > 0 && hops <= VOUCHED.hops) marker.vouched(new Date(record.sentAt.getTime() + VOUCHED.ms));
    }
    if (mine.length > 0) marker.readAhead();
  }

  /** A region that was superseded goes on stopping itself, until no tick is left that would ask. */
  async function hasGivenWay(record: Received): Promise<boolean> {
    return record.queue === 'cronjobs' && app.scheduler.gaveWay !== undefined && app.scheduler.gaveWay();
  }

  const isLate = (record: Received): boolean => QUEUES[record.queue].fifo && ports.clock.now().getTime() - record.sentAt.getTime() > LATE_MS;

  function sendAgain(record: Received): Promise<void> {
    // A dead letter stays where it is until it can be kept.
    if (buries) return Promise.reject(new Error('a dead letter has no queue to go back to'));
    // The next tick comes by itself. An ordered message has its row, which the sweep sends again: a copy would come behind the rest of its group.
    return record.queue === 'cronjobs' || QUEUES[record.queue].fifo ? Promise.resolve() : consumer.sendAgain(record.source);
  }

  return middy<SQSEvent, SQSBatchResponse>().handler(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    app.invocations.begin(context);
    await thaw();
    const done = { handled: [] as string[], failed: [] as string[] };
    const records = event.Records.map((record) => toReceived(app, record));
    app.admission.begin();
    tellOfMarker(records);
    const answer = await settleBatch(records, {
      fifo: (event.Records[0]?.eventSourceARN ?? '').endsWith('.fifo'),
      handle: (record) => handle(record, done),
      giveUp: (record, error) => bury(ports, record, error),
      delay: (record, seconds) => consumer.delay(record.source, seconds),
      sendAgain,
      telemetry: ports.telemetry,
    });
    await app.finish(done);
    return answer;
  });
}
