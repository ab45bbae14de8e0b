import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { createCopyJob } from '../../lib/install/aws/batch-jobs.ts';
import { awsClients } from '../../lib/install/aws/clients.ts';
import { writeParameter } from '../../lib/install/aws/parameters.ts';
import { awsProxy, type AwsCall, type AwsProxy } from '../support/aws-proxy.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';

const COPIED = ['modules', 'policy-inputs', 'run-logs', 'states', 'workspace', 'documents'];
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/mrk-1';
const arn = (name: string) => `arn:aws:s3:::${name}-eu-central-1`;
const REPLICATION = {
  enabled: true, replica_kms_key_arn: KEY, states_bucket_arn: arn('states'), run_logs_bucket_arn: arn('run-logs'),
  modules_bucket_arn: arn('modules'), policy_inputs_bucket_arn: arn('policy-inputs'), workspaces_bucket_arn: arn('workspace'),
};

/** The emulator has no jobs of this kind: this answers as the service does, a token giving the same job again. */
interface Asked {
  readonly body: string;
  readonly region: string | undefined;
  readonly account: string | undefined;
}

describe('objects that are older than the rules', needsMoto, () => {
  let place: TestInstallation;
  let proxy: AwsProxy;
  let asked: Asked[] = [];
  const jobs = new Map<string, string>();
  let state = '';
  let refused = 0;
  before(async () => {
    place = await testInstallation();
    proxy = await awsProxy({
      upstream: place.url,
      intercept: (call, next) => (call.path.startsWith('/v20180820/jobs') ? Promise.resolve(answer(call)) : next(call)),
    });
    for (const region of ['eu-west-1', 'eu-central-1']) {
      const aws = awsClients(region, { endpoint: place.url });
      for (const name of [...COPIED, 'metadata']) await writeParameter(aws, `/platform/storage/bucket-${name}`, `${name}-${region}`);
      aws.close();
    }
  });
  after(async () => {
    await proxy?.close();
    await place?.close();
  });
  beforeEach(() => {
    asked = [];
    refused = 0;
    state = '<Status>Preparing</Status>';
  });

  function answer(call: AwsCall) {
    const xml = (status: number, body: string) => ({ status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`) });
    if (call.method === 'GET') return state === '' ? xml(404, '<Error><Code>NoSuchJob</Code></Error>') : xml(200, `<DescribeJobResult><Job>${state}</Job></DescribeJobResult>`);
    const body = call.body.toString('utf8');
    const region = /Credential=[^/]+\/\d+\/([^/]+)\/s3\/aws4_request/.exec(call.headers.authorization ?? '')?.[1];
    asked.push({ body, region, account: call.headers['x-amz-account-id'] });
    if (refused > 0 && asked.length >= refused) return xml(400, '<Error><Code>InvalidRequest</Code></Error>');
    const token = /<ClientRequestToken>(.*)<\/ClientRequestToken>/.exec(body)?.[1] ?? '';
    const id = jobs.get(token) ?? `job-${jobs.size + 1}`;
    jobs.set(token, id);
    return xml(200, `<CreateJobResult><JobId>${id}</JobId></CreateJobResult>`);
  }
  const config = { disaster_recovery: { replica_region: 'eu-central-1', s3_bucket_replication: REPLICATION } };
  const context = { aws: (region: string) => awsClients(region, { endpoint: proxy.url }) };
  const run = (command: 'install' | 'doctor' | 'failover', args: readonly string[], more: object = {}) => place.run(command, args, { config, context: { ...context, ...more } });
  const sourceOf = ({ body }: Asked) => /<SourceBucket>arn:aws:s3:::(.*)<\/SourceBucket>/.exec(body)?.[1];

  it('are asked for in the words of the service: what was never copied and what failed, listed by the service itself', async () => {
    const aws = context.aws('eu-west-1');
    await createCopyJob(aws, {
      accountId: '123456789012', bucketArn: 'arn:aws:s3:::s', roleArn: 'arn:aws:iam::123456789012:role/r', report: { bucketArn: 'arn:aws:s3:::r', prefix: 'p' },
      description: 'a & b', token: 'tok',
    });
    aws.close();

    expect(asked).toEqual([{
      region: 'eu-west-1',
      account: '123456789012',
      body: '<CreateJobRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><ConfirmationRequired>false</ConfirmationRequired>'
        + '<Operation><S3ReplicateObject/></Operation><Report><Bucket>arn:aws:s3:::r</Bucket><Format>Report_CSV_20180820</Format><Enabled>true</Enabled>'
        + '<Prefix>p</Prefix><ReportScope>FailedTasksOnly</ReportScope></Report><ClientRequestToken>tok</ClientRequestToken><Description>a &amp; b</Description>'
        + '<Priority>10</Priority><RoleArn>arn:aws:iam::123456789012:role/r</RoleArn><ManifestGenerator><S3JobManifestGenerator>'
        + '<ExpectedBucketOwner>123456789012</ExpectedBucketOwner><SourceBucket>arn:aws:s3:::s</SourceBucket><EnableManifestOutput>false</EnableManifestOutput>'
        + '<Filter><EligibleForReplication>true</EligibleForReplication><ObjectReplicationStatuses><member>NONE</member><member>FAILED</member>'
        + '</ObjectReplicationStatuses></Filter></S3JobManifestGenerator></ManifestGenerator></CreateJobRequest>',
    }]);
  });

  it('are copied once for each bucket, by the installation that first has rules; one that was cut off goes on', async () => {
    refused = 3;
    const first = await run('install', ['--yes']);
    expect(first).toMatchObject({ code: 0, complained: expect.stringContaining('older objects are not all being copied: the service refused a job (400 InvalidRequest)') });
    refused = 0;
    asked = [];

    const second = await run('install', ['--yes']);
    expect(asked.map(sourceOf).sort()).toEqual(['documents-eu-west-1', ...['run-logs', 'states', 'workspace'].map((name) => `platform-${name}-123456789012-abcdef`)]);
    for (const { body } of asked) {
      expect(body).toContain('<RoleArn>arn:aws:iam::123456789012:role/platform-copying-eu-west-1</RoleArn>');
      expect(body).toMatch(/<Report><Bucket>arn:aws:s3:::[\w-]*metadata-[\w-]+<\/Bucket>/);
      expect(body).toMatch(/<ClientRequestToken>[0-9a-f]{64}</);
    }
    expect(second.said).toContain('older objects are being copied:');

    asked = [];
    await run('install', ['--yes']);
    expect(asked).toEqual([]);
  });

  it('are told of by doctor', async () => {
    const told = async (text: string) => {
      state = text;
      return (await run('doctor', [])).said.split('\n').find((line) => line.includes('platform-states-123456789012-abcdef'));
    };
    const progress = (total: number, failed: number) => `<ProgressSummary><NumberOfTasksFailed>${failed}</NumberOfTasksFailed><TotalNumberOfTasks>${total}</TotalNumberOfTasks></ProgressSummary>`;

    expect(await told(`<Status>Active</Status>${progress(50, 0)}`)).toMatch(/^ok .*job-\d+ is Active, 50 to copy$/);
    expect(await told(`<Status>Complete</Status>${progress(50, 0)}`)).toMatch(/^ok .*: 50 copied$/);
    expect(await told(`<Status>Complete</Status>${progress(50, 2)}`)).toMatch(/^warning .*: 2 of 50 were not copied; the job job-\d+ has a report of them$/);
    expect(await told('<Status>Failed</Status><FailureReasons><JobFailure><FailureReason>no objects</FailureReason></JobFailure></FailureReasons>')).toMatch(/^warning .* is Failed: no objects$/);
    expect(await told('')).toMatch(/^ok .* ended longer ago than the service remembers$/);
  });

  it('are copied again in the region that serves before one goes back, and nothing else is done', async () => {
    const now = () => new Date('2026-03-01T10:00:30Z');
    const before = await place.deployments();
    const outcome = await run('failover', ['--to', 'eu-west-1', '--copy-first'], { now });

    expect(outcome).toMatchObject({ code: 0, said: expect.stringMatching(/states-eu-central-1: job job-\d+ of eu-central-1 copies what has not been/) });
    expect(asked.map(sourceOf).sort()).toEqual(COPIED.map((name) => `${name}-eu-central-1`).sort());
    expect(new Set(asked.map(({ region }) => region))).toEqual(new Set(['eu-central-1']));
    const count = jobs.size;
    await run('failover', ['--to', 'eu-west-1', '--copy-first'], { now });
    expect(jobs.size).toBe(count);
    expect(await place.deployments()).toEqual(before);
  });
});
