import type { Clock } from '../../core/ports/clock.ts';
import { failureOf, type Failure } from './data-api-errors.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** How long a call that begins now may wait for a paused database, in milliseconds; 0 to try once. */
  readonly patienceMs: () => number;
}

/** Waits for a paused database; the last one repeats. It takes about 15 seconds to come back, and longer after a day asleep. */
const RESUME_WAITS_MS = [1000, 2000, 4000, 8000] as const;
const SECOND_TRY_WAIT_MS = 200;

/**
 * Makes a call, again and again while the database resumes. Among the other failures those in `repeatable` get one more try, where the
 * caller knows that it cannot do harm.
 */
export async function callService<T>(options: RetryOptions, repeatable: readonly Failure[], call: () => Promise<T>): Promise<T> {
  const { clock } = options;
  const started = clock.now().getTime();
  const patience = options.patienceMs();
  let resumed = 0;
  let repeated = false;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const failure = failureOf(error);
      const wait = failure === 'resuming' ? (RESUME_WAITS_MS[resumed++] ?? RESUME_WAITS_MS[RESUME_WAITS_MS.length - 1] ?? 0) : SECOND_TRY_WAIT_MS;
      const may = failure === 'resuming' || (repeatable.includes(failure) && !repeated);
      if (!may || clock.now().getTime() - started + wait > patience) throw error;
      repeated ||= failure !== 'resuming';
      await clock.sleep(wait);
    }
  }
}
