import type { Ports } from '../../ports/ports.ts';
import { dayOf, daysEarlier } from '../periods.ts';
import { forgetReports } from '../usage-report-store.ts';
import { forgetGoneRuns } from '../worked-time-store.ts';
import { forgetWorkerCounts } from '../worker-count-store.ts';

/** A year, and the month in which somebody compares it with the one before. */
const KEPT_DAYS = 400;

/** Forgets what was counted long ago. */
export async function forgetUsage(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  const now = ports.clock.now();
  const before = daysEarlier(now, KEPT_DAYS);
  await forgetReports(ports.db.sql, dayOf(before), now);
  await forgetWorkerCounts(ports.db.sql, before);
  await forgetGoneRuns(ports.db.sql, before);
}
