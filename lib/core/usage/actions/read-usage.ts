import { findAccount } from '../../accounts/account-store.ts';
import { countSeats } from '../../accounts/seat-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { dayOf, daysBetween, monthOf, startOfDay, type Span } from '../periods.ts';
import { reportedTimes } from '../usage-report-store.ts';
import { msOn } from '../usage-report.ts';
import { workedTime } from '../worked-time-store.ts';

export interface MonthlyUsage {
  readonly month: Span;
  readonly privateMinutes: number;
  readonly publicMinutes: number;
  readonly seats: number;
}

const MINUTE_MS = 60_000;
/** A minute that has begun counts. */
const begun = (ms: number): number => Math.ceil(ms / MINUTE_MS);

/** What this calendar month has used up to now: days that are over from their reports, the rest from the history of runs. */
export async function readUsage(ports: Pick<Ports, 'db' | 'clock'>, actor: Actor): Promise<MonthlyUsage> {
  requireRootAdmin(actor);
  const { sql } = ports.db;
  const now = ports.clock.now();
  const month = monthOf(now);
  const account = await findAccount(sql);
  const first = account !== undefined && account.createdAt > month.since ? dayOf(account.createdAt) : dayOf(month.since);
  const reported = await reportedTimes(sql, first, dayOf(now));
  const open = daysBetween(first, dayOf(now)).find((day) => !reported.has(day)) ?? dayOf(now);
  const before = [...reported].filter(([day]) => day < open).map(([, times]) => times);
  const since = await workedTime(sql, { since: startOfDay(open), until: month.until }, now);
  const sum = (field: 'privateMs' | 'publicMs') => before.reduce((all, times) => all + times[field], 0);
  return {
    month, privateMinutes: begun(sum('privateMs') + msOn(since, false)), publicMinutes: begun(sum('publicMs') + msOn(since, true)),
    seats: await countSeats(sql, now),
  };
}
