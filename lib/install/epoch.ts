import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { EPOCH_KEY, parseEpoch, type RegionEpoch } from '../core/shared/region-epoch.ts';
import { failedWith, type AwsClients } from './aws/clients.ts';

const PRECONDITION_FAILED = 412;

/** Which region serves since when: an older word gives way to a newer. Undefined before the first failover. */
export async function readEpoch(aws: AwsClients, bucket: string): Promise<{ readonly epoch: RegionEpoch; readonly version: string } | undefined> {
  try {
    const { Body, ETag = '' } = await aws.s3.send(new GetObjectCommand({ Bucket: bucket, Key: EPOCH_KEY }));
    return { epoch: parseEpoch((await Body?.transformToString()) ?? ''), version: ETag };
  } catch (error) {
    if (failedWith(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** Writes a new epoch over the one that was read; false when another failover wrote first. */
export async function writeEpoch(aws: AwsClients, bucket: string, epoch: RegionEpoch, version: string | undefined): Promise<boolean> {
  const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
  try {
    await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: EPOCH_KEY, Body: JSON.stringify(epoch), ContentType: 'application/json', ...condition }));
    return true;
  } catch (error) {
    if ((error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode === PRECONDITION_FAILED) return false;
    throw error;
  }
}
