import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';

export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export type Transport = (request: WireRequest) => Promise<WireResponse>;

const TIMEOUT_MS = 60_000;

/** Sends requests as Go's HTTP client does: its user agent, gzip, one time-out for everything. */
export const goTransport: Transport = (request) =>
  new Promise((resolve, reject) => {
    const send = request.url.startsWith('https:') ? httpsRequest : httpRequest;
    const headers = { 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip', ...request.headers, ...(request.body ? { 'content-length': String(request.body.length) } : {}) };
    const outgoing = send(request.url, { method: request.method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const raw = Buffer.concat(parts);
        const answered = response.headers as Record<string, string | undefined>;
        resolve({ status: response.statusCode ?? 0, headers: answered, body: answered['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
