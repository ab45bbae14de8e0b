import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { authoritiesWith } from './trust.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A function gives a fresh stream; its length goes into `content-length` by the caller. */
  readonly body?: Buffer | (() => Readable);
  /** Silence on the connection for this long is an error. */
  readonly idleTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

/** The connection failed before a whole answer came. `staleSocket`: a kept connection had been closed by the other side. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
  readonly staleSocket: boolean;

  constructor(message: string, staleSocket: boolean, cause: unknown) {
    super(message, { cause });
    this.staleSocket = staleSocket;
  }
}

/** HTTP over kept connections, through the proxy variables of the environment, trusting extra root certificates. */
export class HttpClient {
  readonly #http: http.Agent;
  readonly #https: https.Agent;

  constructor(options: { readonly environment?: Readonly<Record<string, string | undefined>>; readonly rootCas?: readonly string[] } = {}) {
    const common = { keepAlive: true, maxFreeSockets: 8, ...(options.environment ? { proxyEnv: { ...options.environment } } : {}) };
    this.#http = new http.Agent(common);
    this.#https = new https.Agent(common);
    this.trust(options.rootCas ?? []);
  }

  /** These authorities and the well-known ones, from the next connection on. */
  trust(rootCas: readonly string[]): void {
    const ca = authoritiesWith(rootCas);
    if (ca !== undefined) this.#https.options.ca = ca;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const secure = url.protocol === 'https:';
    const body = Buffer.isBuffer(request.body) ? request.body : undefined;
    const headers = { ...request.headers, ...(body ? { 'content-length': String(body.length) } : {}) };
    const outgoing = (secure ? https : http).request(url, {
      method: request.method, headers, agent: secure ? this.#https : this.#http, timeout: request.idleTimeoutMs ?? 60_000, ...(request.signal ? { signal: request.signal } : {}),
    });
    const answer = new Promise<HttpResponse>((resolve, reject) => {
      outgoing.once('response', (incoming) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming }));
      outgoing.once('timeout', () => outgoing.destroy(new Error('the connection was silent for too long')));
      outgoing.on('error', (cause: Error) => reject(new ConnectionError(`cannot reach ${url.origin}: ${cause.message || (cause as { code?: string }).code || 'no connection'}`, outgoing.reusedSocket, cause)));
    });
    if (typeof request.body === 'function') pipeline(request.body(), outgoing).catch((cause: Error) => outgoing.destroy(cause));
    else outgoing.end(body);
    return answer;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** The whole body; an answer that breaks off is a `ConnectionError`. */
export async function readBody(response: HttpResponse, limit = 64 * 1024 * 1024): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response.body as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
      parts.push(part);
    }
  } catch (cause) {
    throw new ConnectionError(`the answer broke off: ${cause instanceof Error ? cause.message : String(cause)}`, false, cause);
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}
