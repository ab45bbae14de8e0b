import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../core/ports/clock.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal, ref: true }).catch((error: unknown) => {
      if ((error as { name?: unknown }).name !== 'AbortError') throw error;
    });
  },
};
