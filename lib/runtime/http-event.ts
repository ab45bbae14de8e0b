import { timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { AppError } from '../core/shared/errors.ts';
import { jsonResponse, type HttpRequest, type HttpResponse } from '../edge/http/router.ts';

/** What a function may answer, as the text that it hands back; API Gateway refuses more. */
export const MAX_RESPONSE_BYTES = 6 * 1024 * 1024;
/** What the answer holds besides its body. */
const ENVELOPE_BYTES = 16 * 1024;

/** The header by which a distribution shows that it is ours; only beside it does the other name the client's address. */
export const ORIGIN_HEADER = 'x-windlass-origin';
const VIEWER_HEADER = 'cloudfront-viewer-address';

export interface EventOptions {
  /** The secret of the distribution in front, if there is one. */
  readonly originSecret: string | null;
}

/** A request of a REST API's proxy integration, in the form that every entrance shares. */
export function toHttpRequest(event: APIGatewayProxyEvent, options: EventOptions): HttpRequest {
  const headers = headersOf(event);
  const query = queryOf(event);
  const text = query.toString();
  const body = () => Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  return {
    method: event.httpMethod,
    path: decodedPath(event.path),
    rawUrl: text === '' ? event.path : `${event.path}?${text}`,
    query,
    headers,
    remoteIp: remoteIpOf(event, headers, options),
    requestId: event.requestContext.requestId,
    async body(limit) {
      const bytes = body();
      if (bytes.length > limit) throw new AppError('TOO_LARGE', `the request body is larger than ${limit} bytes`);
      return bytes;
    },
    async *stream() {
      yield body();
    },
  };
}

function headersOf(event: APIGatewayProxyEvent): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(event.headers ?? {})) headers[name.toLowerCase()] = value;
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values === undefined) continue;
    headers[name.toLowerCase()] = values.join(name.toLowerCase() === 'cookie' ? '; ' : ', ');
  }
  return headers;
}

function queryOf(event: APIGatewayProxyEvent): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) for (const value of values ?? []) query.append(name, value);
  for (const [name, value] of Object.entries(event.queryStringParameters ?? {})) if (value !== undefined && !query.has(name)) query.append(name, value);
  return query;
}

/** API Gateway decodes some of a path and leaves the rest; what cannot be decoded is taken as it stands. */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The address of who asks: the connection's, or with our own distribution in front the one that it names. */
function remoteIpOf(event: APIGatewayProxyEvent, headers: Readonly<Record<string, string | undefined>>, { originSecret }: EventOptions): string {
  const viewer = headers[VIEWER_HEADER];
  if (originSecret !== null && viewer !== undefined && isSame(headers[ORIGIN_HEADER], originSecret)) return withoutPort(viewer);
  return event.requestContext.identity.sourceIp;
}

/** Whether a request came through the distribution that knows the secret. */
export const isFromOrigin = (event: APIGatewayProxyEvent, originSecret: string): boolean => isSame(headersOf(event)[ORIGIN_HEADER], originSecret);

function isSame(given: string | undefined, secret: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `1.2.3.4:5678`, and for the newer protocol an address without brackets: the port is what follows the last colon. */
const withoutPort = (address: string): string => address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/** The answer as API Gateway takes it. Bytes travel as base64; text goes as it is. */
export async function toProxyResult(response: HttpResponse, request: Pick<HttpRequest, 'method' | 'requestId'>): Promise<APIGatewayProxyResult> {
  const result = encoded({ ...response, body: await wholeBody(response.body) }, request);
  if (encodedBytes(result.body) <= MAX_RESPONSE_BYTES - ENVELOPE_BYTES) return result;
  const refusal = { error: 'the answer is larger than can be sent: ask for less at once', requestId: request.requestId };
  return encoded({ ...jsonResponse(500, refusal), body: JSON.stringify(refusal) }, request);
}

type WholeBody = string | Uint8Array;

async function wholeBody(body: HttpResponse['body']): Promise<WholeBody> {
  if (body === undefined) return '';
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    // What cannot be sent is not gathered either.
    if ((bytes += part.length) > MAX_RESPONSE_BYTES) break;
  }
  return Buffer.concat(parts);
}

function encoded(response: { readonly status: number; readonly headers?: HttpResponse['headers']; readonly body?: WholeBody }, request: Pick<HttpRequest, 'method' | 'requestId'>): APIGatewayProxyResult {
  const headers: Record<string, string> = { 'x-request-id': request.requestId, ...response.headers };
  const body = request.method === 'HEAD' ? '' : (response.body ?? '');
  const isBase64Encoded = typeof body !== 'string';
  return {
    statusCode: response.status,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: isBase64Encoded ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded,
  };
}

/** As JSON, which escapes. */
const encodedBytes = (text: string): number => (text.length * 6 < MAX_RESPONSE_BYTES ? text.length : Buffer.byteLength(JSON.stringify(text)));
