import type { Run, RunHistoryEntry } from '../runs/run.ts';
import type { Stack } from '../stacks/stack.ts';

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** What a webhook is told of a run's step where no policy says otherwise; the version counts the states from 1. */
export function defaultRunBody(accountName: string, run: Run, stack: Stack, entry: Pick<RunHistoryEntry, 'state' | 'stateVersion' | 'at'>): Readonly<Record<string, unknown>> {
  const { commit } = run;
  return {
    account: accountName,
    state: entry.state,
    stateVersion: entry.stateVersion + 1,
    timestamp: seconds(entry.at),
    run: {
      id: run.id,
      branch: run.branch,
      commit: { authorLogin: commit.authorLogin, authorName: commit.authorName, hash: commit.hash, message: commit.message, timestamp: commit.timestamp, url: commit.url },
      createdAt: seconds(run.createdAt),
      delta: run.delta === null ? null : { added: run.delta.addCount, changed: run.delta.changeCount, deleted: run.delta.deleteCount, resources: run.delta.resources },
      triggeredBy: run.triggeredBy,
      type: run.type,
    },
    stack: { id: stack.id, name: stack.name, description: stack.description, labels: stack.labels },
  };
}
