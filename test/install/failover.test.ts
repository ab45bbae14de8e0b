import { after, before, beforeEach, describe, it } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'expect';
import { awsClients, type AwsClients } from '../../lib/install/aws/clients.ts';
import { deleteParameter, readParameter, writeParameter } from '../../lib/install/aws/parameters.ts';
import { placeOf, readSecret, writeSecret } from '../../lib/install/aws/secret-values.ts';
import { readEpoch } from '../../lib/install/epoch.ts';
import { awsProxy, errorAnswer, inTurn, jsonAnswer, type AwsCall, type AwsProxy, type Intercept } from '../support/aws-proxy.ts';
import { GLOBAL_CLUSTER, globalDatabase } from '../support/global-database.ts';
import { promotions, sharedSecret } from '../support/secret-copies.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';

const REGIONS = ['eu-west-1', 'eu-central-1'] as const;
type Region = (typeof REGIONS)[number];

const regionOf = (call: AwsCall): string => /Credential=[^/]+\/\d+\/([^/]+)\//.exec(call.headers.authorization ?? '')?.[1] ?? '';
const isChange = (call: AwsCall): boolean =>
  call.method === 'PUT' || call.path.includes('/invocations') || /PutParameter|DeleteParameter|EnableRule|DisableRule|GlobalCluster$|CreateDBInstance|ReplicateSecret|StopReplication|RotateSecret/.test(call.operation ?? '');

describe('windlass failover', needsMoto, () => {
  let place: TestInstallation;
  let proxy: AwsProxy;
  let clients: Readonly<Record<Region, AwsClients>>;
  /** Says of a call whether it fails; the calls that change something are counted. */
  let fails: (call: AwsCall, region: string) => boolean = () => false;
  let changes: string[] = [];
  /** What functions were called for, by region. */
  let called: string[] = [];
  /** The database's epochs, by failover. */
  const epochs = new Map<string, number>();
  let licensed = false;
  /** Operations that wait to be copied, for each bucket; undefined tells nothing. */
  let pending: number | undefined;
  const database = globalDatabase(REGIONS);

  /** Functions that the emulator would need containers for, and numbers that the services tell. */
  const services: Intercept = (call, next) => {
    const [, name] = /functions\/platform-(ops|license)\/invocations/.exec(call.path) ?? [];
    if (name !== undefined) {
      if (name === 'license' && !licensed) return Promise.resolve(errorAnswer(call, 404, 'ResourceNotFoundException', 'no such function'));
      const asked = JSON.parse(call.body.toString('utf8')) as { readonly do?: string; readonly failover?: string; readonly after?: number };
      called.push(`${regionOf(call)} ${name} ${asked.do ?? 'check'}`);
      const writes = regionOf(call) === database.writer;
      if (asked.do === 'begin-epoch') {
        const epoch = epochs.get(asked.failover ?? '') ?? Math.max(...epochs.values(), asked.after ?? 0) + 1;
        epochs.set(asked.failover ?? '', epoch);
        return Promise.resolve(jsonAnswer(200, { done: { epoch, messages: 3, workers: 2 } }));
      }
      return Promise.resolve(jsonAnswer(200, asked.do === 'prove-writer' && !writes ? { error: { message: 'the database is read only' } } : { done: {} }));
    }
    if (call.operation !== 'GetMetricData') return next(call);
    const { MetricDataQueries } = JSON.parse(call.body.toString('utf8')) as { readonly MetricDataQueries: readonly { readonly Id: string }[] };
    numbers.push(JSON.stringify(MetricDataQueries));
    return Promise.resolve(jsonAnswer(200, { MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, Values: pending === undefined ? [] : [pending] })) }));
  };
  let numbers: string[] = [];
  const rotated: string[] = [];
  const shareSecrets = async () => {
    await sharedSecret(clients, REGIONS, 'platform/sso', 'provider');
    await sharedSecret(clients, REGIONS, 'platform/database-api', 'password');
  };
  const keeper = (region: Region, name: string) => placeOf(clients[region], `platform/${name}`).then((place) => place?.copyOf ?? region);

  before(async () => {
    place = await testInstallation();
    proxy = await awsProxy({
      upstream: place.url,
      intercept: (call, next) => {
        if (isChange(call)) changes.push(`${regionOf(call)} ${call.operation ?? /invocations/.exec(call.path)?.[0] ?? call.method}`);
        if (fails(call, regionOf(call))) return Promise.resolve(errorAnswer(call, 400, 'InjectedFault', 'a fault of the test'));
        return inTurn(services, database.intercept, promotions(clients, rotated))(call, next);
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
    called = [];
    numbers = [];
    licensed = false;
    rotated.length = 0;
    await shareSecrets();
    pending = undefined;
    database.writer = 'eu-central-1';
    database.headless.clear();
    database.asked.splice(0);
    database.polls = 0;
    const { QueueUrl } = await clients['eu-west-1'].sqs.send(new CreateQueueCommand({ QueueName: 'platform-async-jobs' }));
    await clients['eu-west-1'].sqs.send(new PurgeQueueCommand({ QueueUrl }));
    // A fault at the very end of a command leaves its lock.
    await deleteParameter(clients['eu-central-1'], '/platform/install/lock');
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
  const whole = { disaster_recovery: { ...config.disaster_recovery, global_cluster_identifier: GLOBAL_CLUSTER } };
  let time = Date.now();
  const aws = (region: string) => awsClients(region, { endpoint: proxy.url });
  /** With the database's own switch. */
  const runWhole = (args: readonly string[], changed: Readonly<Record<string, unknown>> = whole, answers: readonly string[] = []) =>
    place.run('failover', ['--to', 'eu-central-1', ...args], { config: changed, answers, context: { aws, now: () => new Date(time), sleep: async (ms) => void (time += ms) } });
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
    expect(await place.run('failover', ['--to', 'eu-central-1', '--yes'], { config })).toMatchObject({ code: 5, complained: expect.stringContaining('make the database of eu-central-1 the writer, then pass --database-promoted') });
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
    licensed = true;
    database.writer = 'eu-west-1';
    database.headless.add('eu-central-1');
    await runWhole(['--yes']);
    const steps = changes.length;
    expect(steps).toBeGreaterThanOrEqual(12);
    for (let step = 1; step <= steps; step++) {
      for (const region of REGIONS) {
        await writeParameter(clients[region], '/platform/mode', region === 'eu-west-1' ? 'on' : 'off');
        await writeParameter(clients[region], '/platform/active', String(region === 'eu-west-1'));
      }
      await shareSecrets();
      const before = await epoch();
      database.writer = 'eu-west-1';
      database.headless.add('eu-central-1');
      let count = 0;
      fails = (call) => isChange(call) && ++count === step;

      const first = await runWhole(['--yes']);
      const during = await stands();
      expect(Object.values(during).filter((state) => state === 'on true').length).toBeLessThanOrEqual(1);
      fails = () => false;
      if (first.code !== 0) expect(await runWhole(['--yes'])).toMatchObject({ code: 0 });

      expect(await stands()).toEqual(DONE);
      expect(database.writer).toBe('eu-central-1');
      expect(await epoch()).toBe(before + 1);
      expect([await keeper('eu-central-1', 'sso'), await keeper('eu-central-1', 'database-api')]).toEqual(['eu-central-1', 'eu-central-1']);
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

  it('when planned has the old region begin the switch of the database, waits for it, and proves it by a write', async () => {
    database.writer = 'eu-west-1';
    database.polls = 3;
    pending = 0;
    const outcome = await runWhole(['--yes']);

    expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('eu-central-1 writes to the database') });
    expect(outcome.said).toContain('lag: eu-central-1 is 0 ms behind');
    expect(database.asked).toEqual([{
      operation: 'SwitchoverGlobalCluster', region: 'eu-west-1',
      parameters: expect.objectContaining({ GlobalClusterIdentifier: GLOBAL_CLUSTER, TargetDbClusterIdentifier: 'arn:aws:rds:eu-central-1:123456789012:cluster:platform-database' }),
    }]);
    expect(called).toEqual(['eu-central-1 ops prove-writer', 'eu-central-1 ops begin-epoch']);
    expect(changes.findIndex((change) => change.endsWith('SwitchoverGlobalCluster'))).toBeLessThan(changes.indexOf('eu-central-1 PUT'));
  });

  it('makes an instance first where the new region has storage alone', async () => {
    database.writer = 'eu-west-1';
    database.headless.add('eu-central-1');
    await runWhole(['--yes']);

    expect(database.asked.map(({ operation, region }) => [operation, region])).toEqual([['CreateDBInstance', 'eu-central-1'], ['SwitchoverGlobalCluster', 'eu-west-1']]);
    expect(database.asked[0]?.parameters).toMatchObject({ DBClusterIdentifier: 'platform-database', DBInstanceClass: 'db.serverless', Engine: 'aurora-postgresql' });
  });

  it('when unplanned asks the new region to take the database, with what is lost accepted', async () => {
    database.writer = 'eu-west-1';
    fails = (call, region) => region === 'eu-west-1' && call.service !== 'sts';
    const outcome = await runWhole(['--yes', '--unplanned', '--accept-data-loss']);

    expect(outcome.code).toBe(0);
    expect(database.asked).toEqual([expect.objectContaining({ operation: 'FailoverGlobalCluster', region: 'eu-central-1', parameters: expect.objectContaining({ AllowDataLoss: 'true' }) })]);
  });

  it('starts nothing where the database takes no writes', async () => {
    database.writer = 'eu-west-1';
    const outcome = await run(['--yes']);

    expect(outcome).toMatchObject({ code: 1, complained: expect.stringContaining('the database is read only') });
    expect(await stands()).toEqual({ 'eu-west-1': 'off false', 'eu-central-1': 'off false' });
  });

  it('is not begun while the database is far behind, or is none of the region\'s', async () => {
    database.writer = 'eu-west-1';
    pending = 45_000;
    expect(await runWhole(['--yes'])).toMatchObject({ code: 5, said: expect.stringContaining('FAILED  lag: eu-central-1 is 45000 ms behind') });
    const other = { disaster_recovery: { ...whole.disaster_recovery, global_cluster_identifier: 'another' } };
    expect(await runWhole(['--yes'], other)).toMatchObject({ code: 5, complained: expect.stringContaining('eu-central-1 knows no global cluster another') });
    expect(changes).toEqual([]);
  });

  it('when planned has the old region give its licence back before the new one asks', async () => {
    licensed = true;
    expect(await run(['--yes'])).toMatchObject({ code: 0, said: expect.stringContaining('eu-west-1 has given its licence back') });
    expect(called).toEqual(['eu-west-1 license release', 'eu-central-1 ops prove-writer', 'eu-central-1 ops begin-epoch', 'eu-central-1 license check']);
  });

  it('when planned waits until every object has arrived, and asks before it leaves any behind', async () => {
    const names = ['modules', 'policy-inputs', 'run-logs', 'states', 'workspace', 'documents'];
    for (const region of REGIONS) for (const name of names) await writeParameter(clients[region], `/platform/storage/bucket-${name}`, `${name}-${region}`);
    const arn = (name: string) => `arn:aws:s3:::${name}-eu-central-1`;
    const replicated = { ...config, disaster_recovery: { ...config.disaster_recovery, s3_bucket_replication: {
      enabled: true, replica_kms_key_arn: 'arn:aws:kms:eu-central-1:123456789012:key/mrk-1', states_bucket_arn: arn('states'), run_logs_bucket_arn: arn('run-logs'),
      modules_bucket_arn: arn('modules'), policy_inputs_bucket_arn: arn('policy-inputs'), workspaces_bucket_arn: arn('workspace'),
    } } };
    let now = Date.now();
    const begun = now;
    const asked = (answers: readonly string[], arrives: boolean) => place.run('failover', ['--to', 'eu-central-1', '--database-promoted'], {
      config: replicated, answers,
      context: { aws, now: () => new Date(now), sleep: async (ms: number) => { now += ms; if (arrives) pending = pending === undefined ? 4 : Math.max(0, pending - 1); } },
    });

    expect(await asked(['yes', 'no'], false)).toMatchObject({ code: 4, said: expect.stringContaining('an unknown number of operations wait to be copied from eu-west-1') });
    expect(now - begun).toBeGreaterThanOrEqual(15 * 60_000);
    pending = 7;
    expect(await asked(['yes', 'no'], false)).toMatchObject({ code: 4, said: expect.stringContaining('42 operations wait to be copied from eu-west-1') });
    pending = undefined;
    const outcome = await asked(['yes'], true);
    expect(outcome).toMatchObject({ code: 0, asked: ['Only "yes" continues: '] });
    expect(outcome.said).toContain('copies: how many operations wait to be copied is not known');
    for (const name of names) expect(numbers.at(-1)).toContain(JSON.stringify([{ Name: 'SourceBucket', Value: `${name}-eu-west-1` }, { Name: 'DestinationBucket', Value: `${name}-eu-central-1` }, { Name: 'RuleId', Value: 'everything' }]));
  });

  it('leaves in the new region which epoch it serves, so that it gives way to a newer one only', async () => {
    await run(['--yes']);

    expect(await readParameter(clients['eu-central-1'], '/platform/epoch')).toBe(String(await epoch()));
  });

  it('has the database go on in the new epoch before anything of the new region is started, and says what comes of it', async () => {
    const outcome = await run(['--yes', '--json']);

    expect(JSON.parse(outcome.said.slice(outcome.said.indexOf('{'))) as unknown).toMatchObject({ messagesSentAgain: 3, workersAwaited: 2, epoch: Math.max(...epochs.values()) });
    expect(called.slice(0, 2)).toEqual(['eu-central-1 ops prove-writer', 'eu-central-1 ops begin-epoch']);
    const [, begun = -1] = changes.flatMap((change, index) => (change === 'eu-central-1 invocations' ? [index] : []));
    expect(begun).toBeLessThan(changes.indexOf('eu-central-1 PUT'));
    // After the lock and the note of the failover: the region's epoch, its mode and its mark.
    expect(changes.flatMap((change, index) => (change === 'eu-central-1 PutParameter' && index > begun ? [index] : []))).toHaveLength(3);
  });

  it('makes the new region the keeper of the secrets, which the old one has copies of from then on', async () => {
    const outcome = await runWhole(['--yes']);

    expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('eu-central-1 keeps the secrets: database-api, sso'), complained: '' });
    for (const name of ['sso', 'database-api']) expect([await keeper('eu-central-1', name), await keeper('eu-west-1', name)]).toEqual(['eu-central-1', 'eu-central-1']);
    expect(await readSecret(clients['eu-central-1'], 'platform/database-api')).toBe('password');
    await writeSecret(clients['eu-central-1'], 'platform/sso', 'another provider');
    expect(await readSecret(clients['eu-west-1'], 'platform/sso')).toBe('another provider');
    expect(rotated).toEqual(['platform/database-api by arn:aws:lambda:eu-central-1:123456789012:function:platform-ops later']);
  });

  it('goes back with the values that the serving region has had since, where the old one kept its own', async () => {
    fails = (call, region) => call.operation === 'ReplicateSecretToRegions' || (region === 'eu-west-1' && call.service !== 'sts');
    const away = await run(['--yes', '--unplanned', '--accept-data-loss']);
    expect(away).toMatchObject({ code: 0, complained: expect.stringContaining('platform/sso could not be copied to eu-west-1: InjectedFault') });
    fails = () => false;
    await writeSecret(clients['eu-central-1'], 'platform/sso', 'changed since');
    expect(await readSecret(clients['eu-west-1'], 'platform/sso')).toBe('provider');
    // Run once more, it is no way back: what this region knows stays.
    expect(await run(['--yes'])).toMatchObject({ code: 0 });
    expect(await readSecret(clients['eu-central-1'], 'platform/sso')).toBe('changed since');
    await sharedSecret(clients, REGIONS, 'platform/database-api', 'password');
    database.writer = 'eu-west-1';

    const back = await run(['--yes', '--to', 'eu-west-1']);

    expect(back).toMatchObject({ code: 0, said: expect.stringContaining('eu-west-1 keeps the secrets: sso') });
    expect(await readSecret(clients['eu-west-1'], 'platform/sso')).toBe('changed since');
    expect([await keeper('eu-west-1', 'sso'), await keeper('eu-central-1', 'sso')]).toEqual(['eu-west-1', 'eu-west-1']);
  });

  it('copies secrets to the region that it goes back to, where that has none of the newer values', async () => {
    fails = (call, region) => call.operation === 'ReplicateSecretToRegions' || (region === 'eu-west-1' && call.service !== 'sts');
    await run(['--yes', '--unplanned', '--accept-data-loss']);
    fails = () => false;
    await writeSecret(clients['eu-central-1'], 'platform/sso', 'changed since');
    database.writer = 'eu-west-1';

    expect(await run(['--yes', '--to', 'eu-west-1'])).toMatchObject({ code: 0, said: expect.stringContaining('platform/sso is copied from eu-central-1 to eu-west-1') });
    expect(await readSecret(clients['eu-west-1'], 'platform/sso')).toBe('changed since');
    expect(await keeper('eu-west-1', 'sso')).toBe('eu-west-1');
  });

  it('when unplanned goes on without the old region', async () => {
    fails = (call, region) => region === 'eu-west-1' && call.service !== 'sts';
    const outcome = await run(['--yes', '--unplanned', '--accept-data-loss']);

    expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('eu-west-1 could not be stopped: stop it as soon as it answers') });
    expect(await stands()).toMatchObject({ 'eu-central-1': 'on true' });
  });
});
