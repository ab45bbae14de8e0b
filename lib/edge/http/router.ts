/** A request as every entrance sees it: from node:http, from API Gateway, from a test. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded path, without query. */
  readonly path: string;
  /** Path and query exactly as sent, for signatures. */
  readonly rawUrl: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteIp: string;
  readonly requestId: string;
  /** Whole body; past `limit` bytes it throws TOO_LARGE. */
  body(limit: number): Promise<Buffer>;
  /** The body as it comes, for objects too large for memory. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** `params` are the decoded `:name` and `*name` parts of the pattern. */
export type Handler = (request: HttpRequest, params: Readonly<Record<string, string>>) => Promise<HttpResponse>;

export interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly handler: Handler;
}

export const route = (method: string, pattern: string, handler: Handler): Route => ({ method, pattern, handler });

interface Compiled extends Route {
  readonly expression: RegExp;
  readonly names: readonly string[];
}

function compile(entry: Route): Compiled {
  const names: string[] = [];
  const source = entry.pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/([:*])([A-Za-z]+)/g, (_, kind: string, name: string) => {
    names.push(name);
    return kind === ':' ? '([^/]+)' : '(.*)';
  });
  return { ...entry, names, expression: new RegExp(`^${source}$`) };
}

/** Finds the route of a request: 404 for an unknown path, 405 with `allow` for a known path and another method. `*` matches every method. */
export function router(routes: readonly Route[]): (request: HttpRequest) => Promise<HttpResponse> {
  const compiled = routes.map(compile);
  return async (request) => {
    const allowed = new Set<string>();
    for (const entry of compiled) {
      const match = entry.expression.exec(request.path);
      if (match === null) continue;
      if (entry.method !== '*' && entry.method !== request.method) {
        allowed.add(entry.method);
        continue;
      }
      const params: Record<string, string> = {};
      entry.names.forEach((name, index) => (params[name] = match[index + 1] ?? ''));
      return entry.handler(request, params);
    }
    if (allowed.size > 0) return { ...jsonResponse(405, { error: 'method not allowed' }), headers: { 'content-type': 'application/json', allow: [...allowed].join(', ') } };
    return jsonResponse(404, { error: 'not found' });
  };
}

export function jsonResponse(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) };
}
