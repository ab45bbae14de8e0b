import type { Ports } from '../../ports/ports.ts';
import { isAppError } from '../../shared/errors.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { advance, isActive, type RunEvent } from '../../runs/run-states.ts';
import { getRun, saveStep } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { markFree } from '../../workers/worker-claims-store.ts';
import type { Worker } from '../../workers/worker.ts';
import { workerActor } from '../handover.ts';
import { runDueAgain } from '../handover-messages.ts';
import { closeRunLog } from './close-run-log.ts';

export type EndNeeds = Pick<Ports, 'db' | 'queue' | 'objects' | 'clock' | 'ids' | 'wakeups' | 'telemetry'>;

export interface HandoverEnd {
  /** The step of the run that goes with it, if it still needs one. */
  readonly event?: RunEvent;
  readonly note?: string | null;
  readonly change?: Partial<Run>;
  /** For a run that goes back to the queue: how long it stays there at least. */
  readonly againInSeconds?: number;
  /** Last line of the log, where no worker is left to write one. */
  readonly lastLine?: string;
}

/** Frees the worker, and makes the run's step in the same transaction. A run that moved on meanwhile stays where it is. */
export async function endHandover(ports: EndNeeds, worker: Pick<Worker, 'id' | 'poolId'>, run: Run, end: HandoverEnd): Promise<Run> {
  const stepped = await endOnce(ports, worker, run, end).catch(async (error: unknown) => {
    if (end.event === undefined || !isAppError(error, 'CONFLICT')) throw error;
    return endOnce(ports, worker, await getRun(ports.db.sql, run.id), {});
  });
  if (end.lastLine !== undefined && isActive(run.state)) await closeRunLog(ports, { runId: run.id, stateVersion: run.stateVersion }, end.lastLine);
  return stepped;
}

async function endOnce(ports: EndNeeds, worker: Pick<Worker, 'id' | 'poolId'>, run: Run, { event, note, change, againInSeconds }: HandoverEnd): Promise<Run> {
  const by = workerActor(worker);
  const stepped = await ports.db.transaction(async (tx) => {
    let after = run;
    if (event !== undefined) {
      // A run that goes back to the queue belongs to no worker, so that this one's lease counts no longer.
      const back = event === 'requeue' ? { workerId: null } : {};
      const later = againInSeconds === undefined ? {} : { againAt: new Date(ports.clock.now().getTime() + againInSeconds * 1000) };
      after = await saveStep(ports, tx.sql, run, { ...advance(run, event, ports.clock.now()), ...back, ...later, ...change }, { by, note: note ?? null });
      if (againInSeconds !== undefined) await ports.queue.enqueue(tx.sql, runDueAgain, { poolId: worker.poolId }, { delaySeconds: againInSeconds });
    }
    await markFree(ports, tx, worker, run.id);
    return after;
  });
  if (event !== undefined) tellStep(ports, run, stepped, by);
  return stepped;
}
