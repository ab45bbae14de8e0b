import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { eraseStack, keepStack } from '../../stacks/actions/erase-stack.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { newestDestruction, openRuns } from '../run-list-store.ts';
import { isStoppable, isTerminal } from '../run-states.ts';
import { findRun } from '../run-store.ts';
import { createRun, type CreateNeeds } from './create-run.ts';
import { requestStop, type StopNeeds } from './request-stop.ts';
import { scheduleStack } from './schedule-stack.ts';

export type EndNeeds = CreateNeeds & StopNeeds & Pick<Ports, 'objects'>;

const BY = systemActor('stack-deletion');

/** Destroys what a stack that is to go has made, or takes it away at once. Told twice, it makes one destruction. */
export async function endStack(ports: EndNeeds, input: { readonly stackId: string; readonly destroyResources: boolean; readonly by: string }): Promise<void> {
  const stack = await findStack(ports.db.sql, input.stackId);
  if (stack === undefined || !stack.deleting) return;
  if (!input.destroyResources) return erase(ports, stack.id);

  const last = await newestDestruction(ports.db.sql, stack.id);
  if (last !== undefined && !isTerminal(last.state)) return;
  const causes = [{ at: ports.clock.now().toISOString(), kind: 'person', text: `${input.by} deleted the stack with its resources`, subject: input.by }];
  try {
    await createRun(ports, BY, stack, { type: 'DESTROY', triggeredBy: input.by, causes, dedupKey: `DESTROY:${last?.id ?? 'first'}` });
  } catch (error) {
    if (!isAppError(error, 'NOT_FOUND', 'INVALID', 'CONFLICT')) throw error;
    // No commit to run at: without its code nothing can be destroyed, so the stack stays.
    ports.telemetry.log('warn', 'stack kept: its destruction could not start', { stackId: stack.id, reason: error.message });
    await keepStack(ports, { stackId: stack.id });
  }
}

/** After a step of any run: takes the stack away once its destruction has finished. One that ended otherwise has let the stack live on already. */
export async function settleDestroyedStack(ports: EndNeeds, input: { readonly runId: string }): Promise<void> {
  const run = await findRun(ports.db.sql, input.runId);
  if (run === undefined || run.type !== 'DESTROY' || run.state !== 'FINISHED') return;
  await erase(ports, run.stackId);
}

/** Takes back what no worker has begun, then removes the stack. While a preview is still worked on it is told to stop, and the message comes again. */
async function erase(ports: EndNeeds, stackId: string): Promise<void> {
  await scheduleStack(ports, { stackId });
  try {
    await eraseStack(ports, { stackId });
  } catch (error) {
    if (!isAppError(error, 'CONFLICT')) throw error;
    for (const run of await openRuns(ports.db.sql, stackId)) {
      if (isStoppable(run.state) && run.stopRequestedAt === null) await requestStop(ports, BY, run, 'the stack is being deleted');
    }
    throw error;
  }
}
