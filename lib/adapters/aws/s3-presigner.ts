import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Clock } from '../../core/ports/clock.ts';
import type { PresignedPut, PresignGetOptions, PresignPutOptions } from '../../core/ports/object-store.ts';
import { unavailable } from '../../core/shared/errors.ts';

export const MAX_URL_SECONDS = 3600;

export interface ObjectPlace {
  readonly Bucket: string;
  readonly Key: string;
}

export interface S3Presigner {
  get(place: ObjectPlace, options: PresignGetOptions): Promise<{ readonly url: string; readonly expiresAt: Date }>;
  put(place: ObjectPlace, options: PresignPutOptions): Promise<PresignedPut>;
}

const CHECKSUM = 'x-amz-checksum-sha256';
const CREATE_ONLY = 'if-none-match';

/** A file name in a header: quotes, control and non-ASCII characters only in their encoded form. */
function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/**
 * Addresses for one object and one method. An address dies with the credentials that signed it, so none claims to live longer where their end
 * is known. A function's come from its environment, which does not tell: whoever is refused by the store asks for another address.
 */
export function s3Presigner(options: { readonly client: S3Client; readonly clock: Pick<Clock, 'now'> }): S3Presigner {
  const { client, clock } = options;

  /** From now, in whole seconds, as the signature counts. */
  async function validity(ttlSeconds: number): Promise<{ readonly signingDate: Date; readonly expiresIn: number; readonly expiresAt: Date }> {
    const signingDate = new Date(Math.floor(clock.now().getTime() / 1000) * 1000);
    const { expiration } = await client.config.credentials();
    const credentialSeconds = expiration === undefined ? Infinity : Math.floor((expiration.getTime() - signingDate.getTime()) / 1000);
    const expiresIn = Math.min(ttlSeconds, MAX_URL_SECONDS, credentialSeconds);
    if (expiresIn <= 0) throw unavailable("the platform's credentials have expired: try again in a few seconds", { retryAfterSeconds: 5 });
    return { signingDate, expiresIn, expiresAt: new Date(signingDate.getTime() + expiresIn * 1000) };
  }

  return {
    async get(place, { ttlSeconds, fileName }) {
      const { signingDate, expiresIn, expiresAt } = await validity(ttlSeconds);
      const command = new GetObjectCommand({ ...place, ...(fileName === undefined ? {} : { ResponseContentDisposition: attachment(fileName) }) });
      return { url: await getSignedUrl(client, command, { signingDate, expiresIn }), expiresAt };
    },

    async put(place, { ttlSeconds, bytes, sha256, createOnly = false }) {
      const { signingDate, expiresIn, expiresAt } = await validity(ttlSeconds);
      const checksum = sha256 === undefined ? undefined : Buffer.from(sha256, 'hex').toString('base64');
      const command = new PutObjectCommand({
        ...place,
        ...(bytes === undefined ? {} : { ContentLength: bytes }),
        ...(checksum === undefined ? {} : { ChecksumSHA256: checksum }),
        ...(createOnly ? { IfNoneMatch: '*' } : {}),
      });
      const url = await getSignedUrl(client, command, {
        signingDate,
        expiresIn,
        // Signed as headers that the sender must repeat: what stands in the address alone is not checked.
        signableHeaders: new Set([
          'host',
          ...(bytes === undefined ? [] : ['content-length']),
          ...(createOnly ? [CREATE_ONLY] : []),
          ...(checksum === undefined ? [] : [CHECKSUM]),
        ]),
        unhoistableHeaders: new Set([CHECKSUM]),
      });
      return {
        url,
        headers: { ...(checksum === undefined ? {} : { [CHECKSUM]: checksum }), ...(createOnly ? { [CREATE_ONLY]: '*' } : {}) },
        expiresAt,
      };
    },
  };
}
