import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { invalid } from '../../shared/errors.ts';
import { gauges, runDurations, type Durations, type Gauges } from '../metrics-store.ts';
import { daysEarlier } from '../periods.ts';

const USUAL_DAYS = 30;

export interface Metrics extends Gauges, Durations {}

interface Period {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** Gauges of the account as it is now, and how long runs took that ended in a period: without one, in the last thirty days. */
export async function readMetrics(ports: Pick<Ports, 'db' | 'clock'>, actor: Actor, period: Period = {}): Promise<Metrics> {
  requireRootAdmin(actor);
  const until = period.until ?? ports.clock.now();
  const since = period.since ?? daysEarlier(until, USUAL_DAYS);
  if (since >= until) throw invalid('the period ends before it begins: startTime must be smaller than endTime');
  const [now, durations] = [await gauges(ports.db.sql), await runDurations(ports.db.sql, { since, until })];
  return { ...now, ...durations };
}
