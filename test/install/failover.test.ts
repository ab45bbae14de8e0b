import { after, before, beforeEach, describe, it } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'expect';
import { awsClients, type AwsClients } from '../../lib/install/aws/clients.ts';
import { readParameter, writeParameter } from '../../lib/install/aws/parameters.ts';
import { readEpoch } from '../../lib/install/epoch.ts';
import { awsProxy, errorAnswer, type AwsCall, type AwsProxy } from '../support/aws-proxy.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';

const REGIONS = ['eu-west-1', 'eu-central-1'] as const;
type Region = (typeof REGIONS)[number];

describe('windlass failover', needsMoto, () => {
  let place: TestInstallation;
  let proxy: AwsProxy;
  let clients: Readonly<Record<Region, AwsClients>>;
  /** Says of a call whether it fails; the calls that change something are counted. */
  let fails: (call: AwsCall, region: string) => boolean = () => false;
  let changes: string[] = [];
  before(async () => {
    place = await testInstallation();
    proxy = await awsProxy({
      upstream: place.url,
      intercept: (call, next) => {
        const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(call.headers.authorization ?? '')?.[1] ?? '';
        const isChange = call.method === 'PUT' || /PutParameter|DeleteParameter|EnableRule|DisableRule|Invoke/.test(call.operation ?? '');
        if (isChange) changes.push(`${region} ${call.operation ?? call.method}`);
        return fails(call, region) ? Promise.resolve(errorAnswer(call, 400, 'InjectedFault', 'a fault of the test')) : next(call);
      },
    });
    clients = { 'eu-west-1': awsClients('eu-west-1', { endpoint: place.url }), 'eu-central-1': awsClients('eu-central-1', { endpoint: place.url }) };
    for (const region of REGIONS) {
      const aws = clients[region];
      await aws.s3.send(new CreateBucketCommand({ Bucket: `states-${region}`, CreateBucketConfiguration: { LocationConstraint: region } }));
      await writeParameter(aws, '/platform/storage/bucket-states', `states-${region}`);
      await writeParameter(aws, '/platform/install/version', '6.0.0');
      const { QueueUrl = '' } = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'platform-async-jobs' }));
      await writeParameter(aws, '/platform/messaging/queue-async', QueueUrl);
    }
  });
  after(async () => {
    for (const aws of Object.values(clients)) aws.close();
    await proxy.close();
    await place.close();
  });
  beforeEach(async () => {
    fails = () => false;
    changes = [];
    for (const region of REGIONS) {
      await writeParameter(clients[region], '/platform/mode', region === 'eu-west-1' ? 'on' : 'off');
      await writeParameter(clients[region], '/platform/active', String(region === 'eu-west-1'));
    }
  });

  const config = {
    database: { connection_string_ssm_arn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf', connection_string_ssm_kms_arn: 'arn:aws:kms:eu-west-1:123456789012:key/1' },
    disaster_recovery: { is_dr_instance: false, replica_region: 'eu-central-1' },
  };
  const run = (args: readonly string[], answers: readonly string[] = []) =>
    place.run('failover', ['--to', 'eu-central-1', '--database-promoted', ...args], { config, answers, context: { aws: (region) => awsClients(region, { endpoint: proxy.url }) } });
  const stands = async () =>
    Object.fromEntries(await Promise.all(REGIONS.map(async (region) => [region, `${await readParameter(clients[region], '/platform/mode')} ${await readParameter(clients[region], '/platform/active')}`] as const)));
  const epoch = async () => (await readEpoch(clients['eu-central-1'], 'states-eu-central-1'))?.epoch.epoch ?? 0;

  const DONE = { 'eu-west-1': 'off false', 'eu-central-1': 'on true' };

  it('asks, names the regions, and takes only yes', async () => {
    const outcome = await run([], ['y']);
    expect(outcome).toMatchObject({ code: 4, said: expect.stringContaining('eu-central-1 will serve in place of eu-west-1') });
    expect(changes).toEqual([]);
  });

  it('refuses what it cannot do: no recovery, a strange region, loss of data unasked, a database that was not promoted', async () => {
    expect(await place.run('failover', ['--to', 'eu-central-1', '--database-promoted', '--yes'])).toMatchObject({ code: 2, complained: expect.stringContaining('disaster_recovery: is required') });
    expect(await run(['--yes', '--to', 'us-east-1'])).toMatchObject({ code: 2, complained: expect.stringContaining('neither eu-west-1 nor eu-central-1') });
    expect(await run(['--yes', '--unplanned'])).toMatchObject({ code: 2, complained: expect.stringContaining('--accept-data-loss') });
    expect(await place.run('failover', ['--to', 'eu-central-1', '--yes'], { config })).toMatchObject({ code: 5, complained: expect.stringContaining('make it the writer, then pass --database-promoted') });
  });

  it('does not go to a region of another version', async () => {
    await writeParameter(clients['eu-central-1'], '/platform/install/version', '5.9.0');
    const outcome = await run(['--yes']);
    expect(outcome).toMatchObject({ code: 5, said: expect.stringContaining('FAILED  versions: eu-west-1 has 6.0.0, eu-central-1 5.9.0') });
    expect(changes).toEqual([]);
    await writeParameter(clients['eu-central-1'], '/platform/install/version', '6.0.0');
  });

  it('when planned stops the old region, begins an epoch and starts the new one, in this order', async () => {
    const before = await epoch();
    const outcome = await run(['--yes', '--json']);

    expect(outcome.code).toBe(0);
    expect(JSON.parse(outcome.said.slice(outcome.said.indexOf('{'))) as unknown).toMatchObject({ from: 'eu-west-1', to: 'eu-central-1', planned: true, messagesLeft: 0, oldRegionStopped: true, epoch: before + 1 });
    expect(await stands()).toEqual(DONE);
    const inOrder = changes.filter((change) => !change.includes('Delete'));
    expect(inOrder.findLastIndex((change) => change.startsWith('eu-west-1'))).toBeLessThan(inOrder.indexOf('eu-central-1 PUT'));
  });

  it('with a fault at any of its changes, ends when run again in one active region and one epoch more', async () => {
    await run(['--yes']);
    const steps = changes.length;
    expect(steps).toBeGreaterThanOrEqual(7);
    for (let step = 1; step <= steps; step++) {
      for (const region of REGIONS) {
        await writeParameter(clients[region], '/platform/mode', region === 'eu-west-1' ? 'on' : 'off');
        await writeParameter(clients[region], '/platform/active', String(region === 'eu-west-1'));
      }
      const before = await epoch();
      let count = 0;
      fails = (call) => (call.method === 'PUT' || /PutParameter|EnableRule|DisableRule/.test(call.operation ?? '')) && ++count === step;

      const first = await run(['--yes']);
      const during = await stands();
      expect(Object.values(during).filter((state) => state === 'on true').length).toBeLessThanOrEqual(1);
      fails = () => false;
      if (first.code !== 0) expect(await run(['--yes'])).toMatchObject({ code: 0 });

      expect(await stands()).toEqual(DONE);
      expect(await epoch()).toBe(before + 1);
    }
  });

  it('when planned waits for the queues, and asks before it leaves messages behind', async () => {
    const { QueueUrl } = await clients['eu-west-1'].sqs.send(new CreateQueueCommand({ QueueName: 'platform-async-jobs' }));
    await clients['eu-west-1'].sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    let now = Date.parse('2026-01-01T00:00:00Z');
    const context = { aws: (region: string) => awsClients(region, { endpoint: proxy.url }), now: () => new Date(now), sleep: async (ms: number) => void (now += ms) };
    const args = ['--to', 'eu-central-1', '--database-promoted'];

    expect(await place.run('failover', args, { config, answers: ['yes', 'no'], context })).toMatchObject({ code: 4, complained: expect.stringContaining('eu-west-1 is stopped') });
    expect(now - Date.parse('2026-01-01T00:00:00Z')).toBe(15 * 60_000);
    expect(await place.run('failover', args, { config, answers: ['yes', 'yes'], context })).toMatchObject({ code: 0, said: expect.stringContaining('1 messages are left in the queues of eu-west-1') });
    expect(await stands()).toEqual(DONE);
  });

  it('when unplanned goes on without the old region', async () => {
    fails = (call, region) => region === 'eu-west-1' && call.service !== 'sts';
    const outcome = await run(['--yes', '--unplanned', '--accept-data-loss']);

    expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('eu-west-1 could not be stopped: stop it as soon as it answers') });
    expect(await stands()).toMatchObject({ 'eu-central-1': 'on true' });
  });
});
