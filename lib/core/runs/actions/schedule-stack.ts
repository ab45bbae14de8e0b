import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { sharedPool } from '../../workers/pool-store.ts';
import { queuedRuns } from '../run-list-store.ts';
import { decideQueue, type QueueDecision } from '../run-queue.ts';
import { findRun, setWaiting } from '../run-store.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

/**
 * Decides anew which runs of a stack may be handed to workers, and says of the others what they wait for. Safe to repeat and to run twice
 * at once: the slot goes by compare-and-set, and each step is guarded by the run's version.
 */
export async function scheduleStack(ports: StepNeeds, input: { readonly stackId: string }): Promise<void> {
  const { sql } = ports.db;
  const runs = await queuedRuns(sql, input.stackId);
  if (runs.length === 0) return;
  const stack = await findStack(sql, input.stackId);
  if (stack === undefined) return;
  const poolId = stack.workerPoolId ?? (runs.some((run) => run.workerPoolId === null) ? ((await sharedPool(sql))?.id ?? null) : null);

  for (const decision of decideQueue({ ...stack, poolId }, runs)) {
    const run = runs.find(({ id }) => id === decision.runId);
    if (run === undefined) continue;
    if (decision.move === 'wait') {
      if (decision.reason === run.waitingReason) continue;
      if (await setWaiting(ports, sql, run, { reason: decision.reason, runId: decision.blockedBy, workerPoolId: run.workerPoolId })) ports.wakeups.wake(`run:${run.id}`);
    } else {
      await move(ports, decision, poolId);
    }
  }
}

async function move(ports: StepNeeds, decision: QueueDecision, poolId: string | null): Promise<void> {
  const by = systemActor('scheduler');
  const run = await findRun(ports.db.sql, decision.runId);
  if (run === undefined) return;
  try {
    if (decision.move === 'ready' && run.state === 'QUEUED') await stepRun(ports, by, run, 'unblock', { change: { workerPoolId: run.workerPoolId ?? poolId } });
    if (decision.move === 'demote' && run.state === 'READY')
      await stepRun(ports, by, run, 'demote', {
        note: decision.reason,
        change: { waiting: { reason: decision.reason, since: ports.clock.now(), runId: null, workerPoolId: run.workerPoolId, approvals: null } },
      });
  } catch (error) {
    // Somebody else moved it or took the slot: their step announces itself, and the stack is looked at again.
    if (!isAppError(error, 'CONFLICT')) throw error;
  }
}
