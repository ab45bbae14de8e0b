import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { AwsCall } from '../support/aws-proxy.ts';
import { needsOf } from '../support/cloud/call-needs.ts';
import { allows, type Statement } from '../support/cloud/iam.ts';

const queue = (name: string) => `arn:aws:sqs:eu-west-1:123456789012:${name}`;
const SEND: Statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue('windlass-*') };

function call(service: string, given: Partial<AwsCall> & { readonly json?: unknown }): AwsCall {
  const { json, ...rest } = given;
  return {
    method: 'POST',
    path: '/',
    headers: {},
    body: Buffer.from(json === undefined ? '' : JSON.stringify(json)),
    service,
    accessKeyId: 'K',
    operation: undefined,
    ...rest,
  };
}

describe('a role', () => {
  it('allows an action on the resources that its statements name, and nothing else', () => {
    expect(allows([SEND], { action: 'sqs:SendMessage', resource: queue('windlass-iot') })).toBe(true);
    expect(allows([SEND], { action: 'sqs:SendMessage', resource: queue('other-iot') })).toBe(false);
    expect(allows([SEND], { action: 'sqs:DeleteMessage', resource: queue('windlass-iot') })).toBe(false);
    expect(allows([], { action: 'sqs:SendMessage', resource: queue('windlass-iot') })).toBe(false);
  });

  it('takes a question mark for one character, and other marks for themselves', () => {
    const secret: Statement = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: 'arn:a:secret:w/db-??????' };
    const may = (name: string) => allows([secret], { action: 'secretsmanager:GetSecretValue', resource: `arn:a:secret:${name}` });
    expect([may('w/db-AbCdEf'), may('w/db-api-AbCdEf'), may('w.db-AbCdEf')]).toEqual([true, false, false]);
  });

  it('denies what one statement denies, whatever others allow', () => {
    const denying: Statement = { ...SEND, Effect: 'Deny', Resource: queue('windlass-dlq') };
    expect(allows([SEND, denying], { action: 'sqs:SendMessage', resource: queue('windlass-dlq') })).toBe(false);
    expect(allows([SEND, denying], { action: 'sqs:SendMessage', resource: queue('windlass-iot') })).toBe(true);
  });

  it('allows only under its conditions, and refuses to guess what a condition means', () => {
    const assume = (condition: Statement['Condition']): Statement => ({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*', Condition: condition });
    const withId = { action: 'sts:AssumeRole', resource: 'arn:role', context: { 'sts:ExternalId': 'x' } };
    const guarded = [assume({ Null: { 'sts:ExternalId': 'false' } })];
    expect(allows(guarded, withId)).toBe(true);
    expect(allows(guarded, { ...withId, context: {} })).toBe(false);
    expect(allows([assume({ StringEquals: { 'kms:ViaService': ['s3.aws'] } })], withId)).toBe(false);
    expect(() => allows([assume({ NumericLessThan: { 'x:y': '3' } })], withId)).toThrow('NumericLessThan');
  });
});

describe('a call of a service', () => {
  it('needs the right that the service asks for, on the resource that it names', () => {
    expect(needsOf(call('sqs', { operation: 'SendMessageBatch', json: { QueueUrl: 'http://127.0.0.1:1/123456789012/w-iot' } }))).toEqual([
      { action: 'sqs:SendMessage', resource: queue('w-iot') },
    ]);
    expect(needsOf(call('s3', { method: 'GET', path: '/states/a/b%20c?x-id=GetObject' }))).toEqual([
      { action: 's3:GetObject', resource: 'arn:aws:s3:::states/a/b c' },
    ]);
    expect(needsOf(call('s3', { method: 'GET', path: '/states?list-type=2&prefix=a' }))).toEqual([
      { action: 's3:ListBucket', resource: 'arn:aws:s3:::states' },
    ]);
    expect(needsOf(call('iotdata', { path: '/topics/w%2Freadonly%2FP?qos=1' }))).toEqual([
      { action: 'iot:Publish', resource: 'arn:aws:iot:eu-west-1:123456789012:topic/w/readonly/P' },
    ]);
    expect(needsOf(call('lambda', { path: '/2015-03-31/functions/w-iot-provisioner/invocations' }))).toEqual([
      { action: 'lambda:InvokeFunction', resource: 'arn:aws:lambda:eu-west-1:123456789012:function:w-iot-provisioner' },
    ]);
  });

  it('of the database needs the secret as well, which the service reads for the caller', () => {
    const needs = needsOf(call('rds-data', { path: '/Execute', json: { resourceArn: 'arn:c', secretArn: 'arn:s' } }));
    expect(needs.map(({ action, resource }) => `${action} ${resource}`)).toEqual(['rds-data:ExecuteStatement arn:c', 'secretsmanager:GetSecretValue arn:s']);
  });

  it('that deletes several objects needs the right on each', () => {
    const body = Buffer.from('<Delete><Object><Key>a/1</Key></Object><Object><Key>b/2</Key></Object></Delete>');
    expect(needsOf(call('s3', { path: '/states?delete', body })).map(({ resource }) => resource)).toEqual([
      'arn:aws:s3:::states/a/1',
      'arn:aws:s3:::states/b/2',
    ]);
  });

  it('that nobody has described needs rights that nobody has', () => {
    expect(needsOf(call('ec2', { operation: 'RunInstances' }))).toEqual([]);
    expect(needsOf(call('s3', { method: 'PUT', path: '/states?policy' }))).toEqual([]);
  });
});
