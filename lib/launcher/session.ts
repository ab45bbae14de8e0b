import { makeAssertion } from '../protocol/assertion.ts';
import type { RegisterRequest, RegisterResponse } from '../protocol/worker-api.ts';
import type { LauncherConfig } from './config.ts';
import type { Log } from './log.ts';
import { messageOf } from './log.ts';
import { withRetries } from './retry.ts';
import { ApiError } from './server-api.ts';
import type { ServerApi } from './server-api.ts';
import { ulid } from './ulid.ts';

/** A session is renewed this long before it ends. */
const RENEW_BEFORE_MS = 15 * 60_000;

export interface SessionOptions {
  readonly config: LauncherConfig;
  readonly api: ServerApi;
  readonly request: RegisterRequest;
  readonly log: Log;
  /** The session is over for good: the worker is unknown, or the pool was reset. */
  readonly onLost: (error: ApiError) => void;
}

/** Registration and the session that follows from it. */
export class Session {
  readonly #options: SessionOptions;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Repeats until the server answers; a refusal is thrown. */
  async register(signal: AbortSignal): Promise<RegisterResponse> {
    const { config, api, request, log } = this.#options;
    const answer = await withRetries(
      // An assertion is good for one call, so each attempt makes its own.
      () => api.register(makeAssertion(config.privateKey, {
        poolId: config.token.worker_pool, workerId: request.workerId, certificateId: config.token.certificate_id, audience: 'worker-api', jti: ulid(), now: new Date(),
      }), request, 0),
      {
        forMs: Number.POSITIVE_INFINITY, signal, firstMs: 200, longestMs: 10_000,
        retryAfterMs: (error, attempt) => {
          if (error instanceof ApiError && error.status < 500 && error.status !== 429) return undefined;
          if (attempt === 5) log.warn('the server cannot be reached; still trying', { api: config.token.api, error: messageOf(error) });
          return 0;
        },
      },
    );
    api.useBaseUrl(answer.account.url);
    api.useSession(answer.session.token, () => this.refresh());
    this.#renewBefore(answer.session.expiresAt);
    return answer;
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #refresh(): Promise<void> {
    const { api, onLost } = this.#options;
    try {
      const { token, expiresAt } = await api.refreshSession();
      api.useSession(token, () => this.refresh());
      this.#renewBefore(expiresAt);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) onLost(error);
      throw error;
    }
  }

  #renewBefore(expiresAt: string): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const wait = Math.max(1000, Math.min(Date.parse(expiresAt) - Date.now() - RENEW_BEFORE_MS, 2 ** 31 - 1));
    this.#timer = setTimeout(() => void this.refresh().catch((error: unknown) => {
      this.#options.log.warn('the session could not be renewed', { error: messageOf(error) });
      if (!this.#closed) this.#renewBefore(new Date(Date.now() + RENEW_BEFORE_MS + 30_000).toISOString());
    }), wait);
  }
}
