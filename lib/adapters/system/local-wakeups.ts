import type { Wakeups } from '../../core/ports/wakeups.ts';

/** Wake-ups within one process, a turn after the call: who made something known is answered before those that waited for it. */
export function localWakeups(): Wakeups {
  const waiting = new Map<string, Set<() => void>>();
  return {
    wake(topic) {
      if (!waiting.has(topic)) return;
      setImmediate(() => {
        for (const resolve of waiting.get(topic) ?? []) resolve();
      });
    },
    wait(topic, ms) {
      let settle: (woken: boolean) => void = () => {};
      const woken = new Promise<boolean>((resolve) => (settle = resolve));
      const waiters = waiting.get(topic) ?? new Set();
      waiting.set(topic, waiters);
      const finish = (result: boolean) => {
        clearTimeout(timer);
        waiters.delete(onWake);
        if (waiters.size === 0 && waiting.get(topic) === waiters) waiting.delete(topic);
        settle(result);
      };
      const onWake = () => finish(true);
      const timer = setTimeout(() => finish(false), ms);
      timer.unref();
      waiters.add(onWake);
      return { woken, cancel: () => finish(false) };
    },
  };
}
