import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of an AWS service on its way through the proxy. */
export interface AwsCall {
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The service it was signed for, such as `sqs`; undefined when it was not signed. */
  readonly service: string | undefined;
  /** By whose key it was signed. */
  readonly accessKeyId: string | undefined;
  /** The operation, where the protocol names it: `SendMessageBatch`; else undefined and method and path tell. */
  readonly operation: string | undefined;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Stands before the upstream: answers itself, changes what goes on or what comes back, or passes on. */
export type Intercept = (call: AwsCall, next: (call: AwsCall) => Promise<AwsAnswer>) => Promise<AwsAnswer>;

export interface AwsProxy {
  readonly url: string;
  closeIdleConnections(): void;
  close(): Promise<void>;
}

/** Several intercepts as one; the first sees a call first. */
export const inTurn =
  (...intercepts: readonly Intercept[]): Intercept =>
  (call, next) =>
    intercepts.reduceRight<(call: AwsCall) => Promise<AwsAnswer>>((rest, intercept) => (passed) => intercept(passed, rest), next)(call);

export const jsonAnswer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
  body: Buffer.from(JSON.stringify(body)),
});

/** An error as the JSON protocols write it; S3 gets XML. */
export function errorAnswer(call: AwsCall, status: number, code: string, message: string): AwsAnswer {
  if (call.service === 's3')
    return {
      status,
      headers: { 'content-type': 'application/xml' },
      body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`),
    };
  return jsonAnswer(status, { __type: code, message, Message: message }, { 'x-amzn-errortype': code });
}

/** A server in place of AWS that hands each call to `intercept`, and what that passes on to `upstream`. */
export async function awsProxy(options: { readonly upstream: string; readonly intercept?: Intercept }): Promise<AwsProxy> {
  const forward = (call: AwsCall) => send(options.upstream, call);
  const intercept = options.intercept ?? ((call, next) => next(call));
  const server = createServer((request, response) => {
    void read(request)
      .then((call) => intercept(call, forward))
      .catch((error: unknown): AwsAnswer => ({ status: 502, headers: {}, body: Buffer.from(String(error)) }))
      .then(({ status, headers, body }) => {
        const { 'transfer-encoding': _encoding, connection: _connection, 'content-length': told, ...rest } = headers;
        // An answer to HEAD tells a length and has no body.
        response.writeHead(status, { ...rest, 'content-length': request.method === 'HEAD' ? (told ?? '0') : String(body.length) });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    closeIdleConnections: () => server.closeIdleConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const singleHeaders = (message: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));

async function read(request: IncomingMessage): Promise<AwsCall> {
  const headers = singleHeaders(request);
  const body = await bytesOf(request);
  const path = request.url ?? '/';
  const query = new URLSearchParams(path.split('?')[1] ?? '');
  const scope = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential') ?? undefined;
  const [accessKeyId, , , service] = scope?.split('/') ?? [];
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true ? new URLSearchParams(body.toString('utf8')) : query;
  return {
    method: request.method ?? 'GET',
    path,
    headers,
    body,
    service,
    accessKeyId,
    operation: headers['x-amz-target']?.split('.').at(-1) ?? form.get('Action') ?? undefined,
  };
}

function send(upstream: string, call: AwsCall): Promise<AwsAnswer> {
  const { hostname, port } = new URL(upstream);
  const { 'transfer-encoding': _encoding, 'content-length': _length, connection: _connection, expect: _expect, ...headers } = call.headers;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method: call.method, path: call.path, headers: { ...headers, 'content-length': String(call.body.length) } },
      (response) => {
        bytesOf(response).then((body) => resolve({ status: response.statusCode ?? 502, headers: singleHeaders(response), body }), reject);
      },
    );
    request.on('error', reject);
    request.end(call.body);
  });
}
