import type { Clock } from '../../lib/core/ports/clock.ts';

export interface FakeClock extends Clock {
  set(at: Date): void;
  /** Moves time on and ends the sleeps that fall due. */
  advance(ms: number): void;
}

export function fakeClock(start = new Date('2026-01-15T12:00:00.000Z')): FakeClock {
  let at = start.getTime();
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  const settle = () => {
    for (const sleeper of sleepers) if (sleeper.due <= at) sleeper.wake();
  };
  return {
    now: () => new Date(at),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { due: at + ms, wake };
        sleepers.add(sleeper);
        if (signal?.aborted === true) wake();
        signal?.addEventListener('abort', wake, { once: true });
      }),
    set(date) {
      at = date.getTime();
      settle();
    },
    advance(ms) {
      at += ms;
      settle();
    },
  };
}
