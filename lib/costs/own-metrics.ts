import { POOL_METRICS } from '../core/shared/pool-metrics.ts';
import type { Line } from './prices.ts';

/** As much of a usage as decides which metrics are sent. */
interface Sending {
  readonly awake: boolean;
  readonly workers: number;
  readonly runs: number;
}

/** A metric that the product counts by itself, each combination of its attributes being paid for like one. */
interface OwnMetric {
  /** Series beside the one without attributes. */
  readonly series: number;
  /** Whether there is one without attributes. */
  readonly plain: boolean;
  /** The part of a month's hours in which it is sent: only these are paid. */
  readonly hours: (usage: Sending) => number;
}

/** The forced pass of a day is in one hour of it. */
const DAILY = 1 / 24;
/** Pools of workers in an installation of which nothing else is known. */
const POOLS = 1;

const always = () => 1;
const daily = () => DAILY;
const whileAwake = ({ awake }: Sending): number => (awake ? 1 : DAILY);
/** Faults are few, but may come in every hour of those in which there is work. */
const withWork = ({ runs }: Sending): number => (runs > 0 ? 1 : 0);

const plain = (hours: OwnMetric['hours']): OwnMetric => ({ series: 0, plain: true, hours });
const ofPools: OwnMetric = { series: POOLS, plain: false, hours: whileAwake };

/** All that is counted under the installation's own namespace, by name. */
export const OWN_METRICS: Readonly<Record<string, OwnMetric>> = {
  SchedulerTick: plain(always),
  LicenseDaysLeft: plain(daily),
  LicenseNotValid: plain(daily),
  LicenseBuildFault: plain(withWork),
  RegionSuperseded: plain(withWork),
  MessageFailures: plain(withWork),
  MessagesNotSent: plain(withWork),
  DeliveriesRejected: plain(withWork),
  // By queue: there are seven, of which one a month is assumed to give something up.
  DeadLetters: { series: 1, plain: true, hours: withWork },
  // By type and state: a tracked run goes through nine, a proposed one through six.
  'run.steps': { series: 15, plain: true, hours: withWork },
  // By how it ended.
  'webhook.tries': { series: 2, plain: true, hours: withWork },
  // By whether it held a run.
  'workers.lost': { series: 2, plain: true, hours: withWork },
  // By tool and by whether its list came, was known already, or did not come: of each tool one a day.
  'tool.lists': { series: 2, plain: true, hours: daily },
  // By how it ended, where reports are sent.
  'usage.reports': { series: 1, plain: true, hours: daily },
  // Of the embedded server's broker alone.
  'broker.refused': { series: 0, plain: false, hours: () => 0 },
  [POOL_METRICS.queuedRuns]: ofPools,
  [POOL_METRICS.activeRuns]: ofPools,
  [POOL_METRICS.workers]: ofPools,
};

/** What the metrics of one's own cost in a month of this usage. */
export function ownMetricsOf(usage: Sending): Line {
  const quantity = Object.values(OWN_METRICS).reduce((sum, { series, plain: alone, hours }) => sum + (series + (alone ? 1 : 0)) * hours(usage), 0);
  return { what: 'metrics of our own', price: 'cloudwatch.metric', quantity };
}
