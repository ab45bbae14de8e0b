import type { TestApp } from './app.ts';
import { AppError, isAppError, type ErrorCode } from '../../lib/core/shared/errors.ts';
import { jsonResponse, router, type HttpResponse, type Route } from '../../lib/edge/http/router.ts';

export interface SentRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly remoteIp?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Buffer;
  json(): Record<string, unknown>;
}

export type Send = (method: string, pathOrUrl: string, request?: SentRequest) => Promise<Received>;

const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

/** Sends requests to routes as a server would hand them on, without a socket. */
export function senderTo(routes: readonly Route[], app: Pick<TestApp, 'ports'>): Send {
  const handle = router(routes);
  return async (method, pathOrUrl, { headers = {}, body = '', remoteIp = '192.0.2.7' } = {}) => {
    const url = new URL(pathOrUrl, app.ports.settings.baseUrl);
    const stream = async function* () {
      if (typeof body === 'string' || body instanceof Uint8Array) yield Buffer.from(body as string);
      else yield* body;
    };
    const response = await handle({
      method,
      path: decodeURIComponent(url.pathname),
      rawUrl: `${url.pathname}${url.search}`,
      query: url.searchParams,
      headers: { host: new URL(app.ports.settings.baseUrl).host, ...headers },
      remoteIp,
      requestId: app.ports.ids.ulid(),
      stream,
      async body(limit) {
        const bytes = await collect(stream());
        if (bytes.length > limit) throw new AppError('TOO_LARGE', `the request body is larger than ${limit} bytes`);
        return bytes;
      },
    }).catch((error: unknown): HttpResponse => {
      if (!isAppError(error)) throw error;
      return jsonResponse(STATUS[error.code], { error: error.message });
    });
    const bytes =
      response.body === undefined
        ? Buffer.alloc(0)
        : typeof response.body === 'string' || response.body instanceof Uint8Array
          ? Buffer.from(response.body as string)
          : await collect(response.body);
    return {
      status: response.status,
      headers: response.headers ?? {},
      bytes,
      text: bytes.toString(),
      json: () => JSON.parse(bytes.toString()) as Record<string, unknown>,
    };
  };
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
