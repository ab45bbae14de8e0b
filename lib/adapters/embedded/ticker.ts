import type { Telemetry } from '../../core/ports/telemetry.ts';
import { TICKS, type TickName } from '../../core/shared/ticks.ts';

/** Calls `onTick` at the rates of the tick table, first after one period; a failing tick is logged and tried at the next. */
export function startTicker(options: { readonly onTick: (tick: TickName) => Promise<void>; readonly telemetry: Telemetry }): { stop(): void } {
  const timers = (Object.keys(TICKS) as TickName[]).map((tick) =>
    setInterval(() => {
      options.onTick(tick).catch((error: unknown) => options.telemetry.log('error', 'a tick failed', { tick, error }));
    }, TICKS[tick].everySeconds * 1000),
  );
  return { stop: () => timers.forEach((timer) => clearInterval(timer)) };
}
