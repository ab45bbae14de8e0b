import type { Span } from './periods.ts';
import type { WorkedTime } from './worked-time.ts';

export type ReportStatus = 'KEPT' | 'PENDING' | 'SENT' | 'FAILED';

/** What is known of a day's report beside the report. */
export interface ReportFacts {
  readonly period: string;
  readonly objectKey: string;
  readonly privateMs: number;
  readonly publicMs: number;
  readonly status: ReportStatus;
  readonly tries: number;
}

interface Counted {
  readonly worked: readonly WorkedTime[];
  /** How many runs workers had. */
  readonly runs: number;
  /** Null for a day on which nobody counted. */
  readonly mostWorkers: { readonly private: number; readonly public: number } | null;
  readonly now: StandingCounts;
}

/** What there is at the moment of counting. */
export interface StandingCounts {
  readonly seats: number;
  readonly people: number;
  readonly apiKeys: number;
  readonly spaces: number;
  readonly workerPools: number;
  readonly workers: number;
  readonly policies: number;
  readonly stacks: { readonly total: number; readonly disabled: number; readonly managedState: number; readonly byTool: Readonly<Record<string, number>> };
  readonly resources: number;
}

/**
 * Lies with the documents, not with what is delivered or evaluated: those buckets forget within days, this one keeps an object as long
 * as the row that names it, and copies it to a second region.
 */
export const reportKey = (period: string): string => `usage/${period}.json`;

const MINUTE_MS = 60_000;
/** A thousandth of a minute is less than anybody is asked for. */
export const minutesOf = (ms: number): number => Math.round((ms / MINUTE_MS) * 1000) / 1000;

interface About {
  readonly account: string;
  readonly version: string;
  readonly period: string;
  readonly span: Span;
  readonly writtenAt: Date;
}

/** The report of a day: numbers alone. Nobody and nothing of the installation is named in it but the account. */
export function usageReport(about: About, counted: Counted) {
  const { worked, runs, mostWorkers, now } = counted;
  return {
    format: 'windlass.usage/1',
    id: `${about.account}/${about.period}`,
    account: about.account,
    version: about.version,
    period: { id: about.period, since: about.span.since.toISOString(), until: about.span.until.toISOString() },
    writtenAt: about.writtenAt.toISOString(),
    runs: {
      count: runs,
      privateMinutes: minutesOf(msOn(worked, false)),
      publicMinutes: minutesOf(msOn(worked, true)),
      byTypeAndState: worked.map(({ type, state, isPublic, runs: count, ms }) => ({ type, state, public: isPublic, runs: count, minutes: minutesOf(ms) })),
    },
    workers: { most: mostWorkers, now: now.workers, pools: now.workerPools },
    users: { seats: now.seats, people: now.people, apiKeys: now.apiKeys },
    stacks: now.stacks,
    spaces: now.spaces,
    policies: now.policies,
    resources: now.resources,
  };
}

/** How long workers worked, on the shared pool or on others. */
export const msOn = (worked: readonly WorkedTime[], isPublic: boolean): number =>
  worked.filter((each) => each.isPublic === isPublic).reduce((sum, { ms }) => sum + ms, 0);
