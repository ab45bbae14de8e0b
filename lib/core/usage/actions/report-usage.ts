import { findAccount } from '../../accounts/account-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { dayOf, daysBetween, daysEarlier, spanOfDay } from '../periods.ts';
import { standingCounts } from '../standing-count-store.ts';
import { usageReportDue } from '../usage-messages.ts';
import { insertReport, newestReport, reviveReports } from '../usage-report-store.ts';
import { msOn, reportKey, usageReport, type ReportFacts, type StandingCounts } from '../usage-report.ts';
import { countWorkedRuns, workedTime } from '../worked-time-store.ts';
import { mostWorkers } from '../worker-count-store.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'objects' | 'clock' | 'settings' | 'telemetry'>;

/** How far back days without a report are made up for. */
const MOST_DAYS = 31;
/** How long an endpoint may be away before a report stays here. */
const REVIVED_DAYS = 7;

/**
 * Writes the report of each day that is over and has none, and announces it where reports are sent. Done twice it changes nothing: a day
 * has one row, and whoever writes that announces it.
 */
export async function reportUsage(ports: Needs): Promise<void> {
  const now = ports.clock.now();
  const account = await findAccount(ports.db.sql);
  if (account === undefined) return;
  const days = await missingDays(ports, account.createdAt, now);
  if (days.length > 0) {
    const standing = await standingCounts(ports.db.sql, now);
    for (const day of days) await reportDay(ports, account.name, day, standing, now);
  }
  if (isSent(ports)) await sendAgain(ports, now);
}

const isSent = ({ settings }: Pick<Ports, 'settings'>): boolean => (settings.usageEndpoint ?? null) !== null;

async function missingDays({ db }: Needs, accountSince: Date, now: Date): Promise<readonly string[]> {
  const newest = await newestReport(db.sql);
  const earliest = [dayOf(accountSince), dayOf(daysEarlier(now, MOST_DAYS))];
  const first = earliest.reduce((a, b) => (a > b ? a : b));
  return daysBetween(first, dayOf(now)).filter((day) => newest === undefined || day > newest);
}

async function reportDay(ports: Needs, account: string, day: string, standing: StandingCounts, now: Date): Promise<void> {
  const { sql } = ports.db;
  const span = spanOfDay(day);
  const worked = await workedTime(sql, span, now);
  const counted = { worked, runs: worked.length === 0 ? 0 : await countWorkedRuns(sql, span, now), mostWorkers: await mostWorkers(sql, span), now: standing };
  const report = usageReport({ account, version: ports.settings.version, period: day, span, writtenAt: now }, counted);
  const facts: ReportFacts = {
    period: day, objectKey: reportKey(day), privateMs: msOn(worked, false), publicMs: msOn(worked, true), status: isSent(ports) ? 'PENDING' : 'KEPT', tries: 0,
  };
  // The object comes first: a row names what is there.
  await ports.objects.put('documents', facts.objectKey, Buffer.from(JSON.stringify(report), 'utf8'));
  const written = await ports.db.transaction(async (tx) => {
    if (!(await insertReport(tx.sql, facts, now))) return false;
    if (facts.status === 'PENDING') await ports.queue.enqueue(tx.sql, usageReportDue, { period: day, tries: 0 });
    tx.afterCommit(() => ports.queue.flush());
    return true;
  });
  if (!written) return;
  ports.telemetry.log('info', 'usage counted', { period: day, status: facts.status });
  ports.telemetry.count('usage.reports', { status: facts.status });
}

async function sendAgain(ports: Needs, now: Date): Promise<void> {
  await ports.db.transaction(async (tx) => {
    const periods = await reviveReports(tx.sql, dayOf(daysEarlier(now, REVIVED_DAYS)));
    for (const period of periods) await ports.queue.enqueue(tx.sql, usageReportDue, { period, tries: 0 });
    if (periods.length > 0) tx.afterCommit(() => ports.queue.flush());
  });
}
