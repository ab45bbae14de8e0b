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

/** What each kind of call takes, warm; of a queue until the function has the message. */
export const LATENCIES = {
  sqs: measured(16, 105),
  fifo: measured(28, 645),
  sql: assumed(12, 60),
  lambda: assumed(10, 50),
  kms: assumed(8, 30),
  s3: assumed(25, 120),
  iot: assumed(60, 150),
  ssm: assumed(10, 50),
  secrets: assumed(10, 50),
} as const satisfies Record<string, Latency>;

export type CallKind = keyof typeof LATENCIES;
/** A call by its kind and what it does: `s3 get`. */
export type CallName = `${CallKind} ${string}`;

export interface HopCall {
  readonly call: CallName;
  /** The calls of the same hop, by their places, that had ended before this one began. */
  readonly after: readonly number[];
}

/** A function on the way of a push, with what it calls until it hands on: the last call does that. */
export interface Hop {
  readonly fn: FunctionName;
  readonly calls: readonly HopCall[];
}

/** Calls, each of which begins when those have ended that it is said to come after; the last one ends the step. */
type Step = readonly { readonly kind: CallKind; readonly after: readonly number[] }[];
/** Steps one after the other. */
export type CallChain = readonly Step[];

/** One call alone. */
export const oneCall = (kind: CallKind): Step => [{ kind, after: [] }];

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

function drawStep(step: Step, random: () => number): number {
  const ends: number[] = [];
  for (const { kind, after } of step) ends.push(Math.max(0, ...after.map((place) => ends[place] ?? 0)) + draw(LATENCIES[kind], random));
  return ends.at(-1) ?? 0;
}

/** How long a chain takes, by drawing each of its calls `draws` times. */
export function model(chain: CallChain, random: () => number, draws = 20_000): Modelled {
  const times = Float64Array.from({ length: draws }, () => chain.reduce((sum, step) => sum + drawStep(step, random), 0)).sort();
  return { p50: times[Math.floor(draws * 0.5)] ?? 0, p99: times[Math.floor(draws * 0.99)] ?? 0 };
}

const kindOf = (name: string): CallKind => {
  const [kind = ''] = name.split(' ');
  if (!Object.hasOwn(LATENCIES, kind)) throw new Error(`how long "${name}" takes is not known`);
  return kind as CallKind;
};

/** The chain of a push: each function is started, and makes the calls that were counted. Git's own time is the host's. */
export const pushChain = (hops: readonly Hop[]): CallChain =>
  hops.flatMap(({ calls }) => [oneCall('lambda'), calls.map(({ call, after }) => ({ kind: kindOf(call), after }))]);

/** How many calls of each kind there are, however many at once. */
export function kindsIn(chain: CallChain): Readonly<Partial<Record<CallKind, number>>> {
  const counts: Partial<Record<CallKind, number>> = {};
  for (const { kind } of chain.flat()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

export const PUSH_GOAL: Modelled = { p50: 400, p99: 1500 };
