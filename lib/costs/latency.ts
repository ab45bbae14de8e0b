import type { FunctionName } from '../core/shared/functions.ts';

/** Milliseconds of a call, in the middle and of the slowest in a hundred. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  /** Published by somebody who measured it; all else is assumed. */
  readonly measured: boolean;
}

const assumed = (p50: number, p99: number): Latency => ({ p50, p99, measured: false });
const measured = (p50: number, p99: number): Latency => ({ p50, p99, measured: true });

/** What each kind of call takes, warm. */
export const LATENCIES = {
  sqs: measured(16, 105),
  fifo: measured(28, 645),
  sql: assumed(12, 60),
  lambda: assumed(10, 50),
  kms: assumed(8, 30),
  s3: assumed(25, 120),
  iot: assumed(60, 150),
} as const satisfies Record<string, Latency>;

export type CallKind = keyof typeof LATENCIES;
/** Calls that follow one another. */
export type CallChain = Readonly<Partial<Record<CallKind, number>>>;

/** The normal deviate of the ninety-ninth percentile. */
const Z99 = 2.3263;

/** One call by chance, from the logarithmic normal distribution through both figures. */
function draw({ p50, p99 }: Latency, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return p50 * Math.exp((normal * Math.log(p99 / p50)) / Z99);
}

export interface Modelled {
  readonly p50: number;
  readonly p99: number;
}

/** How long a chain takes, by drawing each of its calls `draws` times. */
export function model(chain: CallChain, random: () => number, draws = 20_000): Modelled {
  const kinds = Object.entries(chain) as [CallKind, number][];
  const times = Float64Array.from({ length: draws }, () => kinds.reduce((sum, [kind, count]) => {
    for (let call = 0; call < count; call++) sum += draw(LATENCIES[kind], random);
    return sum;
  }, 0)).sort();
  return { p50: times[Math.floor(draws * 0.5)] ?? 0, p99: times[Math.floor(draws * 0.99)] ?? 0 };
}

/** The functions between which a push travels until its job is published, and what starts each. */
const PUSH_HOPS: readonly { readonly fn: FunctionName; readonly startedBy: 'request' | 'sqs' | 'fifo' }[] = [
  { fn: 'webhooks', startedBy: 'request' },
  // The look at the repository.
  { fn: 'drain-webhooks', startedBy: 'sqs' },
  // The run takes its turn, and its pool a worker.
  { fn: 'drain-fifo', startedBy: 'fifo' },
  { fn: 'drain-fifo', startedBy: 'fifo' },
];

/**
 * The chain of a push from the statements that were counted until its run was assigned. The first message is sent by ingest without the
 * database, so that one statement is not made; each other takes one more, to be taken from its table. Git's own time is the host's.
 */
export function pushChain(counted: Readonly<Record<string, number>>): CallChain {
  const hops = (startedBy: string) => PUSH_HOPS.filter((hop) => hop.startedBy === startedBy).length;
  const taken = hops('sqs') + hops('fifo') - 1;
  return { lambda: PUSH_HOPS.length, sqs: hops('sqs'), fifo: hops('fifo'), sql: Math.round(counted.sql ?? 0) - 1 + taken, iot: 1 };
}

export const PUSH_GOAL: Modelled = { p50: 400, p99: 1500 };
