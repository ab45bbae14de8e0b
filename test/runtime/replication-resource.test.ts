import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetBucketReplicationCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'expect';
import { settleReplication } from '../../lib/runtime/replication-resource.ts';
import type { CustomResourceEvent } from '../../lib/runtime/custom-resource.ts';
import { awsProxy, errorAnswer, type AwsProxy } from '../support/aws-proxy.ts';
import { MOTO_REGION, startMoto, type Moto } from '../support/moto.ts';
import { needsMoto } from '../support/requirements.ts';

const ROLE = 'arn:aws:iam::123456789012:role/platform-replication';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/mrk-1';
const BUCKETS = ['here-states', 'here-modules'] as const;

describe('the copying of objects to the other region', needsMoto, () => {
  let moto: Moto;
  let proxy: AwsProxy;
  let client: S3Client;
  let refusals = 0;
  let paused = 0;
  before(async () => {
    moto = await startMoto();
    proxy = await awsProxy({
      upstream: moto.url,
      intercept: (call, next) => (call.method === 'PUT' && call.path.includes('replication') && refusals-- > 0
        ? Promise.resolve(errorAnswer(call, 400, 'InvalidArgument', 'the role is not known yet'))
        : next(call)),
    });
    const settings = { endpoint: proxy.url, region: MOTO_REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, forcePathStyle: true };
    client = new S3Client(settings);
    const elsewhere = new S3Client({ ...settings, region: 'eu-central-1' });
    for (const Bucket of [...BUCKETS, 'there-states', 'there-modules']) {
      const [to, region] = Bucket.startsWith('there') ? [elsewhere, 'eu-central-1' as const] : [client, undefined];
      await to.send(new CreateBucketCommand({ Bucket, ...(region === undefined ? {} : { CreateBucketConfiguration: { LocationConstraint: region } }) }));
      await to.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    }
    elsewhere.destroy();
  });
  after(async () => {
    client?.destroy();
    await proxy?.close();
    await moto?.stop();
  });

  const properties = (names: readonly string[]) => ({
    ServiceToken: 'arn',
    Role: ROLE,
    KeyArn: KEY,
    // As a deployment writes it: everything is a text.
    Buckets: names.map((Name) => ({ Name, Copy: `arn:aws:s3:::${Name.replace('here', 'there')}`, Timed: String(Name.endsWith('states')) })),
  });
  const settle = (RequestType: 'Create' | 'Update' | 'Delete', now: readonly string[], before: readonly string[] = []) =>
    settleReplication({ client: () => client, sleep: async () => void paused++ }, {
      RequestType, ResourceProperties: properties(now), ...(RequestType === 'Update' ? { OldResourceProperties: properties(before) } : {}),
    } as unknown as CustomResourceEvent);
  const ruleOf = async (Bucket: string) => {
    try {
      return (await client.send(new GetBucketReplicationCommand({ Bucket }))).ReplicationConfiguration;
    } catch (error) {
      if ((error as Error).name === 'ReplicationConfigurationNotFoundError') return undefined;
      throw error;
    }
  };

  it('begins with the stack, under the other region\'s key', async () => {
    await settle('Create', BUCKETS);

    expect(await ruleOf('here-states')).toMatchObject({
      Role: ROLE,
      Rules: [{
        ID: 'everything',
        Status: 'Enabled',
        Destination: { Bucket: 'arn:aws:s3:::there-states' },
      }],
    });
    expect(await ruleOf('here-modules')).toMatchObject({ Rules: [{ Destination: { Bucket: 'arn:aws:s3:::there-modules' } }] });
  });

  it('waits until the role that was just made is known everywhere', async () => {
    refusals = 2;
    await settle('Update', BUCKETS, BUCKETS);

    expect(paused).toBe(2);
    expect(await ruleOf('here-states')).toBeDefined();
  });

  it('ends for a bucket that is named no more', async () => {
    await settle('Update', ['here-states'], BUCKETS);

    expect(await ruleOf('here-states')).toBeDefined();
    expect(await ruleOf('here-modules')).toBeUndefined();
  });

  it('ends with the stack, be a bucket there or not', async () => {
    await settle('Delete', ['gone-bucket', 'here-states']);

    expect(await ruleOf('here-states')).toBeUndefined();
  });

  it('asks S3 for a promise of time and for the replicas of the other side\'s key', async () => {
    const sent: string[] = [];
    const listening = { send: async (command: { readonly input: unknown }) => void sent.push(JSON.stringify(command.input)) };
    await settleReplication({ client: () => listening as unknown as S3Client, sleep: () => Promise.resolve() }, {
      RequestType: 'Create', ResourceProperties: properties(BUCKETS),
    } as unknown as CustomResourceEvent);

    const [states, modules] = sent.map((text) => JSON.parse(text) as { readonly ReplicationConfiguration: { readonly Rules: readonly { readonly DeleteMarkerReplication: object; readonly Destination: object }[] } });
    expect(modules?.ReplicationConfiguration.Rules[0]?.DeleteMarkerReplication).toEqual({ Status: 'Enabled' });
    expect(states?.ReplicationConfiguration.Rules[0]?.Destination).toMatchObject({
      EncryptionConfiguration: { ReplicaKmsKeyID: KEY }, ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } }, Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
    });
    expect(modules?.ReplicationConfiguration.Rules[0]?.Destination).not.toHaveProperty('ReplicationTime');
    expect(modules?.ReplicationConfiguration.Rules[0]?.Destination).toMatchObject({ Metrics: { Status: 'Enabled' } });
  });
});
