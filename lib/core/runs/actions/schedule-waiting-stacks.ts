import { stacksWithQueuedRuns } from '../run-list-store.ts';
import { scheduleStack } from './schedule-stack.ts';
import type { StepNeeds } from './step-run.ts';

const MAX_STACKS = 500;

/** Looks again at every stack with runs in the queue: for what changes without a word to it, such as a pool that it is given. */
export async function scheduleWaitingStacks(ports: StepNeeds): Promise<void> {
  for (const stackId of await stacksWithQueuedRuns(ports.db.sql, MAX_STACKS)) await scheduleStack(ports, { stackId });
}
