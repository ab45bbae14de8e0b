import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { stepRun } from '../../runs/actions/step-run.ts';
import { isStoppable } from '../../runs/run-states.ts';
import type { Run } from '../../runs/run.ts';
import { expiredAssignments } from '../assignment-store.ts';
import { abandonedRuns, leftWorkspaces, overdueRuns, poolsWithWaitingRuns, unheededRuns } from '../handover-sweep-store.ts';
import { assignPool } from './assign-pool.ts';
import { closeRunLog } from './close-run-log.ts';
import { endLostRun } from './end-lost-run.ts';
import { expireAssignment } from './expire-assignment.ts';
import { forgetWorkspace } from './forget-workspace.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'broker' | 'objects' | 'clock' | 'ids' | 'wakeups' | 'license' | 'telemetry'>;

/** What one tick takes; the next continues. */
const BATCH = 200;
/** Workers bound a handover themselves, by default to 70 minutes and longer where their operator wants; this ends what even that did not. */
export const LONGEST_HANDOVER_HOURS = 24;
/** A worker that is to end a run is told again after this. */
const TELL_AGAIN_MS = 30_000;
/** A kill takes seconds: a worker that has not reported it by then will not. */
const KILL_MS = 60_000;
/** The message that a worker is lost comes first. */
const ABANDONED_MS = 5 * 60_000;

/** Mends what messages missed; every part finds nothing when run twice. */
export async function sweepHandovers(ports: Needs): Promise<void> {
  const { sql } = ports.db;
  const now = ports.clock.now();
  const ago = (ms: number) => new Date(now.getTime() - ms);
  for (const assignmentId of await expiredAssignments(sql, now, BATCH)) await expireAssignment(ports, { assignmentId });
  for (const run of await unheededRuns(sql, ago(TELL_AGAIN_MS), BATCH)) await remind(ports, run, ago(KILL_MS));
  for (const run of await overdueRuns(sql, ago(LONGEST_HANDOVER_HOURS * 3_600_000), BATCH)) await endOverdue(ports, run);
  for (const run of await abandonedRuns(sql, ago(ABANDONED_MS), BATCH)) {
    const workerId = run.workerId ?? '';
    await endLostRun(ports, { workerId, runId: run.id, lease: run.lease, reason: `worker lost: ${workerId} no longer holds the run` });
  }
  for (const workspace of await leftWorkspaces(sql, BATCH)) await forgetWorkspace(ports, workspace);
  for (const poolId of await poolsWithWaitingRuns(sql)) await assignPool(ports, { poolId });
}

async function remind(ports: Needs, run: Run, killedBefore: Date): Promise<void> {
  if (run.killRequestedAt !== null && run.killRequestedAt <= killedBefore) {
    await end(ports, run, isStoppable(run.state) ? 'stop' : 'fail', run.stopNote ?? 'killed; its worker did not report the end');
    return;
  }
  const kind = run.killRequestedAt === null ? ({ type: 'run.stop' } as const) : ({ type: 'run.kill', reason: run.stopNote ?? 'killed' } as const);
  await tell(ports, run, kind);
}

async function endOverdue(ports: Needs, run: Run): Promise<void> {
  await end(ports, run, 'fail', `run timed out after ${LONGEST_HANDOVER_HOURS}h`);
  await tell(ports, run, { type: 'run.kill', reason: 'timeout' });
}

async function tell(ports: Needs, run: Run, what: { readonly type: 'run.stop' } | { readonly type: 'run.kill'; readonly reason: string }): Promise<void> {
  if (run.workerPoolId === null || run.workerId === null) return;
  const envelope = { v: 1, id: ports.ids.ulid(), ts: ports.clock.now().toISOString(), runId: run.id, lease: run.lease } as const;
  await ports.broker.publish({ poolId: run.workerPoolId, workerId: run.workerId }, { ...envelope, ...what });
}

/** Ends a run that its worker does not, unless it moved on by itself, and the log that nobody else will end. */
async function end(ports: Needs, run: Run, event: 'stop' | 'fail', note: string): Promise<void> {
  try {
    await stepRun(ports, systemActor('handovers'), run, event, { note });
  } catch (error) {
    if (isAppError(error, 'CONFLICT')) return;
    throw error;
  }
  await closeRunLog(ports, { runId: run.id, stateVersion: run.stateVersion }, note);
}
