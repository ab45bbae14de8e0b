import { after, before, beforeEach, describe, it } from 'node:test';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand, CreateFunctionCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect } from 'expect';
import { regionWatch } from '../../../lib/adapters/aws/region-watch.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { takeTick } from '../../../lib/edge/drain/scheduler.ts';
import { awsProxy, errorAnswer, type AwsCall, type AwsProxy } from '../../support/aws-proxy.ts';
import { testAws, type TestAws } from '../../support/aws.ts';
import { awsEnvironment, MOTO_REGION } from '../../support/moto.ts';
import { needsMoto } from '../../support/requirements.ts';

/** The end of an empty zip archive is one. */
const EMPTY_ZIP = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

describe('a region that another may take over from', needsMoto, () => {
  let aws: TestAws;
  let Bucket: string;
  let lines: string[] = [];
  before(async () => {
    aws = await testAws();
    Bucket = `${aws.prefix}-states`;
    await aws.clients.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: MOTO_REGION } }));
  });
  after(() => aws?.close());
  beforeEach(async () => {
    lines = [];
    await aws.clients.s3.send(new DeleteObjectCommand({ Bucket, Key: 'dr/epoch.json' }));
    for (const name of ['mode', 'active', 'epoch']) await aws.clients.ssm.send(new DeleteParameterCommand({ Name: parameter(name) })).catch(() => undefined);
    await set('mode', 'on');
    await set('active', 'true');
  });

  const parameter = (name: string) => `/${aws.prefix}/${name}`;
  const set = (name: string, Value: string) => aws.clients.ssm.send(new PutParameterCommand({ Name: parameter(name), Value, Type: 'String', Overwrite: true }));
  const get = async (name: string) => (await aws.clients.ssm.send(new GetParameterCommand({ Name: parameter(name) }))).Parameter?.Value;
  const begun = (epoch: number, region: string) =>
    aws.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'dr/epoch.json', Body: JSON.stringify({ epoch, region, at: '2026-01-01T00:00:00.000Z', failover: 'f' }) }));
  const telemetry = { log: (_level: string, message: string) => void lines.push(message), count: (name: string) => void lines.push(name) };
  const watch = (bucket = Bucket) => regionWatch({ environment: awsEnvironment(aws.url), region: MOTO_REGION, bucket, modeParameter: parameter('mode'), telemetry });
  const stands = async () => [await get('mode'), await get('active')];

  it('goes on while no failover has been', async () => {
    expect(await watch()()).toBe(false);
    expect(await stands()).toEqual(['on', 'true']);
  });

  it('stops itself once the word arrives that the other one serves', async () => {
    await begun(1, 'eu-central-1');

    expect(await watch()()).toBe(true);
    expect(await stands()).toEqual(['off', 'false']);
    expect(lines).toEqual(['another region serves: this one has stopped', 'RegionSuperseded']);
  });

  it('goes on when it is the one that serves, and when the word is older than its own', async () => {
    await begun(2, MOTO_REGION);
    expect(await watch()()).toBe(false);
    await set('epoch', '3');
    await begun(2, 'eu-central-1');
    expect(await watch()()).toBe(false);
    expect(await stands()).toEqual(['on', 'true']);

    await begun(4, 'eu-central-1');
    expect(await watch()()).toBe(true);
  });

  it('goes on, and says so, when the word cannot be read', async () => {
    await aws.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'dr/epoch.json', Body: '{"epoch":' }));

    expect(await watch()()).toBe(false);
    expect(lines).toEqual(['which region serves could not be looked up']);
    expect(await stands()).toEqual(['on', 'true']);
  });

  describe('that has given way', () => {
    const rules = ['tick', 'vcs-sweep', 'license'];
    const names = ['async-jobs', 'cronjobs', 'foreign'];
    let lambda: LambdaClient;
    const settings = () => ({ region: MOTO_REGION, endpoint: aws.url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    let refused: (call: AwsCall) => boolean = () => false;
    let proxy: AwsProxy;
    before(async () => {
      proxy = await awsProxy({
        upstream: aws.url,
        intercept: (call, next) => (refused(call) ? Promise.resolve(errorAnswer(call, 403, 'AccessDeniedException', 'not allowed')) : next(call)),
      });
      lambda = new LambdaClient(settings());
      const trust = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] });
      const iam = new IAMClient(settings());
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName: `${aws.prefix}-functions`, AssumeRolePolicyDocument: trust }));
      iam.destroy();
      for (const [queue, name] of [['async-jobs', `${aws.prefix}-drain-async`], ['cronjobs', `${aws.prefix}-drain-cron`], ['foreign', `${aws.prefix}x-drain-async`]] as const) {
        await aws.clients.sqs.send(new CreateQueueCommand({ QueueName: `${aws.prefix}-${queue}` }));
        await lambda.send(new CreateFunctionCommand({ FunctionName: name, Role: Role?.Arn, Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: EMPTY_ZIP } }));
        await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: name, EventSourceArn: `arn:aws:sqs:${MOTO_REGION}:123456789012:${aws.prefix}-${queue}` }));
      }
    });
    after(async () => {
      lambda?.destroy();
      await proxy?.close();
    });
    beforeEach(async () => {
      refused = () => false;
      for (const name of rules) await events('PutRule', { Name: `${aws.prefix}-${name}`, ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
      for (const { UUID } of await mappings()) await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    });

    const events = async (operation: string, body: object) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/${MOTO_REGION}/events/aws4_request, SignedHeaders=host, Signature=x`;
      const headers = { 'x-amz-target': `AWSEvents.${operation}`, 'content-type': 'application/x-amz-json-1.1', authorization };
      return JSON.parse((await (await fetch(aws.url, { method: 'POST', headers, body: JSON.stringify(body) })).text()) || '{}') as Record<string, unknown>;
    };
    const mappings = async () =>
      ((await lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings ?? []).filter(({ FunctionArn = '' }) => FunctionArn.includes(`:${aws.prefix}`));
    const ruleStates = async () =>
      Object.fromEntries(await Promise.all(rules.map(async (name) => [name, (await events('DescribeRule', { Name: `${aws.prefix}-${name}` })).State] as const)));
    const triggerStates = async () => Object.fromEntries((await mappings()).map(({ EventSourceArn = '', State }) => [names.find((name) => EventSourceArn.endsWith(name)), State]));
    const watched = () => regionWatch({ environment: awsEnvironment(proxy.url), region: MOTO_REGION, bucket: Bucket, modeParameter: parameter('mode'), telemetry });

    it('starts nothing more: its schedules and triggers rest, and those of others do not', async () => {
      await begun(1, 'eu-central-1');

      expect(await watched()()).toBe(true);
      expect(await ruleStates()).toEqual({ tick: 'DISABLED', 'vcs-sweep': 'DISABLED', license: 'DISABLED' });
      expect(await triggerStates()).toEqual({ 'async-jobs': 'Disabled', cronjobs: 'Disabled', foreign: 'Enabled' });
    });

    it('keeps its ticks until all else is stopped, and then goes on where it was', async () => {
      await begun(1, 'eu-central-1');
      refused = (call) => call.operation === 'DisableRule' && call.body.toString().includes('vcs-sweep');

      expect(await watched()()).toBe(true);
      expect(await stands()).toEqual(['off', 'false']);
      expect(lines).toContain('this region gave way, and some of it could not be stopped yet');
      expect(await ruleStates()).toMatchObject({ tick: 'ENABLED', 'vcs-sweep': 'ENABLED' });
      expect(await triggerStates()).toMatchObject({ 'async-jobs': 'Disabled', cronjobs: 'Enabled' });

      refused = () => false;
      expect(await watched()()).toBe(true);
      expect(await ruleStates()).toMatchObject({ tick: 'DISABLED', 'vcs-sweep': 'DISABLED' });
      expect(await triggerStates()).toMatchObject({ cronjobs: 'Disabled' });
    });
  });

  it('looks at every tick, and does nothing else once it has given way', async () => {
    await begun(1, 'eu-central-1');
    const untouched = new Proxy({}, { get: (_, name) => { throw new Error(`${String(name)} was used`); } });
    const ports = { telemetry: { ...telemetry, span: (_name: string, work: () => unknown) => work() } } as unknown as Ports;
    const scheduler = { marker: untouched as never, resend: () => Promise.reject(new Error('sent')), gaveWay: watch() };

    await takeTick(ports, scheduler, 'tick');

    expect(lines).toEqual(['SchedulerTick', 'another region serves: this one has stopped', 'RegionSuperseded']);
    await expect(takeTick(ports, { ...scheduler, gaveWay: () => Promise.resolve(false) }, 'tick')).rejects.toThrow('read was used');
  });
});
