import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CreateStackCommand, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { AttachPolicyCommand, CreateCertificateFromCsrCommand, CreatePolicyCommand, ListCertificatesCommand, ListPoliciesCommand } from '@aws-sdk/client-iot';
import { CreateKeyCommand, DescribeKeyCommand, ReplicateKeyCommand } from '@aws-sdk/client-kms';
import { CreateDBClusterCommand, DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { ListBucketsCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, DeleteSecretCommand, ListSecretsCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'expect';
import { awsClients, type AwsClients } from '../../lib/install/aws/clients.ts';
import { poolPolicies } from '../../lib/install/aws/iot-objects.ts';
import { deleteParameter, readParameter, writeParameter } from '../../lib/install/aws/parameters.ts';
import { requestFor } from '../../lib/runtime/pool-key.ts';
import { awsProxy, type Intercept } from '../support/aws-proxy.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';

const POOL_POLICY = 'platform-pool-01JAAAAAAAAAAAAAAAAAAAAAAA';
/** Of an installation whose prefix begins with this one's. */
const NEIGHBOURS_POLICY = 'platform-test-pool-01JBBBBBBBBBBBBBBBBBBBBBBB';

describe('windlass uninstall', needsMoto, () => {
  let place: TestInstallation;
  let aws: AwsClients;
  let standby: AwsClients;
  let primaryKey: string;
  before(async () => {
    place = await testInstallation();
    aws = place.aws;
    standby = awsClients('eu-central-1', { endpoint: place.moto.url });
    expect((await place.run('install', ['--yes'])).code).toBe(0);
    await stand();
  });
  after(async () => {
    standby.close();
    await place.close();
  });

  async function makeStack(stack: string): Promise<void> {
    const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: `of-${stack}` } } } };
    await aws.cloudFormation.send(new CreateStackCommand({ StackName: `platform-${stack}`, TemplateBody: JSON.stringify(template) }));
  }

  /** What the recording program does not make: stacks, keys, the database and what functions make at run time. */
  async function stand(): Promise<void> {
    for (const stack of ['kms', 'storage', 'database', 'messaging', 'api', 'drain']) await makeStack(stack);
    const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({ MultiRegion: true }));
    primaryKey = KeyMetadata?.Arn ?? '';
    await aws.kms.send(new ReplicateKeyCommand({ KeyId: KeyMetadata?.KeyId, ReplicaRegion: 'eu-central-1' }));
    await writeParameter(aws, '/platform/kms/master-key-arn', primaryKey);
    await writeParameter(aws, '/platform/kms/encryption-key-arn', primaryKey);
    await writeParameter(aws, '/platform/database/cluster-identifier', 'platform-database');
    const user = { MasterUsername: 'root', MasterUserPassword: 'password1234' };
    const engine = { Engine: 'aurora-postgresql', EngineVersion: '16.11' };
    await aws.rds.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'platform-database', ...engine, ...user, DeletionProtection: true }));
    const AddReplicaRegions = [{ Region: 'eu-central-1' }];
    await aws.secrets.send(new CreateSecretCommand({ Name: 'platform/app', SecretString: '{"key":"value"}', AddReplicaRegions }));
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName: 'platform-launcher' }));
    await aws.s3.send(new PutBucketVersioningCommand({ Bucket: 'platform-states-123456789012-abcdef', VersioningConfiguration: { Status: 'Enabled' } }));
    for (const Body of ['one', 'two']) await aws.s3.send(new PutObjectCommand({ Bucket: 'platform-states-123456789012-abcdef', Key: 'a', Body }));
    const csr = await requestFor(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const { certificateArn } = await aws.iot.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true }));
    for (const policyName of [POOL_POLICY, NEIGHBOURS_POLICY, 'someone-elses']) await aws.iot.send(new CreatePolicyCommand({ policyName, policyDocument: '{"Version":"2012-10-17","Statement":[]}' }));
    await aws.iot.send(new AttachPolicyCommand({ policyName: POOL_POLICY, target: certificateArn }));
  }

  const stacks = async () => ((await aws.cloudFormation.send(new DescribeStacksCommand({}))).Stacks ?? []).filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName }) => StackName).sort();
  const buckets = async () => ((await aws.s3.send(new ListBucketsCommand({}))).Buckets ?? []).length;
  const keyState = async (clients: AwsClients, id: string) => (await clients.kms.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata?.KeyState;

  it('changes nothing unless told yes', async () => {
    const before = await stacks();
    expect(await place.run('uninstall', [], { answers: ['y'] })).toMatchObject({ code: 4 });
    expect(await stacks()).toEqual(before);
  });

  it('shows how it is used and does nothing else', async () => {
    expect(await place.run('uninstall', ['-h'])).toMatchObject({ code: 0, said: expect.stringContaining('usage: uninstall') });
    expect(await place.run('uninstall', ['-x'])).toMatchObject({ code: 2 });
  });

  it('by default keeps keys, objects, database, secrets and the workers\' certificates, and notes them', async () => {
    const kept = await buckets();

    expect(await place.run('uninstall', ['-f'])).toMatchObject({ code: 0, said: expect.stringContaining('kept: kms, storage, database, 1 worker pools') });

    expect(await stacks()).toEqual(['platform-database', 'platform-kms', 'platform-storage']);
    expect(await buckets()).toBe(kept);
    expect(await poolPolicies(aws, 'platform')).toEqual([POOL_POLICY]);
    expect(JSON.parse((await readParameter(aws, '/platform/retained')) ?? '')).toMatchObject({ version: '6.0.0', stacks: ['kms', 'storage', 'database'], iotPolicies: [POOL_POLICY] });
    expect(await keyState(aws, primaryKey)).toBe('Enabled');
  });

  it('takes away the rules in front of a distribution in the region where they are', async () => {
    const edge = awsClients('us-east-1', { endpoint: place.moto.url });
    const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'of-edge' } } } };
    await edge.cloudFormation.send(new CreateStackCommand({ StackName: 'platform-edge', TemplateBody: JSON.stringify(template) }));
    expect((await place.run('uninstall', ['-f'])).said).not.toContain('platform-edge');

    const config = { web: { mode: 'cloudfront', certificate_arn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' } };
    expect(await place.run('uninstall', ['-f'], { config })).toMatchObject({ code: 0, said: expect.stringContaining('removed: platform-edge') });
    await expect(edge.cloudFormation.send(new DescribeStacksCommand({ StackName: 'platform-edge' }))).rejects.toMatchObject({ name: 'ValidationError' });
    edge.close();
  });

  it('is undone by an installation, which takes over what was kept, a secret that was to be deleted included', async () => {
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'platform/slack', SecretString: '{"kept":"value"}' }));
    for (const SecretId of ['platform/admin', 'platform/slack']) await aws.secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    const waits: number[] = [];

    const outcome = await place.run('install', ['--yes'], { context: { sleep: async (ms) => void waits.push(ms) } });

    expect(outcome.said).toContain('brought back, for it was to be deleted: platform/slack');
    expect((await aws.secrets.send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name)).toEqual(expect.arrayContaining(['platform/admin', 'platform/slack']));
    // Names of the deleted queues are refused for a minute.
    expect(waits[0]).toBeGreaterThan(55_000);
    expect(outcome.said).toMatch(/waiting 6\d s until the names of its queues are free/);
    expect(outcome).toMatchObject({ code: 0, said: expect.stringMatching(/taking over what the uninstallation of .* kept: kms, storage, database, 1 worker pools/) });
    expect(outcome.said).toContain('identity provider unchanged');
    expect(await readParameter(aws, '/platform/retained')).toBeUndefined();
  });

  it('is not undone where a stack that it kept was deleted by hand, and says how what it held is taken in again', async () => {
    await place.run('uninstall', ['-f']);
    await aws.cloudFormation.send(new DeleteStackCommand({ StackName: 'platform-storage' }));
    const before = (await place.deployments()).length;

    const outcome = await place.run('install', ['--yes']);

    expect(outcome).toMatchObject({ code: 5, said: expect.stringMatching(/FAILED {2}kept things: the stack platform-storage is gone, .* npx cdk import storage -c config=/) });
    await deleteParameter(aws, '/platform/retained');
    // The secret tells as well, and so does the database.
    expect((await place.run('doctor')).said).toContain('FAILED  kept things: the stack platform-storage is gone');
    expect((await place.deployments()).length).toBe(before);
    await makeStack('storage');
    expect(await place.run('doctor')).toMatchObject({ code: 0, said: expect.stringContaining('ok      kept things: none') });
  });

  it('goes on where a deletion that failed stopped it', async () => {
    await writeParameter(aws, '/platform/kms/master-key-arn', primaryKey);
    await writeParameter(aws, '/platform/kms/encryption-key-arn', 'not an address');
    expect((await place.run('uninstall', ['-f', '-n'])).code).toBe(1);
    expect(await stacks()).toContain('platform-kms');
    await writeParameter(aws, '/platform/kms/encryption-key-arn', primaryKey);

    const outcome = await place.run('uninstall', ['-f', '-n']);

    expect(outcome).toMatchObject({ code: 0, complained: '' });
    expect(await stacks()).toEqual([]);
  });

  it('with -n takes a cluster out of the database of two regions first, which the service asks for', async () => {
    const DBClusterIdentifier = 'second-database';
    const user = { MasterUsername: 'root', MasterUserPassword: 'password1234' };
    const cluster = { DBClusterIdentifier, Engine: 'aurora-postgresql', EngineVersion: '16.11', ...user };
    const { DBCluster: made } = await aws.rds.send(new CreateDBClusterCommand(cluster));
    await writeParameter(aws, '/second/database/cluster-identifier', DBClusterIdentifier);
    let isOut = false;
    // moto deletes such clusters as any other.
    const intercept: Intercept = (call, next) => {
      const asked = new URLSearchParams(call.service === 'rds' ? call.body.toString('utf8') : '');
      const xml = (status: number, body: string) => Promise.resolve({ status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) });
      if (asked.get('Action') === 'RemoveFromGlobalCluster') {
        isOut = asked.get('DbClusterIdentifier') === made?.DBClusterArn && asked.get('GlobalClusterIdentifier') === 'second-global';
        return xml(200, '<RemoveFromGlobalClusterResponse><RemoveFromGlobalClusterResult/></RemoveFromGlobalClusterResponse>');
      }
      if (asked.get('Action') !== 'DeleteDBCluster' || isOut) return next(call);
      return xml(400, '<ErrorResponse><Error><Code>InvalidDBClusterStateFault</Code><Message>part of a global cluster</Message></Error></ErrorResponse>');
    };
    const proxy = await awsProxy({ upstream: place.url, intercept });
    const config = { name_prefix: 'second', disaster_recovery: { replica_region: 'eu-central-1', global_cluster_identifier: 'second-global' } };
    try {
      const context = { aws: (region: string) => awsClients(region, { endpoint: proxy.url }) };
      const outcome = await place.run('uninstall', ['-f', '-n'], { config, context });
      expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('destroyed: database second-database') });
    } finally {
      await proxy.close();
    }
  });

  it('with -n leaves nothing: all versions, the protected database, secrets at once; keys wait 30 days, replicas before their primary', async () => {
    expect(await buckets()).toBe(0);
    await expect(aws.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'platform-database' }))).rejects.toMatchObject({ name: expect.stringContaining('DBClusterNotFound') });
    for (const { secrets } of [aws, standby]) expect((await secrets.send(new ListSecretsCommand({ IncludePlannedDeletion: true }))).SecretList).toEqual([]);
    await expect(aws.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['platform-launcher'] }))).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    expect(await poolPolicies(aws, 'platform')).toEqual([]);
    const { policies = [] } = await aws.iot.send(new ListPoliciesCommand({}));
    expect(policies.map(({ policyName }) => policyName).sort()).toEqual([NEIGHBOURS_POLICY, 'someone-elses']);
    expect((await aws.iot.send(new ListCertificatesCommand({}))).certificates).toEqual([]);
    expect(await keyState(standby, primaryKey.replace('eu-west-1', 'eu-central-1'))).toBe('PendingDeletion');
    expect(await keyState(aws, primaryKey)).toMatch(/^Pending(Replica)?Deletion$/);
    for (const name of ['mode', 'retained', 'install/version', 'install/lock', 'storage/bucket-states']) expect(await readParameter(aws, `/platform/${name}`)).toBeUndefined();
  });
});
