import type { Job } from '../../../protocol/job.ts';
import type { Ports } from '../../ports/ports.ts';
import { conflict, isAppError } from '../../shared/errors.ts';
import { scheduleStack } from '../../runs/actions/schedule-stack.ts';
import { isStoppable } from '../../runs/run-states.ts';
import { getRun } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { WorkerInPool } from '../../workers/worker.ts';
import type { Claimed } from '../claim-store.ts';
import { AGAIN_SECONDS, MAX_ATTEMPTS, TRIED_OFTEN } from '../handover.ts';
import { groundControl } from '../run-log.ts';
import { STALE_POOL_KEY, WORKSPACE_GONE } from '../workspace.ts';
import { buildPackage, type PackageNeeds } from './build-package.ts';
import { endHandover, type HandoverEnd } from './end-handover.ts';
import type { ForgetNeeds } from './forget-handover.ts';
import { firstLogs } from './log-urls.ts';
import { savedWorkspace } from './workspace-transfer.ts';

export type PrepareNeeds = PackageNeeds & ForgetNeeds & Pick<Ports, 'queue' | 'clock' | 'ids' | 'wakeups' | 'license' | 'telemetry' | 'broker'>;

/** What a claim hands on; where space and inputs were not read with it, they are read here. */
export type ClaimedRun = Pick<Claimed, 'before' | 'run' | 'stack'> & { readonly known?: Pick<Claimed, 'spacePath' | 'inputs' | 'releases'> };

/** The job of a claimed run; nothing when the run cannot begin: then it has failed with the reason, or waits again, and the worker is free. */
export async function prepareJob(ports: PrepareNeeds, worker: WorkerInPool, { before, run, stack, known }: ClaimedRun): Promise<Job | undefined> {
  try {
    if (!mayStart(stack, run)) {
      await endHandover(ports, worker, run, { event: 'requeue', note: 'the stack no longer takes runs', change: { attempts: before.attempts } });
      await scheduleStack(ports, { stackId: stack.id });
      return undefined;
    }
    const workspace = run.phase === 'INITIAL' ? null : await requireWorkspace(ports, worker, before);
    const [built, logs] = await Promise.all([buildPackage(ports, { run, stack, worker, ...(known === undefined ? {} : { known }) }), firstLogs(ports, run)]);
    await built.store();
    return {
      run: { id: run.id, type: run.type, stackId: run.stackId, spaceId: run.spaceId, stateVersion: run.stateVersion },
      lease: run.lease,
      phase: run.phase,
      package: built.package,
      workspace,
      log: [groundControl(`Run ${run.id} goes to worker ${worker.id}`), ...built.log],
      logs,
      stop: run.stopRequestedAt !== null,
      ...(built.choice === undefined ? {} : { choice: built.choice }),
    };
  } catch (error) {
    const known = isAppError(error);
    ports.telemetry.log(known ? 'info' : 'error', 'a run could not be prepared', { runId: run.id, stackId: run.stackId, error });
    const note = known ? error.message : 'the server could not prepare this run; its log has the cause';
    await endHandover(ports, worker, run, { ...(await endOf(ports, run, { note, mayPass: isAppError(error, 'UNAVAILABLE') })), lastLine: note });
    return undefined;
  }
}

/**
 * A run that somebody stopped while it was being prepared is stopped, whatever came of it. One that needs what does not answer at the moment
 * goes back to the queue for a while, but not for ever.
 */
async function endOf({ db, clock }: Pick<Ports, 'db' | 'clock'>, run: Run, { note, mayPass }: { readonly note: string; readonly mayPass: boolean }): Promise<HandoverEnd> {
  const { stopRequestedAt, stopNote } = await getRun(db.sql, run.id);
  if (stopRequestedAt !== null && isStoppable(run.state)) return { event: 'stop', note: stopNote ?? note };
  if (!mayPass) return { event: 'fail', note };
  if (run.attempts >= MAX_ATTEMPTS) return { event: 'fail', note: `${note}; ${TRIED_OFTEN}` };
  const waiting = { reason: `waiting to be tried again: ${note}`, since: clock.now(), runId: null, workerPoolId: run.workerPoolId, approvals: null };
  return { event: 'requeue', note, againInSeconds: AGAIN_SECONDS, change: { waiting } };
}

/** Asked once more here: the stack may have been disabled after the run was made ready. */
const mayStart = (stack: Stack, run: Run): boolean => run.phase !== 'INITIAL' || run.type === 'DESTROY' || (!stack.isDisabled && !stack.deleting);

async function requireWorkspace(ports: Pick<Ports, 'objects'>, worker: WorkerInPool, before: Run) {
  if (before.handoverAt !== null && before.handoverAt < worker.pool.certificateIssuedAt) throw conflict(STALE_POOL_KEY, { runId: before.id });
  const saved = await savedWorkspace(ports, before);
  if (saved === undefined) throw conflict(WORKSPACE_GONE, { runId: before.id });
  return saved;
}
