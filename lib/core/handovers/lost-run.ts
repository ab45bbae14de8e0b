import { isActive, isStoppable, isTerminal } from '../runs/run-states.ts';
import type { Run } from '../runs/run.ts';
import { MAX_ATTEMPTS, TRIED_OFTEN } from './handover.ts';
import { isPreparing, isWriting } from './worker-transitions.ts';

export interface Loss {
  /** In words, with the worker's id. */
  readonly reason: string;
  readonly mayRequeue: boolean;
  /** The worker had stored its workspace before it was lost. */
  readonly workspaceSaved: boolean;
}

export interface LossStep {
  readonly event: 'requeue' | 'stop' | 'fail';
  readonly note: string;
}

/** What becomes of a run whose worker is gone; undefined when it needed that worker no longer (workers.md §6.4). */
export function stepAfterLoss(run: Pick<Run, 'state' | 'attempts' | 'stopRequestedAt' | 'killRequestedAt'>, loss: Loss): LossStep | undefined {
  const { state } = run;
  if (isTerminal(state)) return undefined;
  if (!isActive(state)) {
    // A review keeps no workspace; the other waits need it to go on.
    if (state === 'PENDING_REVIEW' || loss.workspaceSaved) return undefined;
    return { event: 'fail', note: `${loss.reason}; its workspace was not saved, so the run cannot go on` };
  }
  const toEnd = run.stopRequestedAt !== null || run.killRequestedAt !== null;
  if (toEnd && isStoppable(state)) return { event: 'stop', note: loss.reason };
  if (isPreparing(state) && loss.mayRequeue && !toEnd) {
    if (run.attempts < MAX_ATTEMPTS) return { event: 'requeue', note: loss.reason };
    return { event: 'fail', note: `${loss.reason}; ${TRIED_OFTEN}` };
  }
  return { event: 'fail', note: isWriting(state) ? `${loss.reason}; state may be behind the infrastructure` : loss.reason };
}
