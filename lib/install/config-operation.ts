import {
  REPLICATED_BUCKETS,
  type DatabaseConfig,
  type DisasterRecovery,
  type ExpiringBucket,
  type ExpiryDays,
  type LicenseConfig,
  type ReplicatedBucket,
} from './config.ts';
import type { DocumentReader } from './document.ts';
import { REGION, arn, partitionOf } from './formats.ts';
import type { Context } from './read-config.ts';

/** The key of each bucket's life, and its length when the file says none. */
const EXPIRY_KEYS: Readonly<Record<ExpiringBucket, readonly [key: string, days: number]>> = {
  'run-logs': ['run_logs_expiration_days', 60],
  deliveries: ['deliveries_bucket_expiration_days', 1],
  uploads: ['uploads_bucket_expiration_days', 1],
  'user-uploaded-workspaces': ['user_uploaded_workspaces_bucket_expiration_days', 1],
  'large-queue-messages': ['large_queue_messages_bucket_expiration_days', 2],
  metadata: ['metadata_bucket_expiration_days', 2],
  'policy-inputs': ['policy_inputs_bucket_expiration_days', 8],
  workspace: ['workspaces_bucket_expiration_days', 30],
  'access-logs': ['access_logs_bucket_expiration_days', 7],
};
/** A queue keeps a message a day; what it points to has to live longer. */
const QUEUE_RETENTION_DAYS = 1;

export function readExpiry(read: DocumentReader): ExpiryDays {
  const days = Object.fromEntries(Object.entries(EXPIRY_KEYS).map(([bucket, [key, fallback]]) => [
    bucket,
    read.number(key, fallback, { least: 1, most: 36_500 }),
  ])) as ExpiryDays;
  if (days['large-queue-messages'] <= QUEUE_RETENTION_DAYS) read.fault(
    EXPIRY_KEYS['large-queue-messages'][0],
    `must be more than ${QUEUE_RETENTION_DAYS}: queues keep messages that long`,
  );
  return days;
}

const FINGERPRINT = /^aws:\d{12}:[^:]+:issuer-fingerprint$/;
const MARKETPLACE = 'aws:294406891311:AWS/Marketplace:issuer-fingerprint';

export function readLicense(read: DocumentReader, { options }: Context): { readonly config: LicenseConfig; readonly token: string | null } {
  const type = read.oneOf('type', ['aws', 'jwt', 'none'], 'none');
  const productSku = read.text('product_sku');
  const keyFingerprint = read.matching('key_fingerprint', FINGERPRINT, `is not an issuer's fingerprint such as ${MARKETPLACE}`);
  const entitlements = read.texts('entitlements');
  const token = read.text('token');
  if (type === 'none' && options.licenseRequired) read.fault('type', 'this build needs a licence: set aws or jwt');
  if (type === 'aws') {
    if (productSku === null && !options.licenseFixed) read.fault('product_sku', 'is required with type aws');
    if (entitlements.length === 0) read.fault('entitlements', 'is required with type aws');
  }
  if (type === 'jwt' && token === null) read.fault('token', 'is required with type jwt');
  return {
    config: { type, productSku, keyFingerprint: keyFingerprint ?? (type === 'aws' ? MARKETPLACE : null), entitlements },
    token: type === 'jwt' ? token : null,
  };
}

const ARN_KEYS: Readonly<Record<ReplicatedBucket, string>> = {
  states: 'states_bucket_arn',
  'run-logs': 'run_logs_bucket_arn',
  modules: 'modules_bucket_arn',
  'policy-inputs': 'policy_inputs_bucket_arn',
  workspace: 'workspaces_bucket_arn',
};

/** The other region, its keys and its buckets. */
export function readDisasterRecovery(read: DocumentReader, context: Context, database: DatabaseConfig): DisasterRecovery | null {
  const { partition, region } = context;
  const replicaRegion = read.matching('replica_region', REGION, 'is not a region such as eu-central-1');
  const isStandby = read.bool('is_dr_instance', false);
  const primary = (name: string): string | null =>
    arn(read, name, {
      partition,
      service: 'kms',
      ...(replicaRegion === null ? {} : { region: replicaRegion }),
      resource: /^key\/mrk-[0-9a-f]+$/,
      like: `arn:${partition}:kms:${replicaRegion ?? 'us-east-1'}:123456789012:key/mrk-…`,
    });
  const encryptionPrimaryKeyArn = primary('encryption_primary_key_arn');
  const signingPrimaryKeyArn = primary('signing_primary_key_arn');
  const kind = read.oneOf('database', ['warm', 'headless', 'external'], 'warm');
  const globalClusterIdentifier = read.matching(
    'global_cluster_identifier',
    /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
    'must be 1 to 63 letters, digits or "-", beginning with a letter',
  );
  const replication = readReplication(read.block('s3_bucket_replication'), context, replicaRegion);
  const asked = isStandby || [
    'replica_region',
    'encryption_primary_key_arn',
    'signing_primary_key_arn',
    'global_cluster_identifier',
  ].some((name) => read.isSet(name)) || replication !== null;
  if (!asked) return null;

  if (!read.isSet('replica_region')) read.fault('replica_region', 'is required with disaster recovery');
  if (replicaRegion === region) read.fault('replica_region', 'must not equal aws_region');
  if (replicaRegion !== null && partitionOf(replicaRegion) !== partition) read.fault('replica_region', `is not in the partition ${partition}`);
  if (isStandby && !read.isSet('encryption_primary_key_arn')) read.fault('encryption_primary_key_arn', 'is required with is_dr_instance');
  if (!isStandby) for (const name of ['encryption_primary_key_arn', 'signing_primary_key_arn']) if (read.isSet(name)) read.fault(
    name,
    'is for the standby region only: set is_dr_instance as well',
  );
  if (isStandby && signingPrimaryKeyArn === null) context.warnings.push(
    'disaster_recovery.signing_primary_key_arn: without it this region signs with another key, and sessions end with a switch',
  );
  // The cluster of a standby is made by commands, and only then has an address.
  if (isStandby && database.access === 'direct' && database.external === null) read.fault(
    'is_dr_instance',
    'with functions that connect by themselves needs the address of this region\'s database in database.connection_string_ssm_arn',
  );
  if (kind === 'external' && database.external === null) read.fault('database', 'external needs database.connection_string_ssm_arn');
  return {
    isStandby,
    replicaRegion: replicaRegion ?? '',
    encryptionPrimaryKeyArn,
    signingPrimaryKeyArn,
    database: database.external === null ? kind : 'external',
    globalClusterIdentifier,
    replication,
  };
}

function readReplication(read: DocumentReader, { partition }: Context, replicaRegion: string | null): DisasterRecovery['replication'] {
  const enabled = read.bool('enabled', false);
  const keyArn = arn(read, 'replica_kms_key_arn', {
    partition,
    service: 'kms',
    ...(replicaRegion === null ? {} : { region: replicaRegion }),
    resource: /^key\/.+$/,
    like: `arn:${partition}:kms:${replicaRegion ?? 'us-east-1'}:123456789012:key/…`,
  });
  const bucketArn = (bucket: ReplicatedBucket): string =>
    arn(read, ARN_KEYS[bucket], { partition, service: 's3', resource: /^[a-z0-9][a-z0-9.-]{2,62}$/, like: `arn:${partition}:s3:::bucket` }) ?? '';
  const bucketArns = Object.fromEntries(REPLICATED_BUCKETS.map((bucket) => [bucket, bucketArn(bucket)])) as Record<ReplicatedBucket, string>;
  const names = ['replica_kms_key_arn', ...Object.values(ARN_KEYS)];
  if (!enabled) return null;
  for (const name of names) if (!read.isSet(name)) read.fault(name, 'is required when replication is enabled');
  return { keyArn: keyArn ?? '', bucketArns };
}
