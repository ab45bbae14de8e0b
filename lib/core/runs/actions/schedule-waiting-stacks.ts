import { stacksWithQueuedRuns } from '../run-list-store.ts';
import { scheduleStack, type ScheduleNeeds } from './schedule-stack.ts';

const MAX_STACKS = 500;

/** Looks again at every stack with runs in the queue: for what changes without a word to it, such as a pool that it is given. */
export async function scheduleWaitingStacks(ports: ScheduleNeeds): Promise<void> {
  for (const stackId of await stacksWithQueuedRuns(ports.db.sql, MAX_STACKS)) await scheduleStack(ports, { stackId });
}
