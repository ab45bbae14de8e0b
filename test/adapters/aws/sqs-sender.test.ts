import { after, before, describe, it } from 'node:test';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'expect';
import * as z from 'zod/mini';
import { s3Objects } from '../../../lib/adapters/aws/s3-objects.ts';
import type { MessageTrace } from '../../../lib/adapters/aws/message-trace.ts';
import { sqsMessages } from '../../../lib/adapters/aws/sqs-messages.ts';
import { sqsSender } from '../../../lib/adapters/aws/sqs-sender.ts';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { kyselyDatabase } from '../../../lib/adapters/sql/kysely-database.ts';
import { outbox } from '../../../lib/adapters/sql/outbox.ts';
import { defineMessage, PermanentFailure } from '../../../lib/core/shared/messages.ts';
import type { QueueName } from '../../../lib/core/shared/queues.ts';
import { CLAIM_CHECK_BYTES, MAX_RECEIVES } from '../../../lib/core/shared/wire-message.ts';
import { queueContract, type QueueUnderTest, type ReceivedMessage } from '../../contracts/queue.ts';
import { createBuckets, refusing, testAws, type TestAws } from '../../support/aws.ts';
import { errorAnswer, type Intercept } from '../../support/aws-proxy.ts';
import { createQueues, delayAgain, deleteFrom, receiveFrom, type AwsQueues, type SqsRecord } from '../../support/aws-queues.ts';
import { ENGINES, openTestDatabase, type Engine } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { needsMoto } from '../../support/requirements.ts';

/** On AWS the rows are behind the Data API. */
const ENGINE: Engine = ENGINES.includes('pg') ? 'data-api' : 'pglite';

const body = z.object({ n: z.number(), text: z.optional(z.string()) });
const plain = defineMessage<z.infer<typeof body>>({ name: 'plain', queue: 'async', schema: body });
const other = defineMessage<z.infer<typeof body>>({ name: 'other', queue: 'async', schema: body });
const ordered = defineMessage<z.infer<typeof body>>({ name: 'ordered', queue: 'asyncFifo', schema: body, orderedBy: ({ text }) => text ?? 'one' });

interface Opened {
  readonly aws: TestAws;
  readonly queues: AwsQueues;
  readonly clock: FakeClock;
}

async function open(
  { aws, queues, clock }: Opened,
  options: { readonly hops?: () => number; readonly typeInHand?: () => string; readonly trace?: () => MessageTrace } = {},
) {
  const database = await openTestDatabase(ENGINE);
  const statements: string[] = [];
  const logged: string[] = [];
  const telemetry = { log: (_level: string, message: string) => void logged.push(message), count: () => {} };
  const { kysely } = database;
  const counted = kysely.withPlugin({
    transformQuery: ({ node }) => {
      statements.push(node.kind);
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  const db = kyselyDatabase(counted, telemetry);
  const ids = randomIds(clock);
  const send = sqsMessages({
    client: () => aws.clients.sqs,
    urls: queues.urls,
    objects: { put: () => Promise.reject(new Error('no row is that large')) },
  });
  const sender = sqsSender({ sql: db.sql, clock, send, telemetry, ...options });
  const queue = outbox({ clock, ids }, () => sender.flush());
  const records = (name: QueueName, limit = 10) => receiveFrom(aws.clients.sqs, name, queues.urls[name], limit);
  const rows = () => kysely.selectFrom('messages').select(['id', 'sent_at', 'visible_at', 'receive_count']).orderBy('seq').execute();
  return { database, db, ids, queue, sender, send, records, rows, statements, logged, urlOf: (record: SqsRecord) => queues.urls[record.queue] };
}

describe('the outbox and SQS', { ...needsMoto, timeout: 240_000 }, () => {
  let refuse: Intercept = (call, next) => next(call);
  let aws: TestAws;
  let aheadMs = 0;
  let number = 0;

  before(async () => {
    aws = await testAws({ intercept: (call, next) => refuse(call, next) });
  });
  after(() => aws.close());

  /** Queues of its own, and a clock that moves theirs as well. */
  async function fresh(maxReceiveCount?: number): Promise<Opened> {
    const queues = await createQueues(aws.clients.sqs, `${aws.prefix}-${number++}`, maxReceiveCount);
    const clock = fakeClock();
    const advance = (ms: number) => {
      clock.advance(ms);
      aheadMs += ms;
      aws.moto.setQueueClock(aheadMs);
    };
    return { aws, queues, clock: { ...clock, advance } };
  }

  const withSender = async (work: (under: Awaited<ReturnType<typeof open>> & Opened) => Promise<void>, options?: Parameters<typeof open>[1]) => {
    const opened = await fresh();
    const under = await open(opened, options);
    try {
      await work({ ...under, ...opened });
    } finally {
      refuse = (call, next) => next(call);
      await under.database.close();
    }
  };

  queueContract(
    async (): Promise<QueueUnderTest> => {
      const opened = await fresh();
      const under = await open(opened);
      const { sqs } = aws.clients;
      const inHand = new Map<ReceivedMessage, SqsRecord>();
      const errors = new Map<string, string>();
      const given: { readonly type: string; readonly error: string }[] = [];
      const take = async (name: QueueName, limit: number) =>
        (await under.records(name, limit)).map((record) => {
          const message = {
            id: record.wire.id,
            name: record.wire.type,
            body: 'body' in record.wire ? record.wire.body : undefined,
            receiveCount: record.receiveCount,
          };
          inHand.set(message, record);
          return message;
        });
      return {
        db: under.db,
        queue: under.queue,
        clock: opened.clock,
        visibilityMs: 300_000,
        maxReceives: MAX_RECEIVES,
        async receive(limit) {
          under.sender.flush();
          await under.sender.flushed();
          const found = await take('async', limit);
          // One at a time, as the function of the ordered queue is started.
          for (
            let one = await take('asyncFifo', 1);
            one.length > 0 && found.length < limit;
            one = found.length + 1 < limit ? await take('asyncFifo', 1) : []
          )
            found.push(...one);
          return found;
        },
        async acknowledge(message) {
          const record = inHand.get(message);
          if (record === undefined) throw new Error('not received');
          await deleteFrom(sqs, under.urlOf(record), record);
          await under.sender.finish({ handled: [message.id] });
        },
        async refuse(message, error) {
          const record = inHand.get(message);
          if (record === undefined) throw new Error('not received');
          errors.set(message.id, (error as Error).message);
          if (error instanceof PermanentFailure) {
            given.push({ type: message.name, error: error.message });
            await deleteFrom(sqs, under.urlOf(record), record);
            await under.sender.finish({ handled: [message.id] });
            return 'dead';
          }
          await delayAgain(sqs, under.urlOf(record), record, 5);
          await under.sender.finish({ failed: [message.id] });
          return message.receiveCount < MAX_RECEIVES ? 'retried' : 'dead';
        },
        async deadLetters() {
          const dead = [
            ...(await receiveFrom(sqs, 'async', opened.queues.deadLetterUrls.standard, 10)),
            ...(await receiveFrom(sqs, 'asyncFifo', opened.queues.deadLetterUrls.fifo, 10)),
          ];
          return [...given, ...dead.map(({ wire }) => ({ type: wire.type, error: errors.get(wire.id) ?? '' }))];
        },
        close: () => under.database.close(),
      };
    },
    { replacedReceipts: 'may count' },
  );

  it('sends what is committed after a flush, with its type, its hops and its trace', () =>
    withSender(
      async ({ db, queue, sender, records }) => {
        await queue.enqueue(db.sql, plain, { n: 1 });
        expect(await records('async')).toEqual([]);
        queue.flush();
        await sender.flushed();
        const [record] = await records('async');
        expect(record?.wire).toMatchObject({ type: 'plain', hops: 3, body: { n: 1 } });
        expect(record?.trace).toBe('Root=1-5f84c7a3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1');
        expect(record?.traceParent).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
      },
      {
        hops: () => 3,
        trace: () => ({
          header: 'Root=1-5f84c7a3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1',
          parent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        }),
      },
    ));

  it('begins a trace with the next part of the work in hand, and goes on with that of the call for all else', () =>
    withSender(
      async ({ db, queue, sender, records, clock }) => {
        await queue.enqueue(db.sql, plain, { n: 1 });
        await queue.enqueue(db.sql, other, { n: 2 });
        queue.flush();
        await sender.flushed();

        const traces = Object.fromEntries((await records('async')).map(({ wire, trace, traceParent }) => [wire.type, { trace, traceParent }]));
        const seconds = Math.floor(clock.now().getTime() / 1000).toString(16);
        expect(traces.plain).toEqual({ trace: expect.stringMatching(`^Root=1-${seconds}-[0-9a-f]{24}$`), traceParent: undefined });
        expect(traces.other).toEqual({ trace: 'call', traceParent: 'parent' });
      },
      { typeInHand: () => 'plain', trace: () => ({ header: 'call', parent: 'parent' }) },
    ));

  it('goes on with the trace of the call for the next step of what keeps an order', () =>
    withSender(
      async ({ db, queue, sender, records }) => {
        await queue.enqueue(db.sql, ordered, { n: 1 });
        queue.flush();
        await sender.flushed();

        expect((await records('asyncFifo')).map(({ trace }) => trace)).toEqual(['call']);
      },
      { typeInHand: () => 'ordered', trace: () => ({ header: 'call' }) },
    ));

  it('passes on the trace in which something was announced, and with several at once that of the call', () => {
    let current = 'call';
    return withSender(
      async ({ db, queue, sender, records }) => {
        const announceIn = async (...traces: readonly string[]) => {
          for (const n of traces.keys()) await queue.enqueue(db.sql, plain, { n });
          for (const trace of traces) {
            current = trace;
            queue.flush();
          }
          current = 'call';
          await sender.flushed();
        };
        await announceIn('first');
        expect((await records('async')).map(({ trace }) => trace)).toEqual(['first']);

        await announceIn('one', 'two');
        expect((await records('async')).map(({ trace }) => trace)).toEqual(['call', 'call']);
      },
      { trace: () => ({ header: current }) },
    );
  });

  it('sends in batches of ten, each group of an ordered queue in its order and one of a group at a time', () =>
    withSender(async ({ db, queue, sender, records, aws: { clients }, urlOf }) => {
      const batches: number[] = [];
      refuse = (call, next) => {
        if (call.operation === 'SendMessageBatch') batches.push((JSON.parse(call.body.toString()) as { Entries: unknown[] }).Entries.length);
        return next(call);
      };
      for (let n = 0; n < 12; n++) for (const text of ['a', 'b']) await queue.enqueue(db.sql, ordered, { n, text });
      queue.flush();
      await sender.flushed();
      for (let n = 0; n < 12; n++) await queue.enqueue(db.sql, plain, { n });
      queue.flush();
      await sender.flushed();
      expect(batches).toEqual([...Array.from({ length: 12 }, () => 2), 10, 2]);
      const seen: Record<string, number[]> = { a: [], b: [] };
      for (let left = 24; left > 0; left--) {
        const [record] = await records('asyncFifo', 1);
        if (record === undefined || !('body' in record.wire)) throw new Error('a message is missing');
        const { n, text = '' } = body.parse(record.wire.body);
        expect(record.group).toBe(text);
        seen[text]?.push(n);
        await deleteFrom(clients.sqs, urlOf(record), record);
      }
      const order = Array.from({ length: 12 }, (_, n) => n);
      expect(seen).toEqual({ a: order, b: order });
    }));

  it('sends at once what is announced, also in the middle of a batch, and takes one statement for that and one to end the batch', () =>
    withSender(async ({ db, queue, sender, records, rows, statements }) => {
      await queue.enqueue(db.sql, plain, { n: 1 });
      await sender.finish({ handled: ['nothing of ours'] });
      const [first] = await records('async');
      await queue.enqueue(db.sql, plain, { n: 2 });
      statements.length = 0;
      queue.flush();
      await eventually('the message, before the end of the batch', async () => (await records('async')).some(({ wire }) => 'body' in wire && (wire.body as { n: number }).n === 2));
      expect(await rows()).toHaveLength(2);
      await sender.finish({ handled: [first?.wire.id ?? ''] });
      expect(statements).toHaveLength(2);
      expect(await rows()).toHaveLength(1);
      statements.length = 0;
      await sender.finish({});
      await sender.flushed();
      expect(statements).toEqual([]);
    }));

  it('sends everything of a long outbox, bodies of 48 KiB too, which no one answer could hold', () =>
    withSender(async ({ db, queue, sender, rows }) => {
      for (let n = 0; n < 30; n++) await queue.enqueue(db.sql, plain, { n, text: 'x'.repeat(48 * 1024) });
      for (let n = 0; n < 110; n++) await queue.enqueue(db.sql, plain, { n });
      queue.flush();
      await sender.flushed();
      expect((await rows()).filter((row) => row.sent_at === null)).toEqual([]);
    }));

  it('leaves a row whose sending failed as it was, and the sweep sends it', () =>
    withSender(async ({ db, queue, sender, rows, records, logged, clock }) => {
      const throttled = refusing(
        (call) => call.operation === 'SendMessageBatch',
        (call) => errorAnswer(call, 400, 'ThrottlingException', 'Rate exceeded'),
      );
      await queue.enqueue(db.sql, plain, { n: 1 }, { delaySeconds: 60 });
      const asBefore = await rows();
      refuse = throttled;
      queue.flush();
      await sender.flushed();
      expect(throttled.refused()).toBe(3);
      expect(await rows()).toEqual(asBefore);
      expect(logged).toEqual(['messages could not be sent, the sweep will']);

      refuse = (call, next) => next(call);
      expect(await sender.resend()).toBe(1);
      expect(await records('async')).toEqual([]);
      clock.advance(60_000);
      expect(await records('async')).toHaveLength(1);
    }));

  it('sends every character that a body may hold', () =>
    withSender(async ({ db, queue, sender, records, aws: { clients }, urlOf }) => {
      const texts = ['\u0007', '\ufffe', '\uffff', '😀', '\\ufffe'];
      for (const [n, text] of texts.entries()) await queue.enqueue(db.sql, plain, { n, text });
      let sent = '';
      refuse = (call, next) => {
        if (call.operation === 'SendMessageBatch') sent += call.body.toString();
        return next(call);
      };
      queue.flush();
      await sender.flushed();
      const found = await records('async');
      expect(found.map(({ wire }) => ('body' in wire ? body.parse(wire.body).text : undefined))).toEqual(texts);
      expect(sent).not.toMatch(/[\ufffe\uffff]/);
      for (const record of found) await deleteFrom(clients.sqs, urlOf(record), record);
    }));

  it('sends the rest of a batch of which one entry is refused, and keeps that one', () =>
    withSender(async ({ db, queue, sender, rows, records }) => {
      refuse = async (call, next) => {
        if (call.operation !== 'SendMessageBatch') return next(call);
        const input = JSON.parse(call.body.toString()) as { Entries: { Id: string }[] };
        const [first, ...rest] = input.Entries;
        const answer = await next({ ...call, body: Buffer.from(JSON.stringify({ ...input, Entries: rest })) });
        const output = JSON.parse(answer.body.toString()) as object;
        return {
          ...answer,
          body: Buffer.from(
            JSON.stringify({ ...output, Failed: [{ Id: first?.Id, Code: 'InternalError', SenderFault: false, Message: 'not now' }] }),
          ),
        };
      };
      for (const n of [1, 2, 3]) await queue.enqueue(db.sql, plain, { n });
      queue.flush();
      await sender.flushed();
      expect((await rows()).map((row) => row.sent_at === null)).toEqual([true, false, false]);
      expect((await records('async')).map(({ wire }) => ('body' in wire ? wire.body : undefined))).toEqual([{ n: 2 }, { n: 3 }]);
    }));

  it('sends nothing of a group behind the message that was refused, and all of it in its order by the sweep', () =>
    withSender(async ({ db, queue, sender, rows, records, aws: { clients }, urlOf }) => {
      let once = true;
      refuse = async (call, next) => {
        if (call.operation !== 'SendMessageBatch' || !once) return next(call);
        once = false;
        const input = JSON.parse(call.body.toString()) as { Entries: { Id: string; MessageGroupId: string }[] };
        const [first] = input.Entries;
        const answer = await next({ ...call, body: Buffer.from(JSON.stringify({ ...input, Entries: input.Entries.slice(1) })) });
        const failed = [{ Id: first?.Id, Code: 'InternalError', SenderFault: false, Message: 'not now' }];
        return { ...answer, body: Buffer.from(JSON.stringify({ ...(JSON.parse(answer.body.toString()) as object), Failed: failed })) };
      };
      for (const n of [1, 2, 3]) for (const text of ['a', 'b']) await queue.enqueue(db.sql, ordered, { n, text });
      queue.flush();
      await sender.flushed();
      expect((await rows()).map((row) => row.sent_at === null)).toEqual([true, false, true, false, true, false]);

      expect(await sender.resend()).toBe(3);
      const seen: Record<string, number[]> = { a: [], b: [] };
      for (let left = 6; left > 0; left--) {
        const [record] = await records('asyncFifo', 1);
        if (record === undefined || !('body' in record.wire)) throw new Error('a message is missing');
        const { n, text = '' } = body.parse(record.wire.body);
        seen[text]?.push(n);
        await deleteFrom(clients.sqs, urlOf(record), record);
      }
      expect(seen).toEqual({ a: [1, 2, 3], b: [1, 2, 3] });
    }));

  it('counts the hops of what is sent again from where they were', () => {
    let hops = 7;
    return withSender(
      async ({ db, queue, sender, records, clock, aws: { clients }, urlOf }) => {
        await queue.enqueue(db.sql, plain, { n: 1 });
        queue.flush();
        await sender.flushed();
        const [first] = await records('async');
        if (first === undefined) throw new Error('it was not sent');
        await deleteFrom(clients.sqs, urlOf(first), first);

        hops = 0;
        clock.advance(3 * 60_000);
        expect(await sender.resend()).toBe(1);
        expect((await records('async')).map(({ wire }) => wire.hops)).toEqual([7]);
      },
      { hops: () => hops },
    );
  });

  it('knows which message of a group is behind another that nobody has handled', () =>
    withSender(async ({ db, queue, sender, rows, clock }) => {
      for (const text of ['a', 'a', 'b']) await queue.enqueue(db.sql, ordered, { n: 1, text });
      queue.flush();
      await sender.flushed();
      const [first = '', second = '', other = ''] = (await rows()).map(({ id }) => id);

      expect(await Promise.all([first, second, other, 'NONE'].map((id) => sender.isBehind(id)))).toEqual([false, true, false, false]);
      expect((await rows())[1]?.visible_at).toEqual(clock.now());
      await sender.finish({ handled: [first] });
      expect(await sender.isBehind(second)).toBe(false);
    }));

  it('sends again what was sent and neither handled nor failed: soon once, then much later each time', () =>
    withSender(async ({ db, queue, sender, records, clock }) => {
      await queue.enqueue(db.sql, plain, { n: 1 });
      queue.flush();
      await sender.flushed();
      expect(await records('async')).toHaveLength(1);
      for (const minutes of [2, 16, 128, 128]) {
        clock.advance(minutes * 60_000 - 1000);
        expect(await sender.resend()).toBe(0);
        clock.advance(1000);
        expect(await sender.resend()).toBe(1);
      }
    }));

  it('does not send again what the queue itself delivers again', () =>
    withSender(async ({ db, queue, sender, records, clock }) => {
      await queue.enqueue(db.sql, plain, { n: 1 });
      queue.flush();
      await sender.flushed();
      const [record] = await records('async');
      clock.advance(5 * 60_000);
      await sender.finish({ failed: [record?.wire.id ?? ''] });
      clock.advance(29 * 60_000);
      expect(await sender.resend()).toBe(0);
    }));

  it('never lets two senders send one row', () =>
    withSender(async (under) => {
      const others = [1, 2, 3].map(() =>
        sqsSender({ sql: under.db.sql, clock: under.clock, send: under.send, telemetry: { log: () => {}, count: () => {} } }),
      );
      for (let n = 0; n < 40; n++) await under.queue.enqueue(under.db.sql, plain, { n });
      for (const sender of others) sender.flush();
      await Promise.all(others.map((sender) => sender.flushed()));
      const seen: unknown[] = [];
      for (let found = await under.records('async'); found.length > 0; found = await under.records('async'))
        seen.push(...found.map(({ wire }) => wire.id));
      expect(new Set(seen).size).toBe(40);
      expect(seen).toHaveLength(40);
    }));

  it('flushes without a word of failure while the database is paused', async () => {
    const logged: string[] = [];
    const opened = await fresh();
    const under = await open(opened);
    await under.database.close();
    const sender = sqsSender({
      sql: under.db.sql,
      clock: opened.clock,
      send: under.send,
      telemetry: { log: (_level, message) => void logged.push(message), count: () => {} },
    });
    sender.flush();
    await sender.flushed();
    expect(logged).toEqual(['the outbox could not be read, the sweep will send what is in it']);
  });

  it('puts a body over 240 KiB into the object store, and its place, size and hash on the queue', async () => {
    const { queues } = await fresh();
    const buckets = await createBuckets(aws);
    const objects = s3Objects({
      client: () => aws.clients.s3,
      presigner: () => {
        throw new Error('not asked for');
      },
      buckets,
    });
    const send = sqsMessages({ client: () => aws.clients.sqs, urls: queues.urls, objects });
    const large = { delivery: 'ä'.repeat(3 * 1024 * 1024) };
    const id = randomIds(fakeClock()).ulid();
    expect(await send([{ id, queue: 'webhooks', type: 'delivery', body: large }])).toEqual([]);

    const { Messages: messages = [] } = await aws.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: queues.urls.webhooks }));
    const wire = JSON.parse(messages[0]?.Body ?? '') as { claim: { key: string; bytes: number } };
    expect(wire).toMatchObject({
      id,
      type: 'delivery',
      hops: 0,
      claim: { bucket: 'large-queue-messages', key: expect.stringMatching(new RegExp(`^[0-9a-f]{2}/${id}$`)) },
    });
    expect(Buffer.byteLength(messages[0]?.Body ?? '')).toBeLessThan(CLAIM_CHECK_BYTES);
    expect(JSON.parse((await objects.get('large-queue-messages', wire.claim.key))?.toString() ?? '')).toEqual(large);
  });

  it('sends the others when the object store takes no body, and says which was not sent', async () => {
    const { queues } = await fresh();
    const send = sqsMessages({ client: () => aws.clients.sqs, urls: queues.urls, objects: { put: () => Promise.reject(new Error('full')) } });
    const notSent = await send([
      { id: 'large', queue: 'async', type: 't', body: 'x'.repeat(CLAIM_CHECK_BYTES) },
      { id: 'small', queue: 'async', type: 't', body: 'x' },
    ]);
    expect(notSent.map(({ message }) => message.id)).toEqual(['large']);
    expect((await receiveFrom(aws.clients.sqs, 'async', queues.urls.async, 10)).map(({ wire }) => wire.id)).toEqual(['small']);
  });
});
