import { createHash } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore, StoredObject } from '../../core/ports/object-store.ts';
import type { Bucket } from '../../core/shared/buckets.ts';
import { conflict, invalid } from '../../core/shared/errors.ts';
import type { S3Presigner } from './s3-presigner.ts';
import { isServiceError, statusOf, translated } from './service-errors.ts';

const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const PAGE = 1000;
const PRECONDITION_FAILED = 412;

/** Two writers of one key at once: S3 lets one of them repeat. */
const CONFLICTING = 409;

export interface S3ObjectsOptions {
  readonly client: () => S3Client;
  readonly presigner: () => S3Presigner;
  /** The real name of each bucket that this function may use. */
  readonly buckets: Readonly<Partial<Record<Bucket, string>>>;
}

const hexOfBase64 = (text: string) => Buffer.from(text, 'base64').toString('hex');

const isMissing = (error: unknown) =>
  isServiceError(error, 'NoSuchKey', 'NotFound') || (statusOf(error) === 404 && !isServiceError(error, 'NoSuchBucket'));

/** The call's answer, or undefined when there is no such object. */
async function orMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw translated(error, 'the object store');
  }
}

/** The name of a bucket of this installation. */
export function bucketName(buckets: S3ObjectsOptions['buckets'], bucket: Bucket): string {
  const name = buckets[bucket];
  if (name === undefined) throw new Error(`this function has no bucket ${bucket}`);
  return name;
}

/** The ObjectStore port on S3; encryption at rest is each bucket's default. */
export function s3Objects({ client, presigner, buckets }: S3ObjectsOptions): ObjectStore {
  function place(bucket: Bucket, key: string) {
    if (!KEY.test(key)) throw invalid(`bad object key ${JSON.stringify(key)}`);
    return { Bucket: bucketName(buckets, bucket), Key: key };
  }

  const store: ObjectStore = {
    async put(bucket, key, body, { createOnly = false } = {}) {
      const at = place(bucket, key);
      // A stream of unknown length would need a multipart upload; what the server writes itself is small enough to be held.
      const bytes = body instanceof Uint8Array ? body : await collect(body);
      const sha256 = createHash('sha256').update(bytes).digest('base64');
      try {
        await client().send(
          new PutObjectCommand({
            ...at,
            Body: bytes,
            ContentLength: bytes.length,
            ChecksumSHA256: sha256,
            ...(createOnly ? { IfNoneMatch: '*' } : {}),
          }),
        );
      } catch (error) {
        if (createOnly && (statusOf(error) === PRECONDITION_FAILED || statusOf(error) === CONFLICTING))
          throw conflict('the object exists already', { bucket, key });
        throw translated(error, 'the object store');
      }
    },

    async get(bucket, key) {
      const stream = await store.getStream(bucket, key);
      return stream === undefined ? undefined : collect(stream);
    },

    async getRange(bucket, key, offset, length) {
      const at = place(bucket, key);
      try {
        const answer = await orMissing(() => client().send(new GetObjectCommand({ ...at, Range: `bytes=${offset}-${offset + length - 1}` })));
        return answer && Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
      } catch (error) {
        // A range that begins behind the end.
        if (isServiceError(error, 'InvalidRange') || statusOf(error) === 416) return Buffer.alloc(0);
        throw error;
      }
    },

    async getStream(bucket, key) {
      const answer = await orMissing(() => client().send(new GetObjectCommand(place(bucket, key))));
      return answer && (answer.Body as AsyncIterable<Uint8Array> | undefined);
    },

    async stat(bucket, key) {
      const head = await orMissing(() => client().send(new HeadObjectCommand({ ...place(bucket, key), ChecksumMode: 'ENABLED' })));
      if (head === undefined) return undefined;
      // A checksum of parts is not one of the content.
      const known = head.ChecksumSHA256 !== undefined && !head.ChecksumSHA256.includes('-') ? head.ChecksumSHA256 : undefined;
      if (known !== undefined) return { bytes: head.ContentLength ?? 0, sha256: hexOfBase64(known) };
      const stream = await store.getStream(bucket, key);
      return stream && digest(stream);
    },

    async list(bucket, prefix, { after, limit = PAGE } = {}) {
      const found: StoredObject[] = [];
      let token: string | undefined;
      do {
        const page = await orMissing(() =>
          client().send(
            new ListObjectsV2Command({
              Bucket: bucketName(buckets, bucket),
              Prefix: prefix,
              MaxKeys: Math.min(PAGE, limit - found.length),
              ...(token === undefined ? (after === undefined ? {} : { StartAfter: after }) : { ContinuationToken: token }),
            }),
          ),
        );
        for (const { Key: key, Size: bytes, LastModified: modifiedAt } of page?.Contents ?? [])
          found.push({ key: key ?? '', bytes: bytes ?? 0, modifiedAt: modifiedAt ?? new Date(0) });
        token = page?.NextContinuationToken;
      } while (token !== undefined && found.length < limit);
      return found;
    },

    async delete(bucket, key) {
      await orMissing(() => client().send(new DeleteObjectCommand(place(bucket, key))));
    },

    async presignGet(bucket, key, options) {
      return presigner().get(place(bucket, key), options);
    },

    async presignPut(bucket, key, options) {
      return presigner().put(place(bucket, key), options);
    },
  };
  return store;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

async function digest(source: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of source) {
    hash.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
