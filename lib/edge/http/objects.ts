import { createHash } from 'node:crypto';
import type { Ports } from '../../core/ports/ports.ts';
import type { Bucket } from '../../core/shared/buckets.ts';
import { AppError, invalid, isAppError } from '../../core/shared/errors.ts';
import { jsonResponse, route, type HttpRequest, type HttpResponse, type Route } from './router.ts';

/** Stored in one piece: most objects of a run are a few lines of its log. */
const SMALL_OBJECT_BYTES = 64 * 1024;

/** What a signed URL allows its holder. */
export interface SignedObject {
  readonly bucket: Bucket;
  readonly key: string;
  /** Exact size. */
  readonly bytes?: number;
  /** Hex SHA-256 of the content. */
  readonly sha256?: string;
  readonly createOnly?: boolean;
  /** Name under which a browser saves it. */
  readonly fileName?: string;
}

export interface SignedObjectAccess {
  /** Judges method, path and query exactly as they were sent. */
  verify(method: string, pathAndQuery: string): SignedObject | 'bad-signature' | 'expired' | 'wrong-method';
}

type Needs = Pick<Ports, 'objects' | 'wakeups'>;

const REFUSALS = {
  'bad-signature': 'this URL was not signed here, or was changed since',
  expired: 'this URL has expired: ask for a new one',
  'wrong-method': 'this URL was signed for another method',
} as const;

/** Without a signed size, as much as one state, plan or workspace may have. */
const MAX_OBJECT_BYTES = 2 * 1024 ** 3;

/** The object store of an installation without a cloud: what presigned URLs lead to. */
export function objectRoutes(ports: Needs, access: SignedObjectAccess): readonly Route[] {
  return [
    route('*', '/objects/*path', async (request) => {
      const allowed = access.verify(request.method, request.rawUrl);
      if (typeof allowed === 'string') return jsonResponse(403, { error: REFUSALS[allowed] });
      return request.method === 'PUT' ? receive(ports, allowed, request) : serve(ports, allowed);
    }),
  ];
}

async function serve({ objects }: Needs, { bucket, key, fileName }: SignedObject): Promise<HttpResponse> {
  const body = await objects.getStream(bucket, key);
  if (body === undefined) return jsonResponse(404, { error: 'there is no such object, or it has expired' });
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  };
  if (fileName !== undefined) headers['content-disposition'] = `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`;
  return { status: 200, headers, body };
}

async function receive(ports: Needs, object: SignedObject, request: HttpRequest): Promise<HttpResponse> {
  const { bucket, key, createOnly = false } = object;
  const told = request.headers['content-length'];
  if (told !== undefined && object.bytes !== undefined && Number(told) !== object.bytes)
    return jsonResponse(400, { error: sizeFault(object.bytes, Number(told)) });
  const content = checked(request.stream(), object);
  try {
    const isSmall = told !== undefined && Number(told) <= SMALL_OBJECT_BYTES;
    await ports.objects.put(bucket, key, isSmall ? await gathered(content.stream) : content.stream, { createOnly });
  } catch (error) {
    if (isAppError(error, 'TOO_LARGE')) return jsonResponse(413, { error: error.message });
    if (isAppError(error, 'INVALID')) return jsonResponse(400, { error: error.message });
    if (!createOnly || !isAppError(error, 'CONFLICT')) throw error;
    // Whoever repeats a PUT, not knowing that it went through, has what was asked for.
    const stored = await ports.objects.stat(bucket, key);
    if (stored?.sha256 !== content.sha256()) return jsonResponse(412, { error: 'the object exists already, with other content' });
  }
  if (bucket === 'run-logs') ports.wakeups.wake(`logs:${key.split('/').slice(0, 2).join('/')}`);
  return { status: 200 };
}

async function gathered(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const sizeFault = (signed: number, sent: number) => `the URL was signed for ${signed} bytes, ${sent} were sent`;

/** The bytes as they come; too many, too few or other ones than were signed fail the stream, and with it the store. */
function checked(
  source: AsyncIterable<Uint8Array>,
  { bytes, sha256 }: SignedObject,
): { readonly stream: AsyncIterable<Uint8Array>; sha256(): string | undefined } {
  const hash = createHash('sha256');
  let digest: string | undefined;
  async function* stream(): AsyncIterable<Uint8Array> {
    let received = 0;
    for await (const part of source) {
      received += part.length;
      if (received > (bytes ?? MAX_OBJECT_BYTES)) throw new AppError('TOO_LARGE', `more than ${bytes ?? MAX_OBJECT_BYTES} bytes were sent`);
      hash.update(part);
      yield part;
    }
    if (bytes !== undefined && received !== bytes) throw invalid(sizeFault(bytes, received));
    digest = hash.digest('hex');
    if (sha256 !== undefined && digest !== sha256.toLowerCase()) throw invalid('the content does not have the SHA-256 that was signed');
  }
  return { stream: stream(), sha256: () => digest };
}
