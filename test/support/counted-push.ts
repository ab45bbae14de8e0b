import { setTimeout as delay } from 'node:timers/promises';
import type { Counts } from '../../lib/costs/calls.ts';
import type { Hop } from '../../lib/costs/latency.ts';
import { HEARTBEAT_SECONDS } from '../../lib/core/workers/worker-health.ts';
import { platformOn } from './cloud-platform.ts';
import type { Invocation } from './cloud/function-pool.ts';
import { startCloud, type MadeCall } from './cloud.ts';
import { eventually } from './eventually.ts';
import { atTheirPace, publishOf, wayTo } from './push-way.ts';

const MAIN = (change: number) => ({ 'main.tf': `resource "terraform_data" "only" {\n  input = "${change}"\n}\n` });
/** A worker that has nothing to do says so once in this time, and asks for work as often. */
const IDLE_MS = HEARTBEAT_SECONDS.idle * 1000;

export interface CountedCloud {
  /** The way of a push to warm containers that have read mode and marker too long ago to believe them still. */
  readonly push: readonly Hop[];
  /** Of one idle worker in a minute, by the names of the call counter. */
  readonly idleWorker: Counts;
}

/** Counts what the functions of the local cloud call for a push with real workers, and for workers without work. */
export async function countCloud(): Promise<CountedCloud> {
  const calls: MadeCall[] = [];
  const invocations: Invocation[] = [];
  const cloud = await startCloud({ onCall: (made) => void calls.push(made), onInvocation: (invocation) => void invocations.push(invocation) });
  try {
    const platform = await platformOn(cloud.access);
    try {
      const stack = await platform.stack('counted', MAIN(0), { autodeploy: true });
      const ended = async (hash: string) => {
        await eventually(`the end of the run of ${hash}`, async () => {
          const { runs } = await stack.query<{ runs: readonly { state: string; commit: { hash: string } }[] }>('runs { state commit { hash } }');
          const state = runs.find(({ commit }) => commit.hash === hash)?.state;
          if (state === 'FAILED') throw new Error('the run has failed');
          return state === 'FINISHED';
        }, 120_000);
        await cloud.quiet();
      };
      for (const change of [1, 2]) await ended(await stack.push(MAIN(change)));

      const workers = (await platform.launcherPids()).length;
      const idle = await during(IDLE_MS, { calls, invocations });
      cloud.fault(atTheirPace());
      const before = performance.now();
      const hash = await stack.push(MAIN(3));
      const published = await eventually('the message to a worker', async () => calls.find((made) => made.startedAt > before && publishOf(made)));
      await ended(hash);
      const push = wayTo(published, { calls, invocations, prefix: cloud.config.prefix });
      return { push, idleWorker: idleCounts(idle, workers, cloud.config.prefix) };
    } finally {
      await platform.stop();
    }
  } finally {
    await cloud.stop();
  }
}

interface Seen {
  readonly calls: readonly MadeCall[];
  readonly invocations: readonly Invocation[];
}

async function during(ms: number, { calls, invocations }: Seen): Promise<Seen> {
  const from = [calls.length, invocations.length];
  await delay(ms);
  return { calls: calls.slice(from[0]), invocations: invocations.slice(from[1]) };
}

/** What no scheduler and no person has caused. */
function idleCounts({ calls, invocations }: Seen, workers: number, prefix: string): Counts {
  const of = (name: string) => invocations.filter(({ functionName }) => functionName === `${prefix}-${name}`);
  const records = of('drain-iot').reduce((sum, { event }) => sum + (event as { readonly Records: readonly unknown[] }).Records.length, 0);
  const mine = calls.filter(({ functionName }) => ['drain-iot', 'worker-api'].some((name) => functionName === `${prefix}-${name}`));
  const statements = mine.filter(({ call }) => call.service === 'rds-data').length;
  const counts: Counts = { 'message iot': records, 'request worker-api': of('worker-api').length, sql: statements };
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Math.round((10 * count) / workers) / 10]));
}
