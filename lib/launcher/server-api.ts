import { createReadStream } from 'node:fs';
import type { RegisterRequest, RegisterResponse, WorkerErrorCode } from '../protocol/worker-api.ts';
import { IDEMPOTENCY_HEADER, LAUNCHER_VERSION_HEADER, LEASE_HEADER, WORKER_API_PREFIX } from '../protocol/worker-api.ts';
import type { Job } from '../protocol/job.ts';
import type { Heartbeat } from '../protocol/messages.ts';
import type { HttpClient, HttpResponse } from './http-client.ts';
import { ConnectionError, readBody } from './http-client.ts';
import { withRetries } from './retry.ts';
import { ulid } from './ulid.ts';

/** A refusal of the server, with its code and words. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: WorkerErrorCode;
  /** The whole body, such as the holder of a lock. */
  readonly body: unknown;
  readonly retryAfterMs: number;

  constructor(status: number, code: WorkerErrorCode, message: string, body: unknown, retryAfterMs = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The handover is no longer ours: everything of the run stops and nothing more is reported. */
export const isFenced = (error: unknown): boolean => error instanceof ApiError && ['stale_lease', 'worker_unknown', 'pool_reset'].includes(error.code);

export interface CallOptions {
  readonly body?: unknown;
  readonly lease?: number;
  readonly retryForMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Another bearer than the session's. */
  readonly bearer?: string;
}

export interface HeartbeatAnswer {
  readonly drained?: boolean;
  /** The worker is to leave when it is idle. */
  readonly cycle?: boolean;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface ServerApiOptions {
  /** The server's address without a trailing slash; objects of the server are fetched from here too, whatever host their URL names. */
  readonly api: string;
  readonly launcherVersion: string;
  readonly http: HttpClient;
}

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly retryForMs?: number;
}

export interface PutOptions extends GetOptions {
  readonly createOnly?: boolean;
}

const OBJECTS_PATH = '/objects/';

/** The worker's side of the server's HTTP API and of its object store. */
export class ServerApi {
  readonly #options: ServerApiOptions;
  #session = '';
  #refresh: (() => Promise<void>) | undefined;
  #baseOrigins = new Set<string>();

  constructor(options: ServerApiOptions) {
    this.#options = options;
    this.#baseOrigins.add(new URL(options.api).origin);
  }

  get api(): string {
    return this.#options.api;
  }

  /** `refresh` is asked once per call that the server refuses with `session_expired`. */
  useSession(token: string, refresh: () => Promise<void>): void {
    this.#session = token;
    this.#refresh = refresh;
  }

  /** The server's own base URL: its object URLs start with it. */
  useBaseUrl(url: string): void {
    if (URL.canParse(url)) this.#baseOrigins.add(new URL(url).origin);
  }

  register(assertion: string, request: RegisterRequest, retryForMs?: number): Promise<RegisterResponse> {
    return this.#value('POST', '/register', { body: request, bearer: assertion, ...(retryForMs === undefined ? {} : { retryForMs }) });
  }

  refreshSession(): Promise<{ readonly token: string; readonly expiresAt: string }> {
    return this.call<{ session?: { token: string; expiresAt: string }; token?: string; expiresAt?: string }>('POST', '/session/refresh', { body: {} }).then(({ body }) => {
      const session = body.session ?? body;
      return { token: session.token ?? '', expiresAt: session.expiresAt ?? '' };
    });
  }

  heartbeat(message: Heartbeat): Promise<HeartbeatAnswer> {
    return this.#value('POST', '/heartbeat', { body: message, retryForMs: 0 });
  }

  deregister(reason: string): Promise<void> {
    return this.#value('POST', '/deregister', { body: { reason }, retryForMs: 2000 });
  }

  async claim(assignmentId?: string, signal?: AbortSignal): Promise<Job | undefined> {
    const answer = await this.call<Job>('POST', '/claim', { body: assignmentId === undefined ? {} : { assignmentId }, signal, retryForMs: 0 });
    return answer.status === 204 ? undefined : answer.body;
  }

  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const idempotencyKey = method === 'GET' ? undefined : ulid();
    let refreshed = false;
    return withRetries(
      async () => {
        try {
          return await this.#once<T>(method, path, options, idempotencyKey);
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 'session_expired' || refreshed || options.bearer !== undefined || !this.#refresh) throw error;
          refreshed = true;
          await this.#refresh();
          return this.#once<T>(method, path, options, idempotencyKey);
        }
      },
      { retryAfterMs: retryDelay, signal: options.signal, ...(options.retryForMs === undefined ? {} : { forMs: options.retryForMs }) },
    );
  }

  /** A stored object as a stream, or its JSON error as `ApiError`. */
  async getObject(url: string, options: GetOptions = {}): Promise<HttpResponse> {
    return withRetries(
      async () => {
        const { signal, headers } = options;
        const response = await this.#options.http.request({ method: 'GET', url: this.resolveObjectUrl(url), ...(signal ? { signal } : {}), ...(headers ? { headers } : {}) });
        if (response.status === 200) return response;
        throw await refusal(response, `the object store answered ${response.status}`);
      },
      { retryAfterMs: retryDelay, signal: options.signal, ...(options.retryForMs === undefined ? {} : { forMs: options.retryForMs }) },
    );
  }

  /** Stores bytes or a file. With `createOnly` an object that is there already counts as stored: an earlier attempt put it. */
  async putObject(url: string, content: Buffer | { readonly path: string; readonly bytes: number }, options: PutOptions = {}): Promise<void> {
    const body = Buffer.isBuffer(content) ? content : () => createReadStream(content.path);
    const length = Buffer.isBuffer(content) ? content.length : content.bytes;
    const headers = { ...options.headers, 'content-length': String(length), ...(options.createOnly ? { 'if-none-match': '*' } : {}) };
    await withRetries(
      async () => {
        const response = await this.#options.http.request({ method: 'PUT', url: this.resolveObjectUrl(url), headers, body, ...(options.signal ? { signal: options.signal } : {}) });
        if (response.status >= 200 && response.status < 300) return void response.body.resume();
        if (options.createOnly && (response.status === 409 || response.status === 412)) return void response.body.resume();
        throw await refusal(response, `the object store answered ${response.status}`);
      },
      { retryAfterMs: retryDelay, signal: options.signal, ...(options.retryForMs === undefined ? {} : { forMs: options.retryForMs }) },
    );
  }

  /** The server's own objects are reached the way the server itself is: its base URL may have changed or be out of reach. */
  resolveObjectUrl(url: string): string {
    if (!URL.canParse(url)) return `${this.api}${url.startsWith('/') ? '' : '/'}${url}`;
    const parsed = new URL(url);
    const own = this.#baseOrigins.has(parsed.origin) || (parsed.pathname.startsWith(OBJECTS_PATH) && parsed.searchParams.has('sig'));
    return own ? `${this.api}${parsed.pathname}${parsed.search}` : url;
  }

  async #value<T>(method: string, path: string, options: CallOptions): Promise<T> {
    return (await this.call<T>(method, path, options)).body;
  }

  async #once<T>(method: string, path: string, options: CallOptions, idempotencyKey: string | undefined): Promise<Answer<T>> {
    const response = await this.#options.http.request({
      method,
      url: `${this.api}${WORKER_API_PREFIX}${path}`,
      headers: {
        authorization: `Bearer ${options.bearer ?? this.#session}`,
        [LAUNCHER_VERSION_HEADER]: this.#options.launcherVersion,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { [IDEMPOTENCY_HEADER]: idempotencyKey }),
        ...(options.lease === undefined ? {} : { [LEASE_HEADER]: String(options.lease) }),
      },
      ...(options.body === undefined ? {} : { body: Buffer.from(JSON.stringify(options.body), 'utf8') }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    if (response.status >= 400) throw await refusal(response, `the server answered ${response.status}`);
    const text = (await readBody(response)).toString('utf8');
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }
}

function retryDelay(error: unknown, attempt: number): number | undefined {
  if (error instanceof ConnectionError) return error.staleSocket && attempt === 1 ? -1 : 0;
  if (error instanceof ApiError && (error.status === 429 || error.status >= 500)) return error.retryAfterMs;
  return undefined;
}

async function refusal(response: HttpResponse, otherwise: string): Promise<ApiError> {
  const text = (await readBody(response, 1024 * 1024)).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = text;
  }
  const error = (body as { error?: { code?: unknown; message?: unknown } } | undefined)?.error;
  const code = typeof error?.code === 'string' ? error.code : response.status >= 500 ? 'internal' : 'bad_request';
  const retryAfter = Number(response.headers['retry-after']);
  return new ApiError(response.status, code as WorkerErrorCode, typeof error?.message === 'string' ? error.message : otherwise, body, Number.isFinite(retryAfter) ? retryAfter * 1000 : 0);
}
