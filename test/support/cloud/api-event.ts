import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { MOTO_ACCOUNT } from '../moto.ts';
import type { RoutePart } from './parts.ts';

export interface Matched {
  readonly route: RoutePart;
  readonly parameters: Readonly<Record<string, string>> | null;
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');

/** How well a path fits a route's, part by part: a name before a placeholder, a placeholder before the rest; undefined where it does not fit. */
function fitOf(wanted: readonly string[], given: readonly string[]): { readonly rank: string; readonly parameters: Record<string, string> } | undefined {
  const parameters: Record<string, string> = {};
  let rank = '';
  for (const [index, part] of wanted.entries()) {
    const rest = /^\{(\w+)\+\}$/.exec(part)?.[1];
    if (rest !== undefined) {
      if (given.length <= index) return undefined;
      parameters[rest] = given.slice(index).join('/');
      return { rank: `${rank}2`, parameters };
    }
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (given[index] === undefined || (name === undefined && part !== given[index])) return undefined;
    if (name !== undefined) parameters[name] = given[index];
    rank += name === undefined ? '0' : '1';
  }
  return wanted.length === given.length ? { rank, parameters } : undefined;
}

/** The route that API Gateway takes for a request: the most particular. */
export function matchRoute(routes: readonly RoutePart[], method: string, path: string): Matched | undefined {
  const given = partsOf(path);
  const fitting = routes
    .filter((route) => route.method === 'ANY' || route.method === method)
    .flatMap((route) => {
      const fit = fitOf(partsOf(route.path), given);
      return fit === undefined ? [] : [{ route, ...fit }];
    })
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const [best] = fitting;
  return best === undefined ? undefined : { route: best.route, parameters: Object.keys(best.parameters).length === 0 ? null : best.parameters };
}

export interface RawRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  /** Names and values in turn, as node has them. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
}

const mediaType = (value: string | undefined): string => (value ?? '').split(/[;,]/)[0]?.trim().toLowerCase() ?? '';

/** Whether a content or accept header names a type that travels as bytes; of several the first counts. */
export const isBinary = (binaryTypes: readonly string[], header: string | undefined): boolean =>
  binaryTypes.includes(mediaType(header)) || binaryTypes.includes('*/*');

const lastOf = (values: Readonly<Record<string, readonly string[]>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? '']));

/** A request as the proxy integration of a REST API hands it to a function. */
export function toProxyEvent(request: RawRequest, { route, parameters }: Matched, binaryTypes: readonly string[]): APIGatewayProxyEvent {
  const url = new URL(request.url, 'http://api');
  const headers: Record<string, string[]> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2)
    (headers[request.rawHeaders[index] ?? ''] ??= []).push(request.rawHeaders[index + 1] ?? '');
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const single = lastOf(headers);
  const contentType = Object.entries(single).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const base64 = request.body.length > 0 && isBinary(binaryTypes, contentType);
  const requestId = randomUUID();
  return {
    resource: route.path,
    path: url.pathname,
    httpMethod: request.method,
    headers: single,
    multiValueHeaders: headers,
    queryStringParameters: Object.keys(query).length === 0 ? null : lastOf(query),
    multiValueQueryStringParameters: Object.keys(query).length === 0 ? null : query,
    pathParameters: parameters,
    stageVariables: null,
    body: request.body.length === 0 ? null : request.body.toString(base64 ? 'base64' : 'utf8'),
    isBase64Encoded: base64,
    requestContext: {
      accountId: MOTO_ACCOUNT,
      apiId: 'localcloud',
      authorizer: null,
      domainName: single.Host ?? single.host,
      extendedRequestId: requestId,
      httpMethod: request.method,
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        user: null,
        userArn: null,
        sourceIp: request.sourceIp,
        userAgent: Object.entries(single).find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? null,
      },
      path: url.pathname,
      protocol: 'HTTP/1.1',
      requestId,
      requestTimeEpoch: Date.now(),
      resourceId: route.path,
      resourcePath: route.path,
      stage: 'live',
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  /** Each value a header of its own. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

const FAULT = {
  status: 502,
  headers: [['content-type', 'application/json']],
  body: Buffer.from('{"message": "Internal server error"}'),
} as const satisfies RawAnswer;

/** What a client gets of a function's answer; base64 becomes bytes only for who says by `Accept` that it takes them. */
export function fromProxyResult(text: string, accept: string | undefined, binaryTypes: readonly string[]): RawAnswer {
  const result = JSON.parse(text) as APIGatewayProxyResult | null;
  if (result === null || typeof result !== 'object' || !Number.isInteger(result.statusCode)) return FAULT;
  const { statusCode, headers = {}, multiValueHeaders = {}, body, isBase64Encoded = false } = result;
  const several = Object.entries(multiValueHeaders).flatMap(([name, values]) => (values ?? []).map((value) => [name, String(value)] as const));
  const taken = new Set(several.map(([name]) => name.toLowerCase()));
  const single = Object.entries(headers)
    .filter(([name]) => !taken.has(name.toLowerCase()))
    .map(([name, value]) => [name, String(value)] as const);
  const decodes = isBase64Encoded && isBinary(binaryTypes, accept);
  return { status: statusCode, headers: [...several, ...single], body: Buffer.from(body ?? '', decodes ? 'base64' : 'utf8') };
}
