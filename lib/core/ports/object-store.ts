import type { Bucket } from '../shared/buckets.ts';

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export interface PresignGetOptions {
  readonly ttlSeconds: number;
  /** `content-disposition` file name for browsers. */
  readonly fileName?: string;
}

export interface PresignPutOptions {
  readonly ttlSeconds: number;
  /** Exact size in bytes; signed. Absent: up to the bucket's limit. */
  readonly bytes?: number;
  /** Hex SHA-256 of the content; signed, and checked by the store. */
  readonly sha256?: string;
  /** Refuse to replace an existing object (`if-none-match: *`). */
  readonly createOnly?: boolean;
}

export interface PresignedPut {
  readonly url: string;
  /** Headers that the sender must add, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** Immutable bytes by key. A missing object is `undefined`, never an error. Keys hold `[A-Za-z0-9._/-]` and no `..`. */
export interface ObjectStore {
  put(bucket: Bucket, key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options?: { readonly createOnly?: boolean }): Promise<void>;
  get(bucket: Bucket, key: string): Promise<Buffer | undefined>;
  /** `length` bytes from `offset`. */
  getRange(bucket: Bucket, key: string, offset: number, length: number): Promise<Buffer | undefined>;
  getStream(bucket: Bucket, key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Size and hex SHA-256 of what is stored. */
  stat(bucket: Bucket, key: string): Promise<{ readonly bytes: number; readonly sha256: string } | undefined>;
  /** Keys under a prefix in byte order, at most `limit` after `after`. */
  list(bucket: Bucket, prefix: string, options?: { readonly after?: string; readonly limit?: number }): Promise<readonly StoredObject[]>;
  delete(bucket: Bucket, key: string): Promise<void>;
  presignGet(bucket: Bucket, key: string, options: PresignGetOptions): Promise<{ readonly url: string; readonly expiresAt: Date }>;
  presignPut(bucket: Bucket, key: string, options: PresignPutOptions): Promise<PresignedPut>;
}
