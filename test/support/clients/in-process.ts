import { router, type HttpRequest, type Route } from '../../../lib/edge/http/router.ts';
import { AppError } from '../../../lib/core/shared/errors.ts';
import type { Transport } from './go-transport.ts';

/** Sends requests straight to routes, without a network. */
export function inProcess(routes: readonly Route[]): Transport {
  const handle = router(routes);
  let count = 0;
  return async ({ method, url, headers, body = Buffer.alloc(0) }) => {
    const { pathname, searchParams } = new URL(url);
    const request: HttpRequest = {
      method,
      path: decodeURIComponent(pathname),
      rawUrl: `${pathname}${new URL(url).search}`,
      query: searchParams,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      remoteIp: '127.0.0.1',
      requestId: `request-${++count}`,
      async body(limit) {
        if (body.length > limit) throw new AppError('TOO_LARGE', `the body is over ${limit} bytes`);
        return body;
      },
      async *stream() {
        yield body;
      },
    };
    const response = await handle(request);
    return { status: response.status, headers: response.headers ?? {}, body: await bytesOf(response.body) };
  };
}

async function bytesOf(body: string | Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as string);
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}
