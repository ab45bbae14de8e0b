import { findRun } from '../../runs/run-store.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { WorkerInPool } from '../../workers/worker.ts';
import { stepAfterLoss } from '../lost-run.ts';
import { endHandover, type EndNeeds } from './end-handover.ts';
import { isWorkspaceSaved } from './workspace-transfer.ts';

export type ForgetNeeds = EndNeeds;

/** Longer than a call of the launcher can be on its way: two claims at once are no sign of anything. */
const GRACE_MS = 60_000;

/**
 * A launcher asks for work only when it has none. One that is held to have a run never got the answer to its claim, or gave the run up
 * without being heard: after a while it is taken at its word, and the run goes the way of a lost worker's.
 */
export async function forgetHandover(ports: ForgetNeeds, worker: WorkerInPool): Promise<void> {
  const run = worker.runId === null ? undefined : await findRun(ports.db.sql, worker.runId);
  if (run === undefined) return;
  const isHolder = run.lease === worker.lease && run.workerId === worker.id;
  const since = run.handoverAt?.getTime() ?? 0;
  if (isHolder && ports.clock.now().getTime() - since < GRACE_MS) throw workerRefusal('busy', `worker ${worker.id} already holds run ${run.id}`, { runId: run.id });

  const reason = `worker ${worker.id} asked for other work while it held the run`;
  ports.telemetry.log('warn', 'worker forgot its run', { workerId: worker.id, runId: run.id, lease: worker.lease, state: run.state });
  const step = isHolder ? stepAfterLoss(run, { reason, mayRequeue: true, workspaceSaved: await isWorkspaceSaved(ports, run) }) : undefined;
  await endHandover(ports, worker, run, { ...step, lastLine: reason });
}
