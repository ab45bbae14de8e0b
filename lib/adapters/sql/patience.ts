import { unavailable, type AppError } from '../../core/shared/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** How long the caller of a connection waits for a database that wakes up. */
export interface Patience {
  /** Asked at each connection. */
  readonly ms: () => number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

export const wakingUp = (cause: unknown): AppError =>
  unavailable('the database is starting after a pause: try again in a few seconds', { retryAfterSeconds: 5 }, { cause });

/** What a server that is starting answers, or the way to one that is not there yet. */
const STARTING = new Set(['57P03', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH']);
const FIRST_PAUSE_MS = 1000;
/** Timers are not exact. */
const TOLERANCE_MS = 100;

/** Connects, again and again while the server may only be starting; `connect` is told how long it may take. */
export async function patiently<T>({ ms, clock }: Patience, connect: (timeoutMs: number) => Promise<T>): Promise<T> {
  const until = clock.now().getTime() + ms();
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    // Once in any case.
    const limit = Math.max(1, until - clock.now().getTime());
    try {
      return await connect(limit);
    } catch (error) {
      const left = until - clock.now().getTime();
      // The driver gives an attempt that took too long no name of its own.
      if (left <= TOLERANCE_MS) throw wakingUp(error);
      if (!STARTING.has((error as { readonly code?: string }).code ?? '')) throw error;
      if (pause >= left) throw wakingUp(error);
      await clock.sleep(pause);
    }
  }
}
