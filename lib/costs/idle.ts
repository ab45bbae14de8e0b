import type { Counters } from './counters.ts';
import { linesOfCalls } from './calls.ts';
import { ownMetricsOf } from './own-metrics.ts';
import { HOURS_PER_MONTH, MINUTES_PER_MONTH, type Line } from './prices.ts';
import { standingCosts, type PricedResource } from './standing.ts';

/** A way in which an installation is used for a month. */
export interface Usage {
  readonly name: string;
  /** Capacity units of the database while it is awake; 0 for as few as it takes. */
  readonly acu: number;
  readonly awake: boolean;
  readonly workers: number;
  readonly runs: number;
}

export const USAGES: readonly Usage[] = [
  { name: 'asleep', acu: 0, awake: false, workers: 0, runs: 0 },
  { name: 'one idle worker', acu: 0, awake: true, workers: 1, runs: 0 },
  { name: 'busy', acu: 2, awake: true, workers: 10, runs: 3000 },
];

/** A mapping keeps five pollers, and each asks three times a minute while there is nothing. */
const POLLS_PER_MINUTE = 5 * 3;
/** A tick of a sleeping installation reads the marker and ends. */
const SLEEPING_TICK = { 'message cronjobs': 1, 'objects.get': 1 } as const;
/** Where the service asks from unless it is told fewer places. */
const ALL_PLACES = 8;
const ASKING_IN_EACH_PLACE = 2;
const LEAST_ACU = 0.5;
/** The forced pass of each day, with the time that the database takes to come up. */
const DAILY_PASS_SECONDS = 60;
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;

const isType = (type: string) => (resource: PricedResource) => resource.Type === type;

/** What a month costs, from the templates and from counted calls. */
export function billOf(resources: readonly PricedResource[], usage: Usage, counters: Counters): readonly Line[] {
  return [
    ...standingCosts(resources),
    ...resources.filter(isType('AWS::Lambda::EventSourceMapping')).map(pollsOf),
    ...resources.filter(isType('AWS::Events::Rule')).flatMap((rule) => ticksOf(rule, usage, counters)),
    ...resources.filter(isType('AWS::Route53::HealthCheck')).flatMap(questionsOf),
    ...resources.filter(isType('AWS::RDS::DBInstance')).flatMap((instance) => hoursOf(instance, resources, usage)),
    ownMetricsOf(usage),
    ...linesOfCalls('workers without work', counters.idleWorker, usage.workers * MINUTES_PER_MONTH),
    ...(usage.workers === 0 ? [] : [{ what: 'connections of workers', price: 'iot.connection', quantity: usage.workers * MINUTES_PER_MONTH } as const]),
    ...linesOfCalls('runs', counters.run, usage.runs),
  ];
}

function pollsOf({ Properties, id }: PricedResource): Line {
  const fifo = JSON.stringify(Properties?.EventSourceArn ?? '').includes('.fifo');
  if (Properties?.EventSourceArn === undefined) throw new Error(`mapping ${id} names no queue`);
  return { what: 'polling of queues', price: fifo ? 'sqs.fifo' : 'sqs.standard', quantity: POLLS_PER_MINUTE * MINUTES_PER_MONTH };
}

/** Whether the region serves is asked from each place by two on their own. */
function questionsOf({ Properties }: PricedResource): readonly Line[] {
  const check = Properties?.HealthCheckConfig as { readonly RequestInterval: number; readonly Regions?: readonly string[] };
  const { RequestInterval: seconds, Regions: places } = check;
  const asking = ASKING_IN_EACH_PLACE * (places?.length ?? ALL_PLACES);
  return linesOfCalls('questions who serves', { 'request http': 1 }, (asking * MINUTES_PER_MONTH * 60) / seconds);
}

const MINUTES: Readonly<Record<string, number>> = { minute: 1, minutes: 1, hour: 60, hours: 60, day: 1440, days: 1440 };

/** How often a month a rule fires; one without a rate answers events and is counted with what causes them. */
export function firingsOf(expression: string | undefined): number {
  if (expression === undefined) return 0;
  const [, count, unit = ''] = /^rate\((\d+) ([a-z]+)\)$/.exec(expression) ?? [];
  const minutes = Number(count) * (MINUTES[unit] ?? Number.NaN);
  if (Number.isNaN(minutes)) throw new Error(`how often "${expression}" fires is not known here`);
  return MINUTES_PER_MONTH / minutes;
}

function ticksOf({ Properties, id }: PricedResource, usage: Usage, counters: Counters): readonly Line[] {
  const times = firingsOf(Properties?.ScheduleExpression as string | undefined);
  const isTick = /tick/i.test(`${id}${JSON.stringify(Properties?.Name ?? '')}`);
  const counts = usage.awake && isTick ? { ...SLEEPING_TICK, ...counters.tick, 'objects.get': 1 } : SLEEPING_TICK;
  return linesOfCalls('ticks', counts, times);
}

/** A database instance that follows its load: what it takes while awake, and at least what it never goes below. */
function hoursOf({ Properties }: PricedResource, resources: readonly PricedResource[], usage: Usage): readonly Line[] {
  if (Properties?.DBInstanceClass !== 'db.serverless') return [];
  const scaling = resources.find(isType('AWS::RDS::DBCluster'))?.Properties?.ServerlessV2ScalingConfiguration as { readonly MinCapacity?: number; readonly SecondsUntilAutoPause?: number } | undefined;
  const least = scaling?.MinCapacity ?? LEAST_ACU;
  const awakeHours = usage.awake || least > 0 ? HOURS_PER_MONTH : (DAYS_PER_MONTH * (DAILY_PASS_SECONDS + (scaling?.SecondsUntilAutoPause ?? 300))) / 3600;
  return [{ what: 'database awake', price: 'rds.acu', quantity: awakeHours * Math.max(least, usage.acu, LEAST_ACU) }];
}
