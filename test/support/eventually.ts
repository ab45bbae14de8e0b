import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 30;

/** Looks until there is something to see, and says what was waited for when there is nothing in time. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>, withinMs = 60_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
    await delay(LOOK_AGAIN_MS);
  }
}
