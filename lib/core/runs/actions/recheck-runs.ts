import { runCheckDue } from '../run-messages.ts';
import { heldRuns, uncheckedRuns } from '../policy-check-store.ts';
import { scheduleStack, type ScheduleNeeds } from './schedule-stack.ts';
import type { StepNeeds } from './step-run.ts';

const HOLDING: ReadonlySet<string> = new Set(['APPROVAL', 'INITIALIZATION']);

/** After a change of the policies that hold runs, those of one stack or of all: whoever waits is asked about again, and what was let through goes back. */
export async function recheckRuns(ports: ScheduleNeeds, input: { readonly type: string; readonly stackId?: string | undefined }): Promise<void> {
  if (!HOLDING.has(input.type)) return;
  const runs = await heldRuns(ports.db.sql, input.stackId);
  for (const stackId of new Set(runs.filter(({ state }) => state === 'QUEUED' || state === 'READY').map((run) => run.stackId))) await scheduleStack(ports, { stackId });
  const cause = ports.ids.ulid();
  for (const run of runs) {
    if (run.state === 'UNCONFIRMED' || run.state === 'PENDING_REVIEW') await ports.queue.enqueue(ports.db.sql, runCheckDue, { runId: run.id, stateVersion: run.stateVersion, cause });
  }
  ports.queue.flush();
}

/** Has those asked about whom no message told, or whose message was lost. */
export async function sweepUncheckedRuns(ports: StepNeeds): Promise<void> {
  for (const run of await uncheckedRuns(ports.db.sql)) await ports.queue.enqueue(ports.db.sql, runCheckDue, { runId: run.id, stateVersion: run.stateVersion, cause: run.state });
  ports.queue.flush();
}
