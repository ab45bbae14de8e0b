import type { ReleaseRequest } from '../../protocol/worker-api.ts';
import { isActive, isStoppable, isTerminal, nextState, type RunEvent } from '../runs/run-states.ts';
import type { Run } from '../runs/run.ts';
import { workerRefusal } from '../workers/worker-refusals.ts';

export const NO_DECISION = 'no decision after planning in time';
export const NOT_ASKED = 'the plan policies did not answer in time';

export interface ReleaseStep {
  readonly event?: RunEvent;
  readonly note: string | null;
}

type Released = Pick<Run, 'id' | 'type' | 'state' | 'hasChanges' | 'stopRequestedAt' | 'stopNote' | 'killRequestedAt'>;

/**
 * What the run still needs when its worker gives it back. Mostly nothing: it has ended or waits by then. What a worker leaves behind
 * unfinished is brought to an end here, so that no run is at work without a worker.
 */
export function stepOnRelease(run: Released, outcome: ReleaseRequest['outcome'], note: string | null, isSaved: boolean): ReleaseStep {
  if (isTerminal(run.state)) return { note };
  if (outcome === 'requeue') {
    if (!isActive(run.state) || nextState(run.state, 'requeue') === undefined) throw workerRefusal('bad_transition', `run ${run.id} is ${run.state} and cannot go back to the queue`, { runId: run.id, state: run.state });
    return run.stopRequestedAt === null ? { event: 'requeue', note } : { event: 'stop', note: run.stopNote ?? note };
  }
  if (outcome === 'waiting') return waiting(run, isSaved);
  // Who asked for the end has the word on why.
  if (outcome === 'stopped' && isStoppable(run.state)) return { event: 'stop', note: run.stopNote ?? note };
  if (isActive(run.state) && run.killRequestedAt !== null) return { event: 'fail', note: run.stopNote ?? note ?? 'killed' };
  if (run.state === 'PENDING_REVIEW') return { note };
  if (!isActive(run.state)) return isSaved && outcome !== 'failed' ? { note } : { event: 'fail', note: note ?? 'the worker could not save the workspace' };
  return { event: 'fail', note: note ?? `the worker gave the run back while it was ${run.state}` };
}

function waiting(run: Released, isSaved: boolean): ReleaseStep {
  if (run.state === 'PENDING_REVIEW') return { note: null };
  if (!isActive(run.state)) return isSaved ? { note: null } : { event: 'fail', note: 'the workspace was not saved, so the run cannot go on' };
  // The worker waited for a decision as long as it may (workers.md §7.4).
  if (run.state === 'PLANNING' && run.type === 'TRACKED' && run.hasChanges !== null) return isSaved ? { event: 'park', note: NO_DECISION } : { event: 'fail', note: `${NO_DECISION}, and the workspace was not saved` };
  return { event: 'fail', note: `the worker gave the run back while it was ${run.state}` };
}
