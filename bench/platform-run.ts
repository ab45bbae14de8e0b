import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../lib/demo/api.ts';

export interface PlatformTimes {
  /** Milliseconds from the first byte of the hook's POST. */
  readonly firstLine: number;
  readonly init: number;
  readonly finished: number;
}

interface Step {
  readonly state: string;
  readonly stateVersion: number;
  readonly terminal: boolean;
  readonly note: string | null;
}

const RUNS = 'query ($stack: ID!) { stack(id: $stack) { runs { id commit { hash } } } }';
const HISTORY = 'query ($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { history { state stateVersion terminal note } } } }';
const LOGS = 'query ($stack: ID!, $run: ID!, $state: RunState!, $version: Int!) { stack(id: $stack) { run(id: $run) { logs(state: $state, stateVersion: $version) { messages { message } } } } }';

/** The server holds such questions until there is news, so that watching costs it next to nothing; this is for what it does not hold. */
const POLL_MS = 10;
const WITHIN_MS = 30_000;

/** Calls the hook for a commit that was pushed before, and watches over the public API until the run has applied. */
export async function runOnPlatform(api: Api, stack: string, hookUrl: string, hash: string): Promise<PlatformTimes> {
  const start = performance.now();
  const since = () => performance.now() - start;
  const hook = await fetch(hookUrl, { method: 'POST' });
  await hook.arrayBuffer();
  if (hook.status !== 202) throw new Error(`the hook answered ${hook.status}`);
  const run = { stack, run: await runOf(api, stack, hash, start + WITHIN_MS) };

  const firstLineOf = async (state: string, version: number) => {
    await firstLine(api, { ...run, state, version }, start + WITHIN_MS);
    return since();
  };
  const lines: { PREPARING?: Promise<number>; INITIALIZING?: Promise<number> } = {};
  for (;;) {
    const answer = await api.query<{ stack: { run: { history: readonly Step[] } } }>(HISTORY, run);
    const steps = answer.stack.run.history;
    for (const { state, stateVersion } of steps) {
      if (state === 'PREPARING' || state === 'INITIALIZING') lines[state] ??= firstLineOf(state, stateVersion);
    }
    const end = steps.find(({ terminal }) => terminal);
    if (end === undefined) continue;
    const finished = since();
    if (end.state !== 'FINISHED') throw new Error(`run ${run.run} ended ${end.state}: ${end.note ?? ''}`);
    return { firstLine: (await lines.PREPARING) ?? Number.NaN, init: (await lines.INITIALIZING) ?? Number.NaN, finished };
  }
}

async function runOf(api: Api, stack: string, hash: string, deadline: number): Promise<string> {
  while (performance.now() < deadline) {
    await delay(POLL_MS);
    const answer = await api.query<{ stack: { runs: readonly { id: string; commit: { hash: string } }[] } }>(RUNS, { stack });
    const found = answer.stack.runs.find((run) => run.commit.hash === hash);
    if (found !== undefined) return found.id;
  }
  throw new Error(`no run for ${hash}`);
}

async function firstLine(api: Api, phase: { readonly stack: string; readonly run: string; readonly state: string; readonly version: number }, deadline: number): Promise<void> {
  while (performance.now() < deadline) {
    const answer = await api.query<{ stack: { run: { logs: { messages: readonly unknown[] } | null } } }>(LOGS, phase);
    if ((answer.stack.run.logs?.messages.length ?? 0) > 0) return;
    await delay(POLL_MS);
  }
  throw new Error(`no line of ${phase.state}`);
}
