import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { failedWith, type AwsClients } from './aws/clients.ts';

const KEY = 'dr/epoch.json';
const PRECONDITION_FAILED = 412;

const Epoch = z.object({ epoch: z.number(), region: z.string(), at: z.string(), failover: z.string() });
export type Epoch = z.infer<typeof Epoch>;

/** Which region serves since when: an older word gives way to a newer. Undefined before the first failover. */
export async function readEpoch(aws: AwsClients, bucket: string): Promise<{ readonly epoch: Epoch; readonly version: string } | undefined> {
  try {
    const { Body, ETag = '' } = await aws.s3.send(new GetObjectCommand({ Bucket: bucket, Key: KEY }));
    return { epoch: Epoch.parse(JSON.parse((await Body?.transformToString()) ?? '')), version: ETag };
  } catch (error) {
    if (failedWith(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** Writes a new epoch over the one that was read; false when another failover wrote first. */
export async function writeEpoch(aws: AwsClients, bucket: string, epoch: Epoch, version: string | undefined): Promise<boolean> {
  const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
  try {
    await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: KEY, Body: JSON.stringify(epoch), ContentType: 'application/json', ...condition }));
    return true;
  } catch (error) {
    if ((error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode === PRECONDITION_FAILED) return false;
    throw error;
  }
}
