import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { ReceiveMessageCommand, DeleteMessageCommand, type MessageAttributeValue } from '@aws-sdk/client-sqs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { LogFields, LogLevel } from '../../lib/core/ports/telemetry.ts';
import { UPLOADS_VARIABLE } from '../../lib/core/shared/content-policy.ts';
import { bucketVariable, FUNCTION_VARIABLES, QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import { FUNCTIONS, type FunctionName } from '../../lib/core/shared/functions.ts';
import { BUCKET_NAMES } from '../../lib/core/shared/buckets.ts';
import { composeAws, type AwsApp } from '../../lib/runtime/aws.ts';
import { queueFunction } from '../../lib/runtime/queue-function.ts';
import { createBuckets, testAws, type TestAws, type TestAwsOptions } from './aws.ts';
import { createQueues } from './aws-queues.ts';
import type { DataApiServer } from './data-api.ts';
import { openTestDatabase, testDataApi } from './database.ts';
import { fakeClock, type FakeClock } from './fake-clock.ts';
import { awsEnvironment } from './moto.ts';

export interface TestFunctions {
  readonly aws: TestAws;
  readonly clock: FakeClock;
  readonly dataApi: DataApiServer;
  readonly database: string;
  readonly logged: { readonly level: LogLevel; readonly message: string; readonly fields: LogFields }[];
  readonly counted: { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[];
  /** Names of spans, with what they were said to continue. */
  readonly spans: { readonly name: string; readonly parent: string | undefined }[];
  environment(name: FunctionName): Record<string, string>;
  /** `further` are variables that the installation asks for. */
  compose(name: FunctionName, further?: Readonly<Record<string, string>>): AwsApp;
  /** Statements that reached the database since the last question. */
  statements(): number;
  setMode(mode: 'on' | 'off'): Promise<void>;
  /** Moves the time of the functions and of the queues. */
  advance(ms: number): void;
  /** Takes what is visible on the function's queue, has it handled, and does with each message what the service would. */
  pump(app: AwsApp): Promise<number>;
  close(): Promise<void>;
}

/** The functions in this process, over moto, and the Data API over PostgreSQL. */
export async function testFunctions(options: TestAwsOptions = {}): Promise<TestFunctions> {
  const [aws, dataApi, opened] = await Promise.all([testAws(options), testDataApi(), openTestDatabase('data-api')]);
  const { database } = (await opened.kysely.executeQuery<{ database: string }>({ sql: 'select current_database() as database', parameters: [], query: { kind: 'RawNode' } as never, queryId: { queryId: 'db' } })).rows[0] ?? { database: '' };
  const [buckets, queues] = await Promise.all([createBuckets(aws), createQueues(aws.clients.sqs, aws.prefix)]);
  const keyOf = async (spec: { readonly KeySpec?: 'RSA_4096'; readonly KeyUsage?: 'SIGN_VERIFY' }) => (await aws.clients.kms.send(new CreateKeyCommand(spec))).KeyMetadata?.KeyId ?? '';
  const [encryptionKey, signingKey] = await Promise.all([keyOf({}), keyOf({ KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' })]);
  const modeParameter = `/${aws.prefix}/mode`;
  const clock = fakeClock(new Date());
  const logged: TestFunctions['logged'] = [];
  const counted: TestFunctions['counted'] = [];
  const spans: TestFunctions['spans'] = [];
  const telemetry = {
    log: (level: LogLevel, message: string, fields: LogFields = {}) => void logged.push({ level, message, fields }),
    count: (name: string, attributes = {}) => void counted.push({ name, attributes }),
    span: <T>(name: string, work: () => Promise<T>, parent?: string) => {
      spans.push({ name, parent });
      return work();
    },
  };
  const target = dataApi.target(database);
  const urls: Readonly<Record<string, string>> = { ...queues.urls, dlq: queues.deadLetterUrls.standard, dlqFifo: queues.deadLetterUrls.fifo };
  const values: Readonly<Record<string, string>> = {
    SERVER_DOMAIN: 'windlass.example.test', ACCOUNT_NAME: 'acme', AWS_ACCOUNT_ID: '123456789012', METRICS_NAMESPACE: 'test/product', OBSERVABILITY_VENDOR: 'Disabled',
    DATABASE_CLUSTER_ARN: target.resourceArn, DATABASE_SECRET_ARN: target.secretArn, DATABASE_NAME: database,
    ENCRYPTION_KMS_ENCRYPTION_KEY_ID: encryptionKey, ENCRYPTION_KMS_SIGNING_KEY_ID: signingKey,
    MQTT_BROKER_ENDPOINT: 'broker.example.test', MQTT_BROKER_IOTCORE_NAMESPACE: aws.prefix, IOT_PROVISIONER_FUNCTION: `${aws.prefix}-iot-provisioner`, MODE_PARAMETER: modeParameter,
    ADMIN_SECRET_ARN: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${aws.prefix}/admin`, SSO_SECRET_ARN: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${aws.prefix}/sso`,
    GIT_SECRET_ARN: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${aws.prefix}/git`,
    ...Object.fromEntries(BUCKET_NAMES.map((name) => [bucketVariable(name), buckets[name]])), [bucketVariable('web')]: `${aws.prefix}-web`, [UPLOADS_VARIABLE]: `https://${aws.prefix}-uploads.example.test`,
    ...Object.fromEntries(Object.entries(QUEUE_VARIABLES).map(([name, variable]) => [variable, urls[name] ?? ''])),
  };
  const before = { ...process.env };
  // Clients of the SDK look there themselves.
  Object.assign(process.env, awsEnvironment(aws.url), { AWS_ENDPOINT_URL_RDS_DATA: dataApi.url });

  let statements = 0;
  const stop = dataApi.intercept((call) => {
    if (call.database === database && call.sql !== undefined) statements++;
    return undefined;
  });
  let aheadMs = 0;

  function environment(name: FunctionName): Record<string, string> {
    const own = FUNCTION_VARIABLES[name].map((variable) => [variable, values[variable] ?? ''] as const).filter(([, value]) => value !== '');
    return { ...awsEnvironment(aws.url), ...Object.fromEntries(own), WINDLASS_FUNCTION: name };
  }

  return {
    aws, clock, dataApi, database, logged, counted, spans, environment,
    compose: (name, further) => composeAws({ ...environment(name), ...further }, { telemetry, clock }),
    statements() {
      const count = statements;
      statements = 0;
      return count;
    },
    async setMode(mode) {
      await aws.clients.ssm.send(new PutParameterCommand({ Name: modeParameter, Value: mode, Type: 'String', Overwrite: true }));
    },
    advance(ms) {
      clock.advance(ms);
      aheadMs += ms;
      aws.moto.setQueueClock(aheadMs);
    },
    async pump(app) {
      const handler = queueFunction(app);
      let handled = 0;
      for (const queue of FUNCTIONS[app.config.functionName].consumes) {
        const url = urls[queue] ?? '';
        for (;;) {
          const { Messages: found = [] } = await aws.clients.sqs.send(
            new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: url.endsWith('.fifo') ? 1 : 10, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] }),
          );
          if (found.length === 0) break;
          const records = found.map((message) => sqsRecord(url, message));
          const { batchItemFailures } = await invoke<SQSBatchResponse>(handler, { Records: records } satisfies SQSEvent, app, clock);
          const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
          for (const { messageId, receiptHandle } of records) {
            if (failed.has(messageId)) continue;
            handled++;
            await aws.clients.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receiptHandle }));
          }
        }
      }
      return handled;
    },
    async close() {
      stop();
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
      await opened.close();
      await aws.close();
    },
  };
}

/** A message as the service hands it to a function. */
export function sqsRecord(url: string, message: { readonly MessageId?: string; readonly ReceiptHandle?: string; readonly Body?: string; readonly Attributes?: object; readonly MessageAttributes?: Record<string, MessageAttributeValue> }): SQSRecord {
  return {
    messageId: message.MessageId ?? 'M',
    receiptHandle: message.ReceiptHandle ?? 'R',
    body: message.Body ?? '',
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: '', ApproximateFirstReceiveTimestamp: '0', ...message.Attributes },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => [name, { dataType: DataType ?? 'String', ...(StringValue === undefined ? {} : { stringValue: StringValue }) }]),
    ),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-west-1:123456789012:${url.split('/').at(-1) ?? ''}`,
    awsRegion: 'eu-west-1',
  };
}

/** Calls a function as the service does. */
export async function invoke<Result>(handler: unknown, event: unknown, { config }: Pick<AwsApp, 'config'>, clock: FakeClock): Promise<Result> {
  const until = clock.now().getTime() + FUNCTIONS[config.functionName].timeoutSeconds * 1000;
  const context = { awsRequestId: 'R', functionName: config.functionName, getRemainingTimeInMillis: () => Math.max(1, until - clock.now().getTime()) } as Context;
  return (handler as (event: unknown, context: Context) => Promise<Result>)(event, context);
}

/** A request as the REST API hands it on. */
export function proxyEvent(method: string, path: string, request: { readonly headers?: Record<string, string>; readonly body?: string | Buffer } = {}): APIGatewayProxyEvent {
  const { headers = {}, body = null } = request;
  return {
    httpMethod: method, path, headers, multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null, multiValueQueryStringParameters: null, pathParameters: null, stageVariables: null, resource: '/{proxy+}',
    body: Buffer.isBuffer(body) ? body.toString('base64') : body, isBase64Encoded: Buffer.isBuffer(body),
    requestContext: { requestId: 'R', identity: { sourceIp: '198.51.100.4' } } as APIGatewayProxyEvent['requestContext'],
  };
}

export type { APIGatewayProxyResult };
