import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { fromProxyResult, isBinary, matchRoute, toProxyEvent, type RawAnswer } from './api-event.ts';
import { MAX_PAYLOAD_BYTES } from './function-pool.ts';
import type { Outcome } from './function-process.ts';
import type { Parts } from './parts.ts';

const HEADER_BYTES = 10_240;
const REQUEST_BYTES = 10 * 1024 * 1024;
const INTEGRATION_MS = 29_000;

export interface ApiGateway {
  readonly port: number;
  close(): Promise<void>;
}

const refusal = (status: number, message: string): RawAnswer => ({
  status,
  headers: [['content-type', 'application/json']],
  body: Buffer.from(JSON.stringify({ message })),
});

/** The size of a request line and its headers, as they came. */
function headerBytes(request: IncomingMessage): number {
  const line = `${request.method ?? ''} ${request.url ?? ''} HTTP/1.1\r\n`;
  const pairs = request.rawHeaders.reduce((sum, text, index) => sum + Buffer.byteLength(text) + (index % 2 === 0 ? 2 : 2), 0);
  return Buffer.byteLength(line) + pairs;
}

async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= REQUEST_BYTES) chunks.push(chunk);
  }
  return bytes > REQUEST_BYTES ? undefined : Buffer.concat(chunks);
}

/** A REST API on a loopback port, with the routes of the template and the limits of the service. */
export async function startApiGateway(options: {
  readonly parts: Pick<Parts, 'routes' | 'binaryTypes' | 'minimumCompression'>;
  readonly port: number;
  readonly invoke: (functionName: string, event: APIGatewayProxyEvent) => Promise<Outcome>;
  readonly integrationMs?: number;
}): Promise<ApiGateway> {
  const { parts, invoke, integrationMs = INTEGRATION_MS } = options;

  async function answer(request: IncomingMessage): Promise<RawAnswer> {
    if (headerBytes(request) > HEADER_BYTES) return refusal(431, 'Request header fields too large');
    const body = await read(request);
    if (body === undefined) return refusal(413, 'Request Entity Too Large');
    const url = request.url ?? '/';
    const matched = matchRoute(parts.routes, request.method ?? 'GET', new URL(url, 'http://api').pathname);
    if (matched === undefined) return refusal(403, 'Missing Authentication Token');
    const event = toProxyEvent(
      { method: request.method ?? 'GET', url, rawHeaders: request.rawHeaders, body, sourceIp: request.socket.remoteAddress ?? '' },
      matched,
      parts.binaryTypes,
    );
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_PAYLOAD_BYTES) return refusal(413, 'Request Entity Too Large');

    const ends = new AbortController();
    const outcome = await Promise.race([
      invoke(matched.route.functionName, event),
      delay(integrationMs, undefined, { signal: ends.signal }).catch(() => undefined),
    ]);
    ends.abort();
    if (outcome === undefined) return refusal(504, 'Endpoint request timed out');
    if (!('answer' in outcome)) return refusal(502, 'Internal server error');
    return fromProxyResult(outcome.answer, request.headers.accept, parts.binaryTypes);
  }

  function write(request: IncomingMessage, response: ServerResponse, { status, headers, body }: RawAnswer): void {
    const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
    const accepted = String(request.headers['accept-encoding'] ?? '').includes('gzip');
    const shrinks =
      parts.minimumCompression !== undefined &&
      accepted &&
      body.length >= parts.minimumCompression &&
      !isBinary(parts.binaryTypes, type) &&
      !headers.some(([name]) => name.toLowerCase() === 'content-encoding');
    const sent = shrinks ? gzipSync(body) : body;
    response.statusCode = status;
    for (const [name, value] of headers) if (!/^(content-length|transfer-encoding|connection)$/i.test(name)) response.appendHeader(name, value);
    if (shrinks) response.setHeader('content-encoding', 'gzip');
    if (status !== 204 && status !== 304) response.setHeader('content-length', sent.length);
    response.end(request.method === 'HEAD' ? undefined : sent);
  }

  // The service's own limit of headers is judged above, with its own answer.
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    answer(request).then(
      (given) => write(request, response, given),
      (error: unknown) => write(request, response, refusal(500, String(error))),
    );
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
