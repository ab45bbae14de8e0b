/**
 * Lets a held request sleep until something changes. A hint only: a waiter re-reads what it waits for.
 * Topics: `run:<id>` (a step or a waiting reason), `logs:<run>/<stateVersion>`.
 */
export interface Wakeups {
  wake(topic: string): void;
  /** True when woken, false after `ms`. Register before the read that decides to wait. */
  wait(topic: string, ms: number): { readonly woken: Promise<boolean>; cancel(): void };
}
