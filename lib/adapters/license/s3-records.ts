import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { LicenseRecords } from '../../core/ports/license.ts';
import { isServiceError, statusOf, translated } from '../aws/service-errors.ts';
import { parseRecord, RECORD_KEY, recordText } from './record-document.ts';

/** 412: another wrote since. 409: another writes at this moment. 404: it went away since it was read. */
const OVERTAKEN: ReadonlySet<number | undefined> = new Set([404, 409, 412]);

/** The record as an object of the bucket of states, replaced only by whoever read it as it is. */
export function s3Records(options: { readonly client: () => S3Client; readonly bucket: string }): LicenseRecords {
  const at = { Bucket: options.bucket, Key: RECORD_KEY };
  return {
    async read() {
      try {
        const { Body, ETag } = await options.client().send(new GetObjectCommand(at));
        return { record: parseRecord(Buffer.from((await Body?.transformToByteArray()) ?? [])), version: ETag ?? '' };
      } catch (error) {
        if (isServiceError(error, 'NoSuchKey')) return undefined;
        throw translated(error, 'the object store');
      }
    },
    async replace(record, version) {
      const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
      try {
        const { ETag } = await options.client().send(new PutObjectCommand({ ...at, ...condition, Body: recordText(record), ContentType: 'application/json' }));
        return ETag ?? '';
      } catch (error) {
        if (OVERTAKEN.has(statusOf(error)) && !isServiceError(error, 'NoSuchBucket')) return undefined;
        throw translated(error, 'the object store');
      }
    },
  };
}
