import { FUNCTIONS, type FunctionName } from '../core/shared/functions.ts';
import { QUEUES, type QueueName } from '../core/shared/queues.ts';
import type { Line } from './prices.ts';

export type Counts = Readonly<Record<string, number>>;

/** Milliseconds that a call is assumed to take in the middle: no figure of ours, but what decides for how long a function is paid. */
export const ASSUMED_MS = { start: 20, sql: 12, objects: 25, kms: 30, iot: 60, sqs: 16 } as const;
/** A message becomes a row, is sent, and its row goes when it was handled: that takes so many statements beside those counted. */
const STATEMENTS_PER_MESSAGE = 3;
/** What comes from workers and from the scheduler has no row. */
const WITHOUT_ROW: readonly string[] = ['iot', 'cronjobs'];
/** Bytes that each invocation leaves in its log. */
const LOGGED_BYTES = 2000;

const QUEUE_FUNCTIONS: Readonly<Record<QueueName, FunctionName>> = {
  async: 'drain-async', asyncFifo: 'drain-fifo', cronjobs: 'drain-cron', eventsInbox: 'drain-events', iot: 'drain-iot', policies: 'drain-policies', webhooks: 'drain-webhooks',
};

const sumOf = (counts: Counts, test: (name: string) => boolean) => Object.entries(counts).reduce((sum, [name, count]) => (test(name) ? sum + count : sum), 0);
const after = (name: string, prefix: string): string | undefined => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined);

/** What is called by one unit of work, as lines of a bill; `what` names the work. */
export function linesOfCalls(what: string, counts: Counts, times = 1): readonly Line[] {
  const requests = Object.entries(counts).flatMap(([name, count]) => (after(name, 'request ') === undefined ? [] : [{ fn: after(name, 'request ') as FunctionName, count }]));
  const messages = Object.entries(counts).flatMap(([name, count]) => (after(name, 'message ') === undefined ? [] : [{ queue: after(name, 'message ') as QueueName, count }]));
  const asked = requests.reduce((sum, { count }) => sum + count, 0);
  const taken = messages.reduce((sum, { count }) => sum + count, 0);
  // The embedded store serves signed addresses itself: on AWS these go to the store past every function.
  const byUrl = { put: counts['objects.put by url'] ?? 0, get: counts['objects.get by url'] ?? 0 };
  const writes = Math.max((counts['objects.put'] ?? 0) - byUrl.put, 0) + (counts['objects.list'] ?? 0);
  const reads = (counts['objects.get'] ?? 0) + Math.max((counts['objects.getStream'] ?? 0) - byUrl.get, 0) + (counts['objects.stat'] ?? 0) + (counts['objects.getRange'] ?? 0);
  const rows = messages.reduce((sum, { queue, count }) => (WITHOUT_ROW.includes(queue) ? sum : sum + count), 0);
  const statements = (counts.sql ?? 0) + 2 * (counts['sql.transaction'] ?? 0) + STATEMENTS_PER_MESSAGE * rows;
  const ciphers = sumOf(counts, (name) => name.startsWith('cipher.'));
  const signatures = counts['signer.sign'] ?? 0;
  const published = counts['broker.publish'] ?? 0;

  const busyMs =
    (asked + taken) * ASSUMED_MS.start + statements * ASSUMED_MS.sql + (writes + reads) * ASSUMED_MS.objects + (ciphers + signatures) * ASSUMED_MS.kms + published * ASSUMED_MS.iot + taken * ASSUMED_MS.sqs;
  const invocations = [...requests, ...messages.map(({ queue, count }) => ({ fn: QUEUE_FUNCTIONS[queue], count }))];
  const memory = invocations.reduce((sum, { fn, count }) => sum + count * FUNCTIONS[fn].memoryMib, 0) / Math.max(asked + taken, 1) / 1024;
  const reports = counts['message iot'] ?? 0;

  const queueRequests = (fifo: boolean) => messages.filter(({ queue }) => QUEUES[queue].fifo === fifo).reduce((sum, { count }) => sum + 3 * count, 0);
  const lines: readonly (readonly [Line['price'], number])[] = [
    ['apigateway.request', asked],
    ['waf.request', asked],
    ['lambda.request', asked + taken],
    ['lambda.gb-second', (memory * busyMs) / 1000],
    ['xray.trace', asked + taken],
    ['cloudwatch.logs', ((asked + taken) * LOGGED_BYTES) / 1e9],
    ['sqs.standard', queueRequests(false)],
    ['sqs.fifo', queueRequests(true)],
    ['data-api.request', statements],
    ['s3.write', writes + byUrl.put],
    ['s3.read', reads + byUrl.get],
    ['kms.request', ciphers],
    ['kms.sign', signatures],
    ['iot.message', published + reports],
    ['iot.action', 2 * reports],
  ];
  return lines.filter(([, quantity]) => quantity > 0).map(([price, quantity]) => ({ what, price, quantity: quantity * times }));
}
