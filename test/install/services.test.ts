import { after, before, describe, it } from 'node:test';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateEventSourceMappingCommand, CreateFunctionCommand, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { expect } from 'expect';
import { setRules } from '../../lib/install/aws/rules.ts';
import { readParameter, writeParameter } from '../../lib/install/aws/parameters.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';

/** The end of an empty zip archive is one. */
const EMPTY_ZIP = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

describe('starting and stopping services', needsMoto, () => {
  let place: TestInstallation;
  before(async () => {
    place = await testInstallation();
    const { aws } = place;
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] });
    const { Role } = await aws.iam.send(new CreateRoleCommand({ RoleName: 'functions', AssumeRolePolicyDocument: trust }));
    await aws.sqs.send(new CreateQueueCommand({ QueueName: 'platform-async-jobs' }));
    for (const name of ['drain-async', 'webhooks']) {
      await aws.lambda.send(new CreateFunctionCommand({ FunctionName: `platform-${name}`, Role: Role?.Arn, Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: EMPTY_ZIP } }));
    }
    await aws.lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'platform-drain-async', EventSourceArn: 'arn:aws:sqs:eu-west-1:123456789012:platform-async-jobs', Enabled: true }));
    for (const name of ['platform-tick', 'platform-license', 'platform-test-tick', 'another-tick']) await events('PutRule', { Name: name, ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
    await writeParameter(aws, '/platform/mode', 'on');
    for (const name of ['platform-SchedulerSilent', 'platform-DeadLetters']) await monitoring('PutMetricAlarm', {
      AlarmName: name, Namespace: 'platform/product', MetricName: 'SchedulerTick', Statistic: 'Sum', Period: 300, EvaluationPeriods: 1, Threshold: 1,
      ComparisonOperator: 'LessThanThreshold', ActionsEnabled: true,
    });
  });
  after(() => place.close());

  async function events(operation: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const authorization = 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/events/aws4_request, SignedHeaders=host, Signature=x';
    const answer = await fetch(place.moto.url, { method: 'POST', headers: { 'x-amz-target': `AWSEvents.${operation}`, 'content-type': 'application/x-amz-json-1.1', authorization }, body: JSON.stringify(body) });
    return JSON.parse((await answer.text()) || '{}') as Record<string, unknown>;
  }
  async function monitoring(operation: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const authorization = 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/monitoring/aws4_request, SignedHeaders=host, Signature=x';
    const headers = { 'x-amz-target': `GraniteServiceVersion20100801.${operation}`, 'content-type': 'application/x-amz-json-1.0', authorization };
    const answer = await fetch(place.moto.url, { method: 'POST', headers, body: JSON.stringify(body) });
    return JSON.parse((await answer.text()) || '{}') as Record<string, unknown>;
  }
  /** Which alarms tell somebody. */
  const speaking = async () => (((await monitoring('DescribeAlarms', {})).MetricAlarms ?? []) as readonly { readonly AlarmName: string; readonly ActionsEnabled: boolean }[])
    .filter(({ ActionsEnabled }) => ActionsEnabled).map(({ AlarmName }) => AlarmName).sort();
  const ruleStates = async () => Object.fromEntries((((await events('ListRules', {})).Rules ?? []) as readonly { readonly Name: string; readonly State: string }[]).map(({ Name, State }) => [Name, State]));
  const triggers = async () => ((await place.aws.lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings ?? []).map(({ State }) => State);

  it('off: the mode says so, this installation\'s schedules and queue triggers rest', async () => {
    expect(await place.run('start-stop-services', ['-e', 'false'])).toMatchObject({ code: 0, said: 'services are off: 2 schedules, 1 queue triggers; functions notice within 15 seconds' });

    expect(await readParameter(place.aws, '/platform/mode')).toBe('off');
    expect(await ruleStates()).toEqual({ 'platform-tick': 'DISABLED', 'platform-license': 'DISABLED', 'platform-test-tick': 'ENABLED', 'another-tick': 'ENABLED' });
    expect(await triggers()).toEqual(['Disabled']);
    expect(await speaking()).toEqual(['platform-DeadLetters']);
  });

  it('on: the way back, and once more changes nothing; workers that ran on meanwhile are excused first', async () => {
    for (let time = 0; time < 2; time++) {
      expect((await place.run('start-stop-services', ['-e', 'true', '--json'])).said).toContain('"enabled": true');
      expect(await readParameter(place.aws, '/platform/mode')).toBe('on');
      expect(await ruleStates()).toEqual({ 'platform-tick': 'ENABLED', 'platform-license': 'ENABLED', 'platform-test-tick': 'ENABLED', 'another-tick': 'ENABLED' });
      expect(await triggers()).toEqual(['Enabled']);
      expect(await speaking()).toEqual(['platform-DeadLetters', 'platform-SchedulerSilent']);
      expect(place.operations.asked).toEqual([{ do: 'excuse-downtime' }]);
    }
  });

  it('takes true or false and nothing else', async () => {
    expect(await place.run('start-stop-services', ['-e', 'off'])).toMatchObject({ code: 2 });
    expect(await place.run('start-stop-services')).toMatchObject({ code: 2 });
    expect(await setRules(place.aws, 'nothing', false)).toBe(0);
  });
});
