import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { eraseStack, keepStack } from '../../stacks/actions/erase-stack.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { newestDestruction, openRuns } from '../run-list-store.ts';
import { ACTIVE_STATES, isStoppable, isTerminal } from '../run-states.ts';
import type { Run } from '../run.ts';
import { deletionBehind, stacksToEnd, type PendingDeletion } from '../stack-deletion-store.ts';
import { createRun, type CreateNeeds } from './create-run.ts';
import { requestStop, type StopNeeds } from './request-stop.ts';
import { scheduleStack } from './schedule-stack.ts';

export type EndNeeds = CreateNeeds & StopNeeds & Pick<Ports, 'objects' | 'license'>;

const BY = systemActor('stack-deletion');
const MAX_STACKS = 100;

/** Destroys what a stack that is to go has made, or takes it away at once. Told twice, it makes one destruction. */
export async function endStack(ports: EndNeeds, { stackId, destroyResources, by }: PendingDeletion): Promise<void> {
  const stack = await findStack(ports.db.sql, stackId);
  if (stack === undefined || !stack.deleting) return;
  const last = await newestDestruction(ports.db.sql, stack.id);
  // Its end says how this goes on; one that fails lets the stack live.
  if (last !== undefined && !isTerminal(last.state)) return;
  if (!destroyResources || last?.state === 'FINISHED') return erase(ports, stack.id);

  const causes = [{ at: ports.clock.now().toISOString(), kind: 'person', text: `${by} deleted the stack with its resources`, subject: by }];
  try {
    await createRun(ports, BY, stack, { type: 'DESTROY', triggeredBy: by, causes, dedupKey: `DESTROY:${last?.id ?? 'first'}` });
  } catch (error) {
    if (!isAppError(error, 'NOT_FOUND', 'INVALID', 'CONFLICT')) throw error;
    // No commit to run at: without its code nothing can be destroyed, so the stack stays.
    ports.telemetry.log('warn', 'stack kept: its destruction could not start', { stackId: stack.id, reason: error.message });
    await keepStack(ports, { stackId: stack.id });
  }
}

/** After a step of any run: a stack that was waiting for its end, as its destruction or because a worker had it, goes on going. */
export async function settleEndedRun(ports: EndNeeds, input: { readonly runId: string }): Promise<void> {
  const deletion = await deletionBehind(ports.db.sql, input.runId);
  if (deletion !== undefined) await endStack(ports, deletion);
}

/** Every stack that is to go and is still there: what a lost message, a git host that was away or a crash has left behind. */
export async function endDeletingStacks(ports: EndNeeds): Promise<void> {
  for (const deletion of await stacksToEnd(ports.db.sql, MAX_STACKS)) {
    try {
      await endStack(ports, deletion);
    } catch (error) {
      ports.telemetry.log('warn', 'a stack could not be deleted yet', { stackId: deletion.stackId, error });
    }
  }
}

/** Takes back what no worker has begun, then removes the stack. What is still worked on is told to stop; its end comes back here. */
async function erase(ports: EndNeeds, stackId: string): Promise<void> {
  await scheduleStack(ports, { stackId });
  try {
    await eraseStack(ports, { stackId, busyStates: ACTIVE_STATES });
  } catch (error) {
    if (!isAppError(error, 'CONFLICT')) throw error;
    for (const run of await openRuns(ports.db.sql, stackId)) if (isStoppable(run.state) && run.stopRequestedAt === null) await stop(ports, run);
  }
}

async function stop(ports: EndNeeds, run: Run): Promise<void> {
  try {
    await requestStop(ports, BY, run, 'the stack is being deleted');
  } catch (error) {
    // It moved on at this moment, which announces itself.
    if (!isAppError(error, 'CONFLICT')) throw error;
  }
}
