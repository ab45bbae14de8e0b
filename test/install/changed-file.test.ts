import { after, before, describe, it } from 'node:test';
import { CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateDBClusterCommand, DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { CreateSecretCommand, DeleteSecretCommand, DescribeSecretCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'expect';
import { readParameter, writeParameter } from '../../lib/install/aws/parameters.ts';
import type { Cdk } from '../../lib/install/cdk.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';

const ZONE = 'Z0123456789ABCDEFGHIJ';
const OWN = ['kms', 'storage', 'network', 'database', 'messaging', 'license', 'api', 'drain', 'web', 'monitoring', 'dr'];
/** Of an installation whose prefix begins with this one's. */
const NEIGHBOURS = ['platform-test-license', 'platform-test-web'];

describe('an installation whose file changed', needsMoto, () => {
  let place: TestInstallation;
  let external: Record<string, string>;
  before(async () => {
    place = await testInstallation();
    expect((await place.run('install', ['--yes'])).code).toBe(0);
    const { KeyMetadata } = await place.aws.kms.send(new CreateKeyCommand({}));
    const { ARN } = await place.aws.secrets.send(new CreateSecretCommand({ Name: 'my-database', SecretString: '{"DATABASE_URL":"postgres://a:b@c/d"}' }));
    external = { connection_string_ssm_arn: ARN ?? '', connection_string_ssm_kms_arn: KeyMetadata?.Arn ?? '' };
  });
  after(() => place.close());

  const stand = async (names: readonly string[]) => {
    for (const StackName of names) {
      const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: `of-${StackName}` } } } };
      await place.aws.cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) })).catch(() => undefined);
    }
  };
  const stacks = async () => ((await place.aws.cloudFormation.send(new DescribeStacksCommand({}))).Stacks ?? [])
    .flatMap(({ StackStatus, StackName = '' }) => (StackStatus === 'DELETE_COMPLETE' ? [] : [StackName])).sort();
  const named = (ids: readonly string[]) => [...ids.map((id) => `platform-${id}`), ...NEIGHBOURS].sort();

  /** A deployment that only looks at what stands meanwhile. */
  function watching(): { readonly cdk: Cdk; readonly during: readonly (readonly string[])[] } {
    const during: string[][] = [];
    return { cdk: { deploy: async (run) => (run.stacks === 'all' && during.push(await stacks()), {}) }, during };
  }

  it('is stopped by disable_services, also where a command had started it and no template changed', async () => {
    await writeParameter(place.aws, '/platform/mode', 'on');
    expect(await place.run('install', ['--yes'], { config: { disable_services: true } })).toMatchObject({ code: 0 });
    expect(await readParameter(place.aws, '/platform/mode')).toBe('off');

    expect(await place.run('start-stop-services', ['-e', 'true'])).toMatchObject({ code: 0 });
    expect(await place.run('install', ['--yes'])).toMatchObject({ code: 0 });
    expect(await readParameter(place.aws, '/platform/mode')).toBe('on');
  });

  it('loses the stacks that it no longer asks for, once nothing uses them; what is kept and what is a neighbour\'s stays', async () => {
    await stand([...OWN.map((id) => `platform-${id}`), ...NEIGHBOURS]);
    const { cdk, during } = watching();

    const outcome = await place.run('install', ['--yes'], { context: { cdk } });

    expect(outcome.code).toBe(0);
    expect(outcome.said).toContain('removed: platform-license, which the file does not ask for');
    expect(during).toEqual([named(OWN)]);
    expect(await stacks()).toEqual(named(OWN.filter((id) => !['license', 'web', 'dr'].includes(id))));
    expect((await place.run('install', ['--yes'], { context: { cdk } })).said).not.toContain('removed:');
  });

  it('loses them before the deployment where their records of the host would be in its way', async () => {
    await stand(['license', 'web', 'dr'].map((id) => `platform-${id}`));
    const { cdk, during } = watching();

    expect(await place.run('install', ['--yes'], { config: { dns: { hosted_zone_id: ZONE } }, context: { cdk } })).toMatchObject({ code: 0 });

    expect(during).toEqual([named(OWN.filter((id) => !['web', 'dr'].includes(id)))]);
    expect(await stacks()).toEqual(named(OWN.filter((id) => !['license', 'web', 'dr'].includes(id))));
  });

  describe('and names a database of the operator', () => {
    const SECRETS = ['database', 'database-api', 'database-drain'].map((name) => `platform/${name}`);
    const doomed = async () => {
      const { SecretList = [] } = await place.aws.secrets.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
      return SecretList.flatMap(({ Name = '', DeletedDate }) => (DeletedDate === undefined ? [] : [Name])).sort();
    };
    before(async () => {
      const AddReplicaRegions = [{ Region: 'eu-central-1' }];
      for (const Name of SECRETS) await place.aws.secrets.send(new CreateSecretCommand({ Name, SecretString: '{}', AddReplicaRegions }));
      await place.aws.rds.send(new CreateDBClusterCommand({
        DBClusterIdentifier: 'platform-database', Engine: 'aurora-postgresql', EngineVersion: '16.11', MasterUsername: 'root', MasterUserPassword: 'password1234', DeletionProtection: true,
      }));
      await writeParameter(place.aws, '/platform/database/cluster-identifier', 'platform-database');
    });
    const clusters = async () => (await place.aws.rds.send(new DescribeDBClustersCommand({}))).DBClusters?.map(({ DBClusterIdentifier }) => DBClusterIdentifier);

    it('releases its own: the stack and the cluster stand as they are, the secrets go, and a note says so', async () => {
      const outcome = await place.run('install', ['--yes'], { config: { database: external } });

      expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('released: platform-database stays as it is') });
      expect(await stacks()).toContain('platform-database');
      expect(await clusters()).toEqual(['platform-database']);
      expect(await doomed()).toEqual(SECRETS);
      // The service lets none go that has copies.
      const copies = await Promise.all(SECRETS.map((SecretId) => place.aws.secrets.send(new DescribeSecretCommand({ SecretId }))));
      expect(copies.flatMap(({ ReplicationStatus = [] }) => ReplicationStatus)).toEqual([]);
      expect(JSON.parse((await readParameter(place.aws, '/platform/install/released-database')) ?? '')).toMatchObject({ stack: 'platform-database' });
      expect((await place.run('install', ['--yes'], { config: { database: external } })).said).not.toContain('released:');
      expect((await place.aws.secrets.send(new DescribeSecretCommand({ SecretId: 'my-database' }))).DeletedDate).toBeUndefined();
    });

    it('takes it back with its secrets, when asked for it again in time', async () => {
      const outcome = await place.run('install', ['--yes']);

      expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('taking back: platform-database, with the secrets database,') });
      expect(await doomed()).toEqual([]);
      expect(await readParameter(place.aws, '/platform/install/released-database')).toBeUndefined();
    });

    it('says what to do when the time is over, before it deploys what reads them', async () => {
      expect((await place.run('install', ['--yes'], { config: { database: external } })).code).toBe(0);
      await place.aws.secrets.send(new DeleteSecretCommand({ SecretId: 'platform/database', ForceDeleteWithoutRecovery: true }));
      const { cdk, during } = watching();

      const outcome = await place.run('install', ['--yes'], { context: { cdk } });

      expect(outcome).toMatchObject({ code: 5, complained: expect.stringContaining('store {"username", "password"} as platform/database') });
      expect(during).toEqual([]);
    });

    it('takes the released one away with everything else, when nothing is to be kept', async () => {
      expect(await place.run('uninstall', ['-f', '-n'], { config: { database: external } })).toMatchObject({ code: 0, complained: '' });

      await expect(clusters()).resolves.toEqual([]);
      expect(await stacks()).toEqual(NEIGHBOURS);
      const left = (await place.aws.secrets.send(new ListSecretsCommand({ IncludePlannedDeletion: true }))).SecretList?.map(({ Name }) => Name);
      expect(left).toEqual(['my-database']);
      expect(await readParameter(place.aws, '/platform/install/released-database')).toBeUndefined();
    });
  });
});
