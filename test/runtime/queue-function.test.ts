import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse } from 'aws-lambda';
import { expect } from 'expect';
import { ensureAccount } from '../../lib/core/accounts/actions/ensure-account.ts';
import { json } from '../../lib/core/ports/json.ts';
import { listDeadLetters } from '../../lib/core/operations/dead-letter-store.ts';
import { runAdvanced } from '../../lib/core/runs/run-messages.ts';
import { findRun, historyOf } from '../../lib/core/runs/run-store.ts';
import { QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import type { FunctionName } from '../../lib/core/shared/functions.ts';
import { QUEUES } from '../../lib/core/shared/queues.ts';
import { MAX_RECEIVES, tickInput, type WireMessage } from '../../lib/core/shared/wire-message.ts';
import { poolChanged } from '../../lib/core/workers/worker-messages.ts';
import type { AwsApp } from '../../lib/runtime/aws.ts';
import { queueFunction } from '../../lib/runtime/queue-function.ts';
import { resuming } from '../support/data-api.ts';
import { invoke, sqsRecord, testFunctions, type TestFunctions } from '../support/functions.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';
import { aPool, insertTestRun } from '../support/run-builders.ts';
import { aStack } from '../support/stack-builders.ts';

describe('the functions behind the queues', { ...needsMoto, ...needsPostgres, timeout: 280_000 }, () => {
  let functions: TestFunctions;
  let fifo: AwsApp;
  let async: AwsApp;
  let dead: AwsApp;

  before(async () => {
    functions = await testFunctions();
    [fifo, async, dead] = [functions.compose('drain-fifo'), functions.compose('drain-async'), functions.compose('drain-dlq')];
    await ensureAccount(fifo.ports, { name: 'acme' });
  });
  beforeEach(() => {
    functions.logged.length = 0;
    functions.counted.length = 0;
  });
  after(() => functions?.close());

  const urlOf = (queue: keyof typeof QUEUE_VARIABLES, name: FunctionName = 'drain-dlq') => functions.environment(name)[QUEUE_VARIABLES[queue]] ?? '';
  const send = (queue: keyof typeof QUEUE_VARIABLES, text: string, group?: string) =>
    functions.aws.clients.sqs.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody: text, ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: createHash('sha256').update(`${text}${Math.random()}`).digest('hex') }) }));
  const wire = (message: WireMessage) => JSON.stringify(message);
  const bucket = () => functions.environment('drain-dlq').OBJECT_STORAGE_BUCKET_LARGE_QUEUE_MESSAGES;
  const kept = async (queue: string) => ((await functions.aws.clients.s3.send(new ListObjectsV2Command({ Bucket: bucket(), Prefix: `dead/${queue}/` }))).Contents ?? []).map(({ Key }) => Key ?? '');
  const read = async (key: string) => JSON.parse((await (await functions.aws.clients.s3.send(new GetObjectCommand({ Bucket: bucket(), Key: key }))).Body?.transformToString()) ?? '') as Record<string, unknown>;
  const rows = async () => (await fifo.ports.db.sql.selectFrom('messages').select(['id', 'sent_at']).execute()).length;
  const direct = (app: AwsApp, queue: keyof typeof QUEUE_VARIABLES, text: string, attributes: Record<string, string> = {}) =>
    invoke<SQSBatchResponse>(queueFunction(app), { Records: [sqsRecord(urlOf(queue), { Body: text, Attributes: attributes })] }, app, functions.clock);

  it('handle what was announced, and forget it', async () => {
    await fifo.ports.queue.enqueue(fifo.ports.db.sql, poolChanged, { poolId: 'A' });
    fifo.ports.queue.flush();
    await fifo.finish();
    expect(await rows()).toBe(1);

    expect(await functions.pump(fifo)).toBe(1);

    expect(await rows()).toBe(0);
    expect(functions.logged.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('give up what has an unknown shape at once, keep it, and let everything else pass', async () => {
    for (const queue of Object.keys(QUEUES) as (keyof typeof QUEUES)[]) {
      const name = ({ asyncFifo: 'drain-fifo', eventsInbox: 'drain-events', cronjobs: 'drain-cron' } as Partial<Record<string, FunctionName>>)[queue] ?? (`drain-${queue}` as FunctionName);
      const app = functions.compose(name);
      const group = QUEUES[queue].fifo;
      const good = queue === 'cronjobs' ? '{"tick":"sessions"}' : wire({ id: `G-${queue}`, type: 'pool.changed', hops: 0, body: { poolId: 'P' } });
      await send(queue, '{"what":"is this"}', group ? 'one' : undefined);
      await send(queue, good, group ? 'other' : undefined);

      expect(await functions.pump(app)).toBe(2);

      const [key = ''] = await kept(queue);
      expect(await read(key)).toMatchObject({ queue, body: '{"what":"is this"}', receiveCount: 1 });
      expect(await kept(queue)).toHaveLength(1);
      expect(functions.counted).toContainEqual({ name: 'DeadLetters', attributes: { queue } });
    }
  });

  it('give up a message whose claim check leads nowhere, and its row', async () => {
    const id = fifo.ports.ids.ulid();
    await fifo.ports.db.sql.insertInto('messages').values({ id, queue: 'async', type: 'state.replaced', body: json({}), created_at: functions.clock.now(), visible_at: functions.clock.now(), sent_at: functions.clock.now() }).execute();

    const answer = await direct(async, 'async', wire({ id, type: 'state.replaced', hops: 0, claim: { bucket: 'large-queue-messages', key: `0a/${id}`, sha256: '00', bytes: 1 } }));

    expect(answer.batchItemFailures).toEqual([]);
    expect(await rows()).toBe(0);
    expect(await listDeadLetters(fifo.ports.db.sql, { after: null, limit: 10 })).toContainEqual(expect.objectContaining({ id, type: 'state.replaced', error: expect.stringContaining('is gone') }));
  });

  it('fail the run that waited for a message which the queue gave up', async () => {
    const stack = await aStack({ ports: fifo.ports });
    const run = await insertTestRun({ ports: fifo.ports }, stack);
    const id = fifo.ports.ids.ulid();
    const text = wire({ id, type: runAdvanced.name, hops: 3, body: { runId: run.id, stackId: stack.id, stateVersion: run.stateVersion } });

    const answer = await direct(dead, 'dlqFifo', text, { ApproximateReceiveCount: String(MAX_RECEIVES), DeadLetterQueueSourceArn: `arn:aws:sqs:eu-west-1:123456789012:${urlOf('asyncFifo').split('/').at(-1)}` });

    expect(answer.batchItemFailures).toEqual([]);
    expect(await findRun(fifo.ports.db.sql, run.id)).toMatchObject({ state: 'FAILED' });
    expect((await historyOf(fifo.ports.db.sql, run.id))[0]?.note).toBe(`the platform could not handle its message run.advanced (${id}), which is kept among the dead letters`);
    expect((await kept('asyncFifo')).length).toBeGreaterThan(1);
    await functions.pump(fifo);
  });

  /** What calls find while the database starts, and time passes quickly. */
  async function whileAway<T>(work: () => Promise<T>): Promise<T> {
    const stop = functions.dataApi.intercept((call) => (call.database === functions.database ? resuming() : undefined));
    const quick = setInterval(() => functions.clock.advance(10_000), 5);
    return work().finally(() => {
      clearInterval(quick);
      stop();
    });
  }

  it('never give up because the database is away: what used up its receives comes anew', async () => {
    const text = wire({ id: async.ports.ids.ulid(), type: 'pool.changed', hops: 0, body: { poolId: 'P' } });
    const before = (await kept('async')).length;

    const [early, last] = await whileAway(async () => [
      await direct(async, 'async', text, { ApproximateReceiveCount: '3' }),
      await direct(async, 'async', text, { ApproximateReceiveCount: String(MAX_RECEIVES) }),
    ]);

    expect(early?.batchItemFailures).toEqual([{ itemIdentifier: 'M' }]);
    expect(last?.batchItemFailures).toEqual([]);
    expect(await kept('async')).toHaveLength(before);
    // The copy is there, received for the first time.
    expect(await functions.pump(async)).toBe(1);
  });

  it('give an ordered message back to its row, for a copy would come behind its group; what is behind it waits for it', async () => {
    await fifo.ports.db.sql.deleteFrom('messages').execute();
    for (let n = 0; n < 2; n++) await fifo.ports.queue.enqueue(fifo.ports.db.sql, poolChanged, { poolId: 'ORDER' });
    fifo.ports.queue.flush();
    await fifo.finish();
    const texts: string[] = [];
    while (texts.length < 2) {
      const { Messages: [message] = [] } = await functions.aws.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: urlOf('asyncFifo') }));
      texts.push(message?.Body ?? '');
      await functions.aws.clients.sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf('asyncFifo'), ReceiptHandle: message?.ReceiptHandle }));
    }
    const [first = '', second = ''] = texts;

    const given = await whileAway(() => direct(fifo, 'asyncFifo', first, { ApproximateReceiveCount: String(MAX_RECEIVES - 1), MessageGroupId: 'ORDER' }));
    const overtaking = await direct(fifo, 'asyncFifo', second, { MessageGroupId: 'ORDER' });

    expect([given.batchItemFailures, overtaking.batchItemFailures]).toEqual([[], []]);
    expect(await rows()).toBe(2);
    expect(functions.logged).toContainEqual(expect.objectContaining({ message: 'a message waits for one of its group that was given back' }));

    functions.advance(10 * 60_000);
    await functions.compose('drain-cron').scheduler.resend();
    expect(await functions.pump(fifo)).toBe(2);
    expect(await rows()).toBe(0);
  });

  it('keep dead letters on their queue until the database is there to note them', async () => {
    const stop = functions.dataApi.intercept((call) => (call.database === functions.database ? resuming() : undefined));
    const quick = setInterval(() => functions.clock.advance(10_000), 5);

    const answer = await direct(dead, 'dlq', wire({ id: 'D', type: 'pool.changed', hops: 0, body: { poolId: 'P' } }), { ApproximateReceiveCount: '40' });
    clearInterval(quick);
    stop();

    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'M' }]);
  });

  it('leave everything where it is while the installation is stopped', async () => {
    // A first call of the container, which has heard since that the installation is on, may read while it asks again; it changes nothing.
    const texts: string[] = [];
    const stop = functions.dataApi.intercept((call) => {
      if (call.database === functions.database && call.sql !== undefined) texts.push(call.sql);
      return undefined;
    });
    await functions.setMode('off');
    functions.advance(20_000);
    await send('async', wire({ id: 'W', type: 'pool.changed', hops: 0, body: { poolId: 'P' } }));

    expect(await functions.pump(async)).toBe(0);
    expect(texts.filter((text) => !/^select/.test(text))).toEqual([]);

    texts.length = 0;
    functions.advance(10_000);
    expect(await functions.pump(async)).toBe(0);
    expect(texts).toEqual([]);
    stop();

    await functions.setMode('on');
    functions.advance(60_000);
    expect(await functions.pump(async)).toBe(1);
  });

  it('of a region that another has taken over from take nothing and change no row, and no tick keeps asking', async () => {
    const { composeAws } = await import('../../lib/runtime/aws.ts');
    const environment: Record<string, string> = { ...functions.environment('drain-cron'), AWS_SECONDARY_REGION: 'eu-central-1' };
    const cron = composeAws(environment, { clock: functions.clock, telemetry: async.ports.telemetry });
    const word = { Bucket: environment.OBJECT_STORAGE_BUCKET_STATES, Key: 'dr/epoch.json' };
    await functions.aws.clients.s3.send(new PutObjectCommand({ ...word, Body: JSON.stringify({ epoch: 9, region: 'eu-central-1', at: '2026-01-01T00:00:00.000Z', failover: 'f' }) }));
    const tick = () => direct(cron, 'cronjobs', JSON.stringify(tickInput('tick')));
    await send('async', wire({ id: 'S', type: 'pool.changed', hops: 0, body: { poolId: 'P' } }));
    const before = await rows();
    const texts: string[] = [];
    const stop = functions.dataApi.intercept((call) => {
      if (call.database === functions.database && call.sql !== undefined) texts.push(call.sql);
      return undefined;
    });

    expect((await tick()).batchItemFailures).toEqual([]);
    functions.advance(20_000);
    expect(await async.mode.isOff()).toBe(true);
    // A trigger that could not be stopped yet uses up no receives: a copy takes the place of what was received too often.
    for (let time = 0; time < MAX_RECEIVES + 2; time++) {
      await functions.pump(async);
      functions.advance(301_000);
    }
    expect((await tick()).batchItemFailures).toEqual([]);

    stop();
    // A container that has not heard of it yet may read while it asks.
    expect(texts.filter((text) => !/^select/.test(text))).toEqual([]);
    expect(texts.length).toBeLessThanOrEqual(1);
    expect(await rows()).toBe(before);
    expect(functions.counted.map(({ name }) => name)).toContain('RegionSuperseded');
    expect(functions.counted.map(({ name }) => name)).not.toContain('DeadLetters');
    await functions.aws.clients.s3.send(new DeleteObjectCommand(word));
    await functions.setMode('on');
    functions.advance(20_000);
    // What was there when it was stopped is there still.
    expect(await functions.pump(async)).toBe(1);
  });

  it('end a chain of messages that goes in circles', async () => {
    const answer = await direct(async, 'async', wire({ id: 'LOOP', type: 'pool.changed', hops: 1001, body: { poolId: 'P' } }));

    expect(answer.batchItemFailures).toEqual([]);
    expect(functions.counted).toContainEqual({ name: 'DeadLetters', attributes: { queue: 'async' } });
  });

  it('count what they send as caused by what they handle', async () => {
    const app = { ports: fifo.ports };
    const stack = await aStack(app, { id: 'hops', name: 'hops', workerPoolId: await aPool(app) });
    await insertTestRun(app, stack);
    const { queueHops } = await hopsOfNext(async () => {
      await direct(fifo, 'asyncFifo', wire({ id: 'H', type: 'stack.enabled', hops: 6, body: { stackId: stack.id } }), { MessageGroupId: stack.id });
    });

    expect(queueHops).toBe(7);
  });

  it('make a span of each message, apart in a batch, that continues where the message was sent', async () => {
    const parents = ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01'];
    const records = parents.map((StringValue, n) =>
      sqsRecord(urlOf('async'), {
        MessageId: `M${n}`, Body: wire({ id: `T${n}`, type: 'pool.changed', hops: 0, body: { poolId: `P${n}` } }), MessageAttributes: { traceparent: { DataType: 'String', StringValue } },
      }));
    functions.spans.length = 0;

    await invoke<SQSBatchResponse>(queueFunction(async), { Records: records }, async, functions.clock);
    await direct(functions.compose('drain-cron'), 'cronjobs', '{"tick":"sessions"}');

    expect(functions.spans.filter(({ name }) => /^(message|tick) /.test(name))).toEqual([
      { name: 'message pool.changed', parent: parents[0] },
      { name: 'message pool.changed', parent: parents[1] },
      { name: 'tick sessions', parent: undefined },
    ]);
    expect(functions.spans.map(({ name }) => name)).toContain('aws.S3.GetObject');
  });

  /** What the next message on the ordered queue says. */
  async function hopsOfNext(work: () => Promise<void>): Promise<{ readonly queueHops: number | undefined }> {
    await work();
    const { Messages: [message] = [] } = await functions.aws.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: urlOf('asyncFifo') }));
    return { queueHops: (JSON.parse(message?.Body ?? '{}') as { readonly hops?: number }).hops };
  }
});
