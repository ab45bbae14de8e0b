import { COUNTERS } from '../lib/costs/counters.ts';
import { kindsIn, LATENCIES, model, PUSH_GOAL, pushChain, type CallKind } from '../lib/costs/latency.ts';
import { measureBundles } from './bundles.ts';
import { ms, table } from './statistics.ts';

/** Numbers that look random and are the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const within = (value: number, goal: number): string => (value <= goal ? 'within' : 'ABOVE');

/** What can be said of the serverless composition without an account: a model of the way of a push, and the functions' bundles. */
export async function awsTables(): Promise<string> {
  const chain = pushChain(COUNTERS.push);
  const { p50, p99 } = model(chain, seeded(1));
  const calls = (Object.entries(kindsIn(chain)) as [CallKind, number][]).map(([kind, count]) => {
    const latency = LATENCIES[kind];
    return [kind, String(count), ms(latency.p50), ms(latency.p99), latency.measured ? 'published' : 'assumed'];
  });
  const push = [
    table(['push → job published, warm', 'calls', 'p50', 'p99', 'latency'], [...calls, ['all, those side by side once', '', ms(p50), ms(p99), 'modelled']]),
    `Modelled from calls counted on ${COUNTERS.countedAt}, not measured on AWS: only the latencies of the two queues are published measurements.`,
    `Goal ${PUSH_GOAL.p50}/${PUSH_GOAL.p99} ms: ${within(p50, PUSH_GOAL.p50)}, ${within(p99, PUSH_GOAL.p99)}.`,
  ];
  return `${push.join('\n')}\n\n${await measureBundles()}`;
}
