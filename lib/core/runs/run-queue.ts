import { failedOutside, waitingOutside, type OutsideWait } from './external-dependency.ts';
import { BEING_ASKED, type Standing } from './policy-check.ts';
import { isBlocking, type RunState, type RunType } from './run-states.ts';

/** What the decision needs to know of a run that has not been handed to a worker. */
export interface QueuedRun {
  readonly id: string;
  readonly type: RunType;
  readonly state: RunState;
  readonly workerPoolId: string | null;
  /** How it stands with the policies that hold it; absent where none can. */
  readonly standing?: Standing;
  /** Why it waits for them. */
  readonly heldReason?: string;
  /** What it waits for outside; absent when nothing is left of that. */
  readonly outside?: OutsideWait;
}

export interface QueueOfStack {
  readonly isDisabled: boolean;
  readonly deleting: boolean;
  readonly blockerRunId: string | null;
  /** The stack's pool, else the shared one: for runs that found none when they were made. */
  readonly poolId: string | null;
  /** Why no run may be started now, whatever its stack; absent or null when runs may. */
  readonly closed?: string | null;
}

export interface QueueDecision {
  readonly runId: string;
  /** `ready`: may be handed to a worker; `demote`: may no longer; `wait`: stays, with the reason; `fail`: what it waited for will not come. */
  readonly move: 'ready' | 'demote' | 'wait' | 'fail';
  readonly reason: string;
  /** The run that is waited for. */
  readonly blockedBy: string | null;
}

/** Why the stack, the lack of a pool, a policy or something outside holds a run back, whatever other runs do; undefined when nothing does (runs.md §4.2). */
function heldBack(run: QueuedRun, stack: QueueOfStack): string | undefined {
  if (run.type !== 'DESTROY' && stack.deleting) return 'stack is being deleted';
  if (run.type !== 'DESTROY' && stack.isDisabled) return 'stack is disabled';
  // What was let through before keeps its place: it counts as started.
  if (run.state === 'QUEUED' && stack.closed !== undefined && stack.closed !== null) return stack.closed;
  if ((run.workerPoolId ?? stack.poolId) === null) return 'no worker pool attached';
  if (run.standing === 'due') return run.state === 'READY' ? 'its policies have changed' : BEING_ASKED;
  if (run.standing === 'undecided') return run.heldReason ?? BEING_ASKED;
  if (run.state === 'QUEUED' && run.outside !== undefined) return waitingOutside(run.outside);
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
    const failed = run.outside?.failed ?? null;
    if (run.state === 'QUEUED' && failed !== null) {
      decisions.push({ runId: run.id, move: 'fail', reason: failedOutside(failed), blockedBy: null });
      continue;
    }
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
