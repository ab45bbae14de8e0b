import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse } from 'aws-lambda';
import { expect } from 'expect';
import { otelTelemetry } from '../../lib/adapters/otel/otel-telemetry.ts';
import { openOtelTracer } from '../../lib/adapters/otel/otel-tracer.ts';
import { ensureAccount } from '../../lib/core/accounts/actions/ensure-account.ts';
import { takeTick } from '../../lib/edge/drain/scheduler.ts';
import { ingestFunction } from '../../lib/runtime/aws-ingest.ts';
import { webFunction } from '../../lib/runtime/aws-web.ts';
import type { BaseOptions } from '../../lib/runtime/aws-base.ts';
import { composeAws, type AwsApp } from '../../lib/runtime/aws.ts';
import { queueFunction } from '../../lib/runtime/queue-function.ts';
import type { Intercept } from '../support/aws-proxy.ts';
import { errorAnswer } from '../support/aws-proxy.ts';
import { invoke, proxyEvent, sqsRecord, testFunctions, type APIGatewayProxyResult, type TestFunctions } from '../support/functions.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';
import { aStack } from '../support/stack-builders.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';

const silent = { log: () => {}, count: () => {}, span: <T>(_name: string, work: () => Promise<T>) => work() };

describe('functions without the database', { ...needsMoto, ...needsPostgres, timeout: 200_000 }, () => {
  let intercept: Intercept = (call, next) => next(call);
  let functions: TestFunctions;
  let drain: AwsApp;
  let stack: Stack;

  before(async () => {
    functions = await testFunctions({ intercept: (call, next) => intercept(call, next) });
    drain = functions.compose('drain-webhooks');
    await ensureAccount(drain.ports, { name: 'acme' });
    stack = await aStack({ ports: drain.ports });
  });
  after(() => functions?.close());

  const post = (body: string | Buffer, path = `/webhooks/git/${stack.gitHookToken}`, telemetry?: BaseOptions['telemetry']) =>
    invoke<APIGatewayProxyResult>(ingestFunction(functions.environment('webhooks'), telemetry && { telemetry }), proxyEvent('POST', path, { body, headers: { Cookie: 'session=secret', 'X-GitHub-Event': 'push' } }), { config: { functionName: 'webhooks' } } as never, functions.clock);
  /** What waits for the function, taken from its queue. */
  const receivedBy = async ({ config }: AwsApp) => {
    const url = config.queues.webhooks ?? '';
    const { Messages: found = [] } = await functions.aws.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] }));
    for (const { ReceiptHandle } of found) await functions.aws.clients.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    return found.map((message) => ({ record: sqsRecord(url, message), trace: message.Attributes?.AWSTraceHeader }));
  };
  const asked = async () => {
    const rows = await drain.ports.db.sql.selectFrom('messages').select(['type', 'body']).where('type', '=', 'repository.changed').execute();
    await drain.ports.db.sql.deleteFrom('messages').execute();
    return rows.map(({ body }) => body);
  };
  /** Repositories that somebody took the turn to look at. */
  const looked = async () => (await drain.ports.db.sql.deleteFrom('git_repositories').returning('url').execute()).map(({ url }) => url);
  const marker = async () => (await drain.scheduler.marker.read())?.state;

  describe('the one that takes hooks in', () => {
    it('puts a hook on its queue without a statement, and the drain does what it asks for', async () => {
      functions.statements();

      expect(await post('{"ref":"refs/heads/main"}')).toMatchObject({ statusCode: 202, body: '{"status":"accepted"}' });
      expect(functions.statements()).toBe(0);

      await functions.pump(drain);
      expect(functions.logged).toContainEqual(expect.objectContaining({ message: 'git hook called' }));
      expect(await looked()).toEqual([stack.repositoryUrl]);
    });

    it('hands its trace of X-Ray on to the handling, and to the calls it makes', async () => {
      const trace = 'Root=1-5f84c7a3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1';
      const called: (string | undefined)[] = [];
      intercept = (call, next) => {
        called.push(call.headers['x-amzn-trace-id']);
        return next(call);
      };
      process.env._X_AMZN_TRACE_ID = trace;
      await post('{}').finally(() => delete process.env._X_AMZN_TRACE_ID);
      intercept = (call, next) => next(call);

      expect(called.length).toBeGreaterThan(1);
      expect(new Set(called)).toEqual(new Set([trace]));
      expect(await receivedBy(drain)).toEqual([expect.objectContaining({ trace })]);
    });

    it('is continued by the handling in spans of OpenTelemetry as well', async () => {
      const receiver = await startOtlpReceiver();
      const open = (serviceName: string) => {
        const tracer = openOtelTracer({ endpoint: receiver.endpoint, serviceName, version: '6.0.0' });
        return { ...otelTelemetry({ lines: silent, tracer }), flush: () => tracer.flush(), close: () => tracer.close() };
      };
      const [front, back] = [open('webhooks'), open('drain-webhooks')];

      await post('{}', undefined, front);
      const records = await receivedBy(drain);
      const continued = composeAws(functions.environment('drain-webhooks'), { telemetry: back, clock: functions.clock });
      await invoke<SQSBatchResponse>(queueFunction(continued), { Records: records.map(({ record }) => record) }, continued, functions.clock);
      await Promise.all([front.close(), back.close(), receiver.close()]);

      const [request, message] = ['POST /webhooks', 'message delivery.received'].map((name) => receiver.spans.find((span) => span.name === name));
      expect(request).toMatchObject({ service: 'webhooks', parentId: '' });
      expect(message).toMatchObject({ service: 'drain-webhooks', traceId: request?.traceId, parentId: request?.spanId });
      expect(receiver.spans.find(({ name }) => name === 'aws.SQS.SendMessage')).toMatchObject({ parentId: request?.spanId });
      await looked();
    });

    it('keeps a body of four megabytes beside the queue', async () => {
      expect((await post(Buffer.alloc(4 * 1024 * 1024, 7))).statusCode).toBe(202);

      await functions.pump(drain);
      expect(await looked()).toEqual([stack.repositoryUrl]);
    });

    it('knows no other path', async () => {
      expect((await post('{}', '/webhooks/unknown')).statusCode).toBe(404);
    });

    it('turns five megabytes away, and the next sweep looks at every repository', async () => {
      expect((await post(Buffer.alloc(5 * 1024 * 1024))).statusCode).toBe(413);
      expect(await marker()).toMatchObject({ active: true, rejectedAt: expect.any(Date) });
      expect(await asked()).toEqual([]);

      const cron = functions.compose('drain-cron');
      await takeTick(cron.ports, cron.scheduler, 'vcs-sweep');

      expect(await asked()).toEqual([expect.objectContaining({ url: stack.repositoryUrl })]);
      expect(await marker()).toMatchObject({ rejectedAt: null });
      await takeTick(cron.ports, cron.scheduler, 'vcs-sweep');
      expect(await asked()).toEqual([]);
    });

    it('asks the sender to come again when the queue takes nothing, and has the repositories looked at', async () => {
      intercept = (call, next) => (call.service === 'sqs' ? Promise.resolve(errorAnswer(call, 503, 'ServiceUnavailable', 'no')) : next(call));

      const answer = await post('{}');
      intercept = (call, next) => next(call);

      expect(answer).toMatchObject({ statusCode: 503, multiValueHeaders: { 'retry-after': ['5'] } });
      expect(await marker()).toMatchObject({ rejectedAt: expect.any(Date) });
    });

    it('takes hooks in while the scheduler cannot be told', async () => {
      intercept = (call, next) => (call.service === 's3' ? Promise.resolve(errorAnswer(call, 503, 'SlowDown', 'no')) : next(call));

      const answer = await post('{}');
      intercept = (call, next) => next(call);

      expect(answer.statusCode).toBe(202);
    });
  });

  it('serves the user interface from whatever is in its bucket', async () => {
    const Bucket = functions.environment('web').OBJECT_STORAGE_BUCKET_WEB;
    await functions.aws.clients.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
    const web = webFunction(functions.environment('web'));
    const get = (path: string) => invoke<APIGatewayProxyResult>(web, proxyEvent('GET', path), { config: { functionName: 'web' } } as never, functions.clock);
    expect((await get('/')).statusCode).toBe(404);

    await functions.aws.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'index.html', Body: '<title>Windlass</title>' }));
    await functions.aws.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'assets/main-a1b2c3d4e5.css', Body: 'body{}' }));

    expect(await get('/stack/network')).toMatchObject({ statusCode: 200, body: '<title>Windlass</title>', isBase64Encoded: false });
    const { multiValueHeaders: page } = await get('/');
    expect(page?.['content-security-policy']?.join()).toContain(`connect-src 'self' ${functions.environment('web').OBJECT_STORAGE_BUCKET_UPLOADS_URL};`);
    expect((await get('/assets/main-a1b2c3d4e5.css')).multiValueHeaders?.['cache-control']).toEqual(['public, max-age=31536000, immutable']);
    expect((await get('/assets/none-a1b2c3d4e5.css')).statusCode).toBe(404);
    const { Body } = await functions.aws.clients.s3.send(new GetObjectCommand({ Bucket, Key: 'index.html' }));
    expect(await Body?.transformToString()).toContain('Windlass');
  });
});
