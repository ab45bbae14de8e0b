import { whyRunsWait } from '../../license/restricted-mode.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { askedOf, standingOf, waitingFor } from '../policy-check.ts';
import { findChecks } from '../policy-check-store.ts';
import { runCheckDue } from '../run-messages.ts';
import { decideQueue, type QueueDecision, type QueuedRun } from '../run-queue.ts';
import { findRun, setWaiting } from '../run-store.ts';
import { readStackQueue, type StackQueue } from '../stack-queue-store.ts';
import { failRun } from './fail-run.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

export type ScheduleNeeds = StepNeeds & Pick<Ports, 'license'>;

/**
 * Decides anew which runs of a stack may be handed to workers, and says of the others what they wait for. Safe to repeat and to run twice
 * at once: the slot goes by compare-and-set, and each step is guarded by the run's version.
 */
export async function scheduleStack(ports: ScheduleNeeds, input: { readonly stackId: string }): Promise<void> {
  const { sql } = ports.db;
  const queue = await readStackQueue(sql, input.stackId);
  if (queue === undefined) return;
  const { stack, runs } = queue;
  const poolId = stack.workerPoolId ?? queue.sharedPoolId;

  const standing = queue.mayBeHeld ? await withStandings(ports, stack, runs) : runs;
  const closed = whyRunsWait(await ports.license.terms());
  for (const decision of decideQueue({ ...stack, poolId, closed }, standing)) {
    const run = runs.find(({ id }) => id === decision.runId);
    if (run === undefined) continue;
    if (decision.move === 'wait') {
      if (decision.reason === run.waitingReason) continue;
      if (await setWaiting(ports, sql, run, { reason: decision.reason, runId: decision.blockedBy, workerPoolId: run.workerPoolId })) ports.wakeups.wake(`run:${run.id}`);
    } else {
      await move(ports, decision, queue, poolId);
    }
  }
}

async function move(ports: StepNeeds, decision: QueueDecision, { next }: StackQueue, poolId: string | null): Promise<void> {
  const by = systemActor('scheduler');
  const run = next.get(decision.runId) ?? (await findRun(ports.db.sql, decision.runId));
  if (run === undefined) return;
  try {
    if (decision.move === 'ready' && run.state === 'QUEUED') await stepRun(ports, by, run, 'unblock', { change: { workerPoolId: run.workerPoolId ?? poolId } });
    if (decision.move === 'fail' && run.state === 'QUEUED') await failRun(ports, run, decision.reason, by);
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

/** Adds how each run stands with the policies that may hold it, and has those asked that must be. */
async function withStandings<R extends QueuedRun & { readonly stateVersion: number }>(ports: StepNeeds, stack: Stack, runs: readonly R[]): Promise<readonly R[]> {
  const { sql } = ports.db;
  const checks = await findChecks(sql, runs.map(({ id }) => id));
  const policies = askedOf((await policiesOfStack(sql, stack, ['APPROVAL', 'INITIALIZATION'])).map(({ policy }) => policy));
  const standing: R[] = [];
  for (const run of runs) {
    const check = checks.get(run.id);
    // What made it READY was said of an earlier state.
    const judged = standingOf(run.state === 'READY' && check !== undefined ? check : run, check, policies);
    standing.push({ ...run, standing: judged, ...(judged === 'undecided' && check !== undefined ? { heldReason: waitingFor(check) } : {}) });
    if (judged !== 'due' || run.state !== 'QUEUED') continue;
    const cause = policies.map(({ ulid, version }) => `${ulid}.${version}`).join(' ') || 'none left';
    await ports.queue.enqueue(sql, runCheckDue, { runId: run.id, stateVersion: run.stateVersion, cause });
    ports.queue.flush();
  }
  return standing;
}
