import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTls } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { Ids } from '../core/ports/ids.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { AppError } from '../core/shared/errors.ts';
import { failureResponse } from '../edge/http/failures.ts';
import type { HttpRequest, HttpResponse } from '../edge/http/router.ts';
import { hostPort, type Address } from './environment.ts';
import { StartError } from './start-error.ts';

const GZIP_FROM_BYTES = 1024;
const compress = promisify(gzip);

async function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  // Left in place when the limit is passed: the client is still to read the refusal.
  for await (const part of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > limit) throw new AppError('TOO_LARGE', `the request body is larger than ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What follows the method in a request: mostly a path, whose slashes never lead to a host, or a whole address. */
function addressOf(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const text = target.startsWith('/') ? `http://server${target}` : target;
  if (!URL.canParse(text)) throw new AppError('INVALID', 'the address cannot be read');
  const { pathname, searchParams } = new URL(text);
  try {
    return { path: decodeURIComponent(pathname), query: searchParams };
  } catch {
    throw new AppError('INVALID', 'the path is not valid percent-encoding');
  }
}

function toRequest(message: IncomingMessage, requestId: string): HttpRequest {
  const address = addressOf(message.url ?? '/');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(message.headers)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return {
    ...address,
    method: message.method ?? 'GET',
    rawUrl: message.url ?? '/',
    headers,
    remoteIp: message.socket.remoteAddress ?? '',
    requestId,
    body: (limit) => readBody(message, limit),
    stream: () => message.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
  };
}

const takesGzip = (accepted: string | string[] | undefined): boolean => /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(accepted ?? ''));

async function send(message: IncomingMessage, reply: ServerResponse, response: HttpResponse, requestId: string, isLast: boolean): Promise<void> {
  const headers: Record<string, string | number> = { 'x-request-id': requestId, ...(isLast ? { connection: 'close' } : {}), ...response.headers };
  const { body } = response;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    let bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body as string);
    if (bytes.length >= GZIP_FROM_BYTES && headers['content-encoding'] === undefined && takesGzip(message.headers['accept-encoding'])) {
      bytes = await compress(bytes, { level: 1 });
      headers['content-encoding'] = 'gzip';
      headers.vary = 'accept-encoding';
    }
    headers['content-length'] = bytes.length;
    reply.writeHead(response.status, headers).end(message.method === 'HEAD' ? undefined : bytes);
    return;
  }
  reply.writeHead(response.status, headers);
  await pipeline(Readable.from(body), reply);
}

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets open requests end (at most `graceMs`), then closes what is left. */
  close(graceMs: number): Promise<void>;
}

/** Serves `handle` on node:http, or https with `tls`. A port in use is a StartError that names `variable`. */
export async function serveHttp(options: {
  readonly address: Address;
  readonly variable: string;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
}): Promise<HttpServer> {
  const { address, telemetry } = options;
  let closing = false;
  const onRequest = (message: IncomingMessage, reply: ServerResponse) => {
    const requestId = options.ids.ulid();
    const answer = async () => {
      try {
        return await options.handle(toRequest(message, requestId));
      } catch (error) {
        return failureResponse(error, { requestId, method: message.method ?? 'GET', path: message.url?.split('?')[0] ?? '/' }, telemetry);
      }
    };
    answer()
      .then((response) => send(message, reply, response, requestId, closing))
      .catch((error: unknown) => {
        telemetry.log('debug', 'a response could not be sent', { requestId, error });
        reply.destroy();
      })
      // A body that nobody read would stall the next request on the connection.
      .finally(() => message.resume());
  };
  const server = options.tls === null ? createPlain(onRequest) : createTls(options.tls, onRequest);
  server.requestTimeout = 15 * 60_000;
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const code = (error as { code?: unknown }).code;
      const why = code === 'EADDRINUSE' ? 'the port is in use' : code === 'EACCES' ? 'this user may not use that port' : error.message;
      reject(new StartError(`${options.variable}: cannot listen on ${hostPort(address)}: ${why}`, { cause: error }));
    });
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    port,
    close: (graceMs) =>
      new Promise((resolve) => {
        // A kept connection would bring requests for as long as its client likes.
        closing = true;
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
