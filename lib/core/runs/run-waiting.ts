import type { Run, RunWait } from './run.ts';

/** Why a run that has just entered this state is not going on; null where it runs or has ended. */
export function waitOf(run: Pick<Run, 'state' | 'workerPoolId'>, since: Date): RunWait | null {
  switch (run.state) {
    case 'QUEUED':
      return { reason: 'waiting for its turn', since, runId: null, workerPoolId: run.workerPoolId, approvals: null };
    case 'READY':
    case 'CONFIRMED':
    case 'REPLAN_REQUESTED':
      return { reason: 'waiting for a worker', since, runId: null, workerPoolId: run.workerPoolId, approvals: null };
    case 'UNCONFIRMED':
      return { reason: 'waiting for a person to confirm', since, runId: null, workerPoolId: null, approvals: null };
    case 'PENDING_REVIEW':
      return { reason: 'waiting for a review', since, runId: null, workerPoolId: null, approvals: null };
    default:
      return null;
  }
}
