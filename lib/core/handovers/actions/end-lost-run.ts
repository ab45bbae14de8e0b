import { keptStateNote } from '../../../protocol/kept-state.ts';
import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { stepRun } from '../../runs/actions/step-run.ts';
import { isActive } from '../../runs/run-states.ts';
import { findRun, historyOf } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { keptStates, noteOnEnd } from '../artifact-store.ts';
import { stepAfterLoss } from '../lost-run.ts';
import { closeRunLog } from './close-run-log.ts';
import { isWorkspaceSaved } from './workspace-transfer.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'objects' | 'clock' | 'ids' | 'wakeups' | 'telemetry'>;

export interface LostRun {
  readonly workerId: string;
  readonly runId: string;
  readonly lease: number;
  readonly reason: string;
  readonly mayRequeue?: boolean;
}

const TRIES = 3;

/** Takes a run back from a worker that is gone: it waits for another worker where nothing was executed yet, else it has failed. */
export async function endLostRun(ports: Needs, lost: LostRun): Promise<void> {
  for (let tries = 1; ; tries++) {
    const run = await findRun(ports.db.sql, lost.runId);
    if (run === undefined || run.lease !== lost.lease || run.workerId !== lost.workerId) return;
    try {
      await takeBack(ports, run, lost);
      break;
    } catch (error) {
      // A person or the worker itself moved it on at this moment: look again.
      if (!isAppError(error, 'CONFLICT') || tries === TRIES) throw error;
    }
  }
  await closeOpenLog(ports, lost);
}

async function takeBack(ports: Needs, run: Run, lost: LostRun): Promise<void> {
  const step = stepAfterLoss(run, { reason: lost.reason, mayRequeue: lost.mayRequeue ?? true, workspaceSaved: await isWorkspaceSaved(ports, run) });
  if (step === undefined) return;
  await stepRun(ports, systemActor('workers'), run, step.event, { note: step.note, change: step.event === 'requeue' ? { workerId: null } : {} });
  // Another worker may have brought the state that this one left, before the loss was certain.
  for (const id of step.event === 'fail' ? await keptStates(ports.db.sql, run.id) : []) await noteOnEnd(ports.db.sql, run.id, id, keptStateNote(run.stackId, id));
}

/** The last state that the worker executed: nobody else ends its log. */
async function closeOpenLog(ports: Needs, lost: LostRun): Promise<void> {
  const history = await historyOf(ports.db.sql, lost.runId);
  const last = history.find((entry) => entry.hasLogs && isActive(entry.state));
  if (last !== undefined) await closeRunLog(ports, { runId: lost.runId, stateVersion: last.stateVersion }, lost.reason);
}
