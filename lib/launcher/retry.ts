import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  /** No new attempt starts after this long. */
  readonly forMs?: number;
  readonly firstMs?: number;
  readonly longestMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait at least after this error; undefined: do not retry. */
  readonly retryAfterMs: (error: unknown, attempt: number) => number | undefined;
}

/** Repeats with full-jitter back-off, 0.5 s to 30 s, for up to ten minutes. */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { forMs = 10 * 60_000, firstMs = 500, longestMs = 30_000, signal } = options;
  const deadline = Date.now() + forMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      const atLeast = options.retryAfterMs(error, attempt);
      if (atLeast === undefined || Date.now() >= deadline) throw error;
      const jitter = Math.random() * Math.min(longestMs, firstMs * 2 ** (attempt - 1));
      await sleep(atLeast < 0 ? 0 : Math.max(atLeast, jitter), undefined, signal ? { signal } : {});
    }
  }
}
