import { Aws, Duration, type App } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket, LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { BUCKETS, BUCKET_NAMES, type Bucket } from '../../core/shared/buckets.ts';
import type { ExpiringBucket, InstallConfig } from '../../install/config.ts';
import { KEPT } from '../kept.ts';
import type { AnyBucket, SecretName } from '../names.ts';
import { PlatformStack } from '../platform-stack.ts';
import { acceptUnrotated } from '../acknowledgements.ts';
import { accessLogsBucket, privateBucket } from '../private-bucket.ts';
import { copiedBuckets } from '../replication.ts';
import { copiesOf } from '../secret-copies.ts';

/** How long replaced versions are kept; `null` for ever. A bucket that is not here keeps no versions. */
const VERSIONED: Readonly<Partial<Record<Bucket, { readonly oldVersionDays: number | null }>>> = {
  modules: { oldVersionDays: null },
  'run-logs': { oldVersionDays: 1 },
  states: { oldVersionDays: null },
  uploads: { oldVersionDays: 1 },
  'user-uploaded-workspaces': { oldVersionDays: 1 },
  workspace: { oldVersionDays: 1 },
  documents: { oldVersionDays: null },
  downloads: { oldVersionDays: null },
};

/** Dead letters lie beside parcels of large messages, whose keys begin with two hexadecimal digits, and live longer. */
const DEAD_LETTER_DAYS = 14;
const HEX = [...'0123456789abcdef'];
const PARCEL_PREFIXES = [...HEX.filter((digit) => digit !== 'd'), ...HEX.map((digit) => `d${digit}/`)];

/** Written by the installer or the operator; created empty, for the construct of a higher level would invent a value. */
const GIVEN_SECRETS: readonly SecretName[] = ['license', 'admin', 'slack', 'sso', 'git'];

const readByDistribution = (bucket: IBucket): PolicyStatement => new PolicyStatement({
  sid: 'DistributionReads',
  principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
  actions: ['s3:GetObject'],
  resources: [bucket.arnForObjects('*')],
  conditions: { ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:cloudfront::${Aws.ACCOUNT_ID}:distribution/*` } },
});

/** Everything that outlives an uninstallation besides keys and database: objects, secrets, images, the mode. */
export class StorageStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'storage', config);
    const key = Key.fromKeyArn(this, 'MasterKey', this.read('kms', 'master-key-arn'));
    const logs = accessLogsBucket(this, this.names.bucket('access-logs'), config.expiryDays['access-logs']);
    this.#published('access-logs', logs);
    const copied = new Set(copiedBuckets(config, this.names).map(({ bucket }) => bucket));
    for (const name of BUCKET_NAMES) this.#bucket(name, key, logs, copied.has(name));
    const web = privateBucket(this, 'web', key, logs, { name: this.names.bucket('web'), versioned: true, expiryDays: null, oldVersionDays: 30 });
    if (config.web.mode === 'cloudfront') web.addToResourcePolicy(readByDistribution(web));
    this.#published('web', web);
    // A standby has copies of the other region's, whose names are taken.
    if (!config.disasterRecovery?.isStandby) this.#secrets(key);
    this.#images(key);
    new StringParameter(this, 'Mode', { parameterName: this.names.modeParameter, stringValue: config.servicesDisabled ? 'off' : 'on' });
  }

  #bucket(name: Bucket, key: IKey, logs: IBucket, copied: boolean): void {
    const kept = VERSIONED[name] ?? (copied ? { oldVersionDays: 1 } : undefined);
    const bucket = privateBucket(this, name, key, logs, {
      name: this.names.bucket(name),
      versioned: kept !== undefined,
      expiryDays: BUCKETS[name].expiryDays === null || name === 'large-queue-messages' ? null : this.config.expiryDays[name as ExpiringBucket],
      oldVersionDays: kept?.oldVersionDays ?? null,
      ...(name === 'large-queue-messages' ? { rules: this.#largeMessageRules() } : {}),
      ...(name === 'uploads' ? { uploadsFrom: `https://${this.config.hostname}` } : {}),
    });
    this.#published(name, bucket);
  }

  #largeMessageRules(): LifecycleRule[] {
    const days = this.config.expiryDays['large-queue-messages'];
    return [
      ...PARCEL_PREFIXES.map((prefix): LifecycleRule => ({ id: `parcels-${prefix.replace('/', '')}`, prefix, expiration: Duration.days(days) })),
      { id: 'dead-letters', prefix: 'dead/', expiration: Duration.days(Math.max(days, DEAD_LETTER_DAYS)) },
    ];
  }

  #published(name: AnyBucket, bucket: IBucket): void {
    this.publish('storage', `bucket-${name}`, bucket.bucketName);
  }

  #secrets(key: IKey): void {
    for (const name of GIVEN_SECRETS) this.#secret(name, key);
    this.#secret('app', key, { description: 'keys of cookies and of message authentication', shape: { secretStringTemplate: '{}', generateStringKey: 'key' } });
    if (this.config.web.mode === 'cloudfront') this.#secret('origin', key, {
      description: 'proves to functions that a request came through the distribution',
      shape: {},
    });
  }

  /** A secret without a value, or one whose value is made here. */
  #secret(name: SecretName, key: IKey, generated?: { readonly description: string; readonly shape: CfnSecret.GenerateSecretStringProperty }): void {
    const secret = new CfnSecret(this, `Secret-${name}`, {
      name: this.names.secret(name),
      kmsKeyId: key.keyArn,
      replicaRegions: copiesOf(this.config),
      ...(generated === undefined ? {} : {
        description: generated.description,
        generateSecretString: { ...generated.shape, passwordLength: 64, excludePunctuation: true },
      }),
    });
    secret.applyRemovalPolicy(KEPT);
    acceptUnrotated(secret, generated === undefined ? 'given' : 'generated');
    this.publish('storage', `secret-${name}`, secret.ref);
  }

  /** Where the launcher's image is kept. */
  #images(key: IKey): void {
    new Repository(this, 'LauncherImages', {
      repositoryName: `${this.config.prefix}-launcher`,
      imageScanOnPush: true,
      encryption: RepositoryEncryption.KMS,
      encryptionKey: key,
      removalPolicy: KEPT,
    });
  }
}
