import { isBlocking, type RunState, type RunType } from './run-states.ts';

/** What the decision needs to know of a run that has not been handed to a worker. */
export interface QueuedRun {
  readonly id: string;
  readonly type: RunType;
  readonly state: RunState;
  readonly workerPoolId: string | null;
}

export interface QueueOfStack {
  readonly isDisabled: boolean;
  readonly deleting: boolean;
  readonly blockerRunId: string | null;
  /** The stack's pool, else the shared one: for runs that found none when they were made. */
  readonly poolId: string | null;
}

export interface QueueDecision {
  readonly runId: string;
  /** `ready`: may be handed to a worker; `demote`: may no longer; `wait`: stays, with the reason. */
  readonly move: 'ready' | 'demote' | 'wait';
  readonly reason: string;
  /** The run that is waited for. */
  readonly blockedBy: string | null;
}

/** Why the stack or the lack of a pool holds a run back, whatever other runs do; undefined when nothing does (runs.md §4.2). */
function heldBack(run: QueuedRun, stack: QueueOfStack): string | undefined {
  if (run.type !== 'DESTROY' && stack.deleting) return 'stack is being deleted';
  if (run.type !== 'DESTROY' && stack.isDisabled) return 'stack is disabled';
  if ((run.workerPoolId ?? stack.poolId) === null) return 'no worker pool attached';
  return undefined;
}

/**
 * What becomes of the runs of one stack that are QUEUED or READY, oldest first. Blocking runs take the stack's one slot strictly in order of
 * creation, so the oldest holds the others back even while it waits itself; previews neither take the slot nor wait for it (runs.md §4.1).
 */
export function decideQueue(stack: QueueOfStack, runs: readonly QueuedRun[]): readonly QueueDecision[] {
  const oldestFirst = [...runs].sort((a, b) => (a.id < b.id ? -1 : 1));
  const decisions: QueueDecision[] = [];
  let ahead = stack.blockerRunId;
  for (const run of oldestFirst) {
    const reason = heldBack(run, stack);
    if (run.state === 'READY') {
      if (reason !== undefined) decisions.push({ runId: run.id, move: 'demote', reason, blockedBy: null });
      continue;
    }
    if (isBlocking(run.type) && ahead !== null && ahead !== run.id) {
      decisions.push({ runId: run.id, move: 'wait', reason: `blocked by run ${ahead}`, blockedBy: ahead });
      continue;
    }
    if (isBlocking(run.type)) ahead = run.id;
    decisions.push(reason === undefined ? { runId: run.id, move: 'ready', reason: '', blockedBy: null } : { runId: run.id, move: 'wait', reason, blockedBy: null });
  }
  return decisions;
}
