import type { Job } from '../../../protocol/job.ts';
import type { Ports } from '../../ports/ports.ts';
import { conflict, isAppError } from '../../shared/errors.ts';
import { scheduleStack } from '../../runs/actions/schedule-stack.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { nextRunForPool } from '../../runs/pool-queue-store.ts';
import { advance } from '../../runs/run-states.ts';
import { saveStep } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { getStack } from '../../stacks/stack-store.ts';
import type { Stack } from '../../stacks/stack.ts';
import { markClaimed } from '../../workers/worker-claims-store.ts';
import type { WorkerInPool } from '../../workers/worker.ts';
import { takeAssignedRun } from '../assignment-store.ts';
import { phaseOf, workerActor } from '../handover.ts';
import { groundControl } from '../run-log.ts';
import { STALE_POOL_KEY, WORKSPACE_GONE } from '../workspace.ts';
import { buildPackage, type PackageNeeds } from './build-package.ts';
import { endHandover } from './end-handover.ts';
import { forgetHandover, type ForgetNeeds } from './forget-handover.ts';
import { firstLogs } from './log-urls.ts';
import { savedWorkspace } from './workspace-transfer.ts';

type Needs = PackageNeeds & ForgetNeeds & Pick<Ports, 'queue' | 'clock' | 'ids' | 'wakeups' | 'telemetry' | 'broker'>;

interface Claim {
  /** As it waited. */
  readonly before: Run;
  readonly run: Run;
}

/** Runs that fail while they are prepared make way for the next, but a worker is not kept at it for ever. */
const TRIES = 5;

/**
 * Gives the worker the run that was assigned to it, else the best of its pool, and everything it needs for it. The claim is the commit:
 * drain takes the same row, and of two workers that want one run, one passes over it.
 */
export async function claimRun(ports: Needs, worker: WorkerInPool, _input: { readonly assignmentId?: string } = {}): Promise<Job | undefined> {
  if (worker.drained || worker.cycling) return undefined;
  if (worker.runId !== null) await forgetHandover(ports, worker);
  for (let tries = 0; tries < TRIES; tries++) {
    const claim = await takeRun(ports, worker);
    if (claim === undefined) return undefined;
    const job = await prepare(ports, worker, claim);
    if (job !== undefined) return job;
  }
  return undefined;
}

async function takeRun(ports: Needs, worker: WorkerInPool): Promise<Claim | undefined> {
  const by = workerActor(worker);
  const claim = await ports.db.transaction(async (tx): Promise<Claim | undefined> => {
    const now = ports.clock.now();
    const before = (await takeAssignedRun(tx, worker.id)) ?? (await nextRunForPool(tx.sql, worker.poolId, { unassignedAt: now, lock: true }));
    if (before === undefined) return undefined;
    const phase = phaseOf(before.state);
    const handover = { lease: before.lease + 1, workerId: worker.id, phase, attempts: before.attempts + 1, handoverAt: now, decision: null, decisionNote: null, ...(phase === 'APPLY' ? {} : { hasChanges: null }) };
    const run = await saveStep(ports, tx.sql, before, { ...advance(before, 'claim', now), ...handover }, { by });
    await markClaimed(ports, tx, worker.id, run.id, run.lease);
    return { before, run };
  });
  if (claim !== undefined) tellStep(ports, claim.before, claim.run, by);
  return claim;
}

/** The job, or nothing when the run cannot begin: then it has failed with the reason, or waits again, and the worker is free. */
async function prepare(ports: Needs, worker: WorkerInPool, { before, run }: Claim): Promise<Job | undefined> {
  try {
    const stack = await getStack(ports.db.sql, run.stackId);
    if (!mayStart(stack, run)) {
      await endHandover(ports, worker, run, { event: 'requeue', note: 'the stack no longer takes runs', change: { attempts: before.attempts } });
      await scheduleStack(ports, { stackId: stack.id });
      return undefined;
    }
    const workspace = run.phase === 'INITIAL' ? null : await requireWorkspace(ports, worker, before);
    const [built, logs] = await Promise.all([buildPackage(ports, { run, stack, worker }), firstLogs(ports, run)]);
    return {
      run: { id: run.id, type: run.type, stackId: run.stackId, spaceId: run.spaceId, stateVersion: run.stateVersion },
      lease: run.lease,
      phase: run.phase,
      package: built.package,
      workspace,
      log: [groundControl(`Run ${run.id} goes to worker ${worker.id}`), ...built.log],
      logs,
      stop: run.stopRequestedAt !== null,
    };
  } catch (error) {
    const known = isAppError(error);
    ports.telemetry.log(known ? 'info' : 'error', 'a run could not be prepared', { runId: run.id, stackId: run.stackId, error });
    const note = known ? error.message : 'the server could not prepare this run; its log has the cause';
    await endHandover(ports, worker, run, { event: 'fail', note, lastLine: note });
    return undefined;
  }
}

/** Asked once more here: the stack may have been disabled after the run was made ready. */
const mayStart = (stack: Stack, run: Run): boolean => run.phase !== 'INITIAL' || run.type === 'DESTROY' || (!stack.isDisabled && !stack.deleting);

async function requireWorkspace(ports: Pick<Ports, 'objects'>, worker: WorkerInPool, before: Run) {
  if (before.handoverAt !== null && before.handoverAt < worker.pool.certificateIssuedAt) throw conflict(STALE_POOL_KEY, { runId: before.id });
  const saved = await savedWorkspace(ports, before);
  if (saved === undefined) throw conflict(WORKSPACE_GONE, { runId: before.id });
  return saved;
}
