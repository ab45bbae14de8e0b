import { setTimeout as delay } from 'node:timers/promises';
import { followRun } from '../lib/demo/follow-run.ts';
import type { Api } from '../lib/demo/api.ts';

export interface PlatformTimes {
  /** Milliseconds from the first byte of the hook's POST. */
  readonly firstLine: number;
  readonly init: number;
  readonly finished: number;
}

/** Calls the hook for a commit that was pushed before, and watches over the public API until the run has applied. */
export async function runOnPlatform(api: Api, stack: string, hookUrl: string, hash: string): Promise<PlatformTimes> {
  const start = performance.now();
  const hook = await fetch(hookUrl, { method: 'POST' });
  await hook.arrayBuffer();
  if (hook.status !== 202) throw new Error(`the hook answered ${hook.status}`);
  const id = await runOf(api, stack, hash, start + 30_000);
  let firstLine = 0;
  let init = 0;
  let state = '';
  const last = await followRun(api, { stack, id }, {
    onState: (step) => (state = step.state),
    onLine: () => {
      const now = performance.now() - start;
      if (firstLine === 0) firstLine = now;
      if (init === 0 && state === 'INITIALIZING') init = now;
    },
  });
  if (last.state !== 'FINISHED') throw new Error(`run ${id} ended ${last.state}: ${last.note ?? ''}`);
  return { firstLine, init, finished: performance.now() - start };
}

async function runOf(api: Api, stack: string, hash: string, deadline: number): Promise<string> {
  while (performance.now() < deadline) {
    const answer = await api.query<{ stack: { runs: readonly { id: string; commit: { hash: string } }[] } }>('query ($id: ID!) { stack(id: $id) { runs { id commit { hash } } } }', { id: stack });
    const found = answer.stack.runs.find((run) => run.commit.hash === hash);
    if (found !== undefined) return found.id;
    await delay(4);
  }
  throw new Error(`no run for ${hash}`);
}
