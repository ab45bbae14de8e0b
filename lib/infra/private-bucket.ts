import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership, type IBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { KEPT } from './kept.ts';

export interface PrivateBucketProps {
  readonly name: string;
  readonly versioned: boolean;
  /** Days until current objects expire; null keeps them. */
  readonly expiryDays: number | null;
  /** Days that replaced versions are kept; null keeps them. */
  readonly oldVersionDays: number | null;
  /** Origin that browsers upload from. */
  readonly uploadsFrom?: string;
  readonly rules?: readonly LifecycleRule[];
}

const COMMON = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: KEPT,
} as const;

const ABANDONED_UPLOADS: LifecycleRule = { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) };

function lifecycle({ expiryDays, oldVersionDays, rules = [] }: PrivateBucketProps): LifecycleRule[] {
  const expiry: LifecycleRule[] = expiryDays === null ? [] : [{ id: 'expiry', expiration: Duration.days(expiryDays) }];
  const old: LifecycleRule[] = oldVersionDays === null ? [] : [{ id: 'old-versions', noncurrentVersionExpiration: Duration.days(oldVersionDays) }];
  return [ABANDONED_UPLOADS, ...expiry, ...old, ...rules];
}

/** Where S3 writes who read what. Its delivery cannot use a customer's key. */
export function accessLogsBucket(scope: Construct, name: string, expiryDays: number): Bucket {
  return new Bucket(scope, 'access-logs', {
    ...COMMON,
    bucketName: name,
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [ABANDONED_UPLOADS, { id: 'expiry', expiration: Duration.days(expiryDays) }],
  });
}

/** A bucket as all of the product's are: closed to the public, encrypted under the master key, logged. */
export function privateBucket(scope: Construct, id: string, key: IKey, accessLogs: IBucket, props: PrivateBucketProps): Bucket {
  return new Bucket(scope, id, {
    ...COMMON,
    bucketName: props.name,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    versioned: props.versioned,
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: `${id}/`,
    lifecycleRules: lifecycle(props),
    ...(props.uploadsFrom === undefined
      ? {}
      : { cors: [{ allowedOrigins: [props.uploadsFrom], allowedMethods: [HttpMethods.PUT, HttpMethods.POST], allowedHeaders: ['*'] }] }),
  });
}
