import { isAppError } from '../../shared/errors.ts';
import { systemActor } from '../../shared/actor.ts';
import { openPreviewsOfBranch } from '../run-list-store.ts';
import { isActive, nextState } from '../run-states.ts';
import type { Run } from '../run.ts';
import { requestStop, type StopNeeds } from './request-stop.ts';
import { stepRun } from './step-run.ts';

/** Ends the older previews of a branch that a newer commit makes useless: those not begun, those at work, those under review. */
export async function supersedeRuns(ports: StopNeeds, newer: Run): Promise<void> {
  await supersede(ports, newer, await openPreviewsOfBranch(ports.db.sql, newer));
}

/** The same for previews that were read with the newer run. */
export async function supersede(ports: StopNeeds, newer: Pick<Run, 'id' | 'commit'>, older: readonly Run[]): Promise<void> {
  const by = systemActor('superseding');
  const note = `superseded by commit ${newer.commit.hash.slice(0, 8)} (run ${newer.id})`;
  for (const run of older) {
    try {
      if (isActive(run.state)) await requestStop(ports, by, run, note);
      else await stepRun(ports, by, run, nextState(run.state, 'cancel') === undefined ? 'discard' : 'cancel', { note });
    } catch (error) {
      // It ended or moved on by itself meanwhile; the sweep of the next commit finds what is left.
      if (!isAppError(error, 'CONFLICT')) throw error;
    }
  }
}
