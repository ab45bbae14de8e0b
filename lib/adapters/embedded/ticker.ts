import type { Telemetry } from '../../core/ports/telemetry.ts';
import { TICKS, type TickName } from '../../core/shared/ticks.ts';

/** A server that is started anew every day does what is done once a day all the same. */
const FIRST_MS = 15 * 60_000;

/** Calls `onTick` at the rates of the tick table, first after one period or a quarter of an hour; a failing tick is logged and tried at the next. */
export function startTicker(options: { readonly onTick: (tick: TickName) => Promise<unknown>; readonly telemetry: Telemetry }): { stop(): void } {
  const timers = new Set<NodeJS.Timeout>();
  const fire = (tick: TickName): void => {
    options.onTick(tick).catch((error: unknown) => options.telemetry.log('error', 'a tick failed', { tick, error }));
  };
  for (const tick of Object.keys(TICKS) as TickName[]) {
    const period = TICKS[tick].everySeconds * 1000;
    if (period <= FIRST_MS) timers.add(setInterval(() => fire(tick), period));
    else {
      const first = setTimeout(() => {
        timers.delete(first);
        timers.add(setInterval(() => fire(tick), period));
        fire(tick);
      }, FIRST_MS);
      timers.add(first);
    }
  }
  return { stop: () => timers.forEach((timer) => clearTimeout(timer)) };
}
