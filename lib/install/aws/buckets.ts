import { DeleteBucketCommand, DeleteObjectsCommand, ListObjectVersionsCommand, type ObjectIdentifier } from '@aws-sdk/client-s3';
import { failedWith, type AwsClients } from './clients.ts';

/** How often a bucket is emptied again in which something arrived meanwhile. */
const TRIES = 5;

/** Removes a bucket with every version of every object; one that is gone already is as wanted. */
export async function destroyBucket(aws: AwsClients, Bucket: string, tries = TRIES): Promise<void> {
  try {
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await aws.s3.send(new ListObjectVersionsCommand({ Bucket }));
      const Objects: ObjectIdentifier[] = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) break;
      const { Errors = [] } = await aws.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      if (Errors.length > 0) throw new Error(`${Errors.length} objects of ${Bucket} could not be deleted (${Errors[0]?.Code ?? 'unknown reason'})`);
    }
    await aws.s3.send(new DeleteBucketCommand({ Bucket }));
  } catch (error) {
    if (failedWith(error, 'BucketNotEmpty') && tries > 1) return destroyBucket(aws, Bucket, tries - 1);
    if (!failedWith(error, 'NoSuchBucket')) throw error;
  }
}
