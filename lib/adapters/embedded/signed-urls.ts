import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Bucket } from '../../core/shared/buckets.ts';
import { BUCKETS } from '../../core/shared/buckets.ts';
import type { Clock } from '../../core/ports/clock.ts';

export const OBJECTS_PATH = '/objects/';

export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  readonly bucket: Bucket;
  readonly key: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly createOnly?: boolean;
  readonly fileName?: string;
}

const encodeKey = (key: string) => key.split('/').map(encodeURIComponent).join('/');

/** URLs of the embedded object store, signed by HMAC-SHA-256; method, path, limits and expiry are bound. */
export function signedUrls(options: { readonly baseUrl: string; readonly dataKey: Buffer; readonly clock: Clock }) {
  const secret = Buffer.from(hkdfSync('sha256', options.dataKey, Buffer.alloc(0), 'object-urls', 32));
  const mac = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');

  function sign(request: SignedRequest, ttlSeconds: number): { readonly url: string; readonly expiresAt: Date } {
    const expires = Math.floor(options.clock.now().getTime() / 1000) + ttlSeconds;
    const query = new URLSearchParams({ m: request.method, e: String(expires) });
    if (request.bytes !== undefined) query.set('b', String(request.bytes));
    if (request.sha256 !== undefined) query.set('s', request.sha256);
    if (request.createOnly === true) query.set('c', '1');
    if (request.fileName !== undefined) query.set('f', request.fileName);
    const path = `${OBJECTS_PATH}${request.bucket}/${encodeKey(request.key)}`;
    const signature = mac(`${path}?${query.toString()}`);
    return { url: `${options.baseUrl}${path}?${query.toString()}&sig=${signature}`, expiresAt: new Date(expires * 1000) };
  }

  /** What a URL allows, or why not: `bad-signature`, `expired`, `wrong-method`. */
  function verify(method: string, pathAndQuery: string): SignedRequest | 'bad-signature' | 'expired' | 'wrong-method' {
    const match = /^(\/objects\/([a-z-]+)\/([^?]+)\?.*)&sig=([A-Za-z0-9_-]+)$/.exec(pathAndQuery);
    const [, signed, bucket, encodedKey, signature] = match ?? [];
    if (signed === undefined || bucket === undefined || encodedKey === undefined || signature === undefined || !(bucket in BUCKETS)) return 'bad-signature';
    const wanted = Buffer.from(mac(signed));
    const given = Buffer.from(signature);
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return 'bad-signature';
    const query = new URLSearchParams(signed.slice(signed.indexOf('?') + 1));
    if (Number(query.get('e')) * 1000 <= options.clock.now().getTime()) return 'expired';
    if (query.get('m') !== method) return 'wrong-method';
    const bytes = query.get('b');
    return {
      method: method as 'GET' | 'PUT',
      bucket: bucket as Bucket,
      key: decodeURIComponent(encodedKey),
      ...(bytes === null ? {} : { bytes: Number(bytes) }),
      ...(query.has('s') ? { sha256: query.get('s') ?? '' } : {}),
      ...(query.has('c') ? { createOnly: true } : {}),
      ...(query.has('f') ? { fileName: query.get('f') ?? '' } : {}),
    };
  }

  return { sign, verify };
}
export type SignedUrls = ReturnType<typeof signedUrls>;
