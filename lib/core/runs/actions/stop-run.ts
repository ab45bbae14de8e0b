import { requireAction, type Actor } from '../../shared/actor.ts';
import { conflict } from '../../shared/errors.ts';
import { noteOf } from '../run-input.ts';
import { stopAction } from '../run-rights.ts';
import { isStoppable, nextState } from '../run-states.ts';
import type { Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { requestStop, type StopNeeds } from './request-stop.ts';
import { stepRun } from './step-run.ts';

/** Asks a run at work to end; one that has not begun is canceled. Nothing stops what is already changing resources. */
export async function stopRun(ports: StopNeeds, actor: Actor, input: RunChoice & { readonly note?: string | null }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, stopAction(run.type), stack.spaceId);

  const note = noteOf(input.note);
  if (nextState(run.state, 'cancel') !== undefined) return stepRun(ports, actor, run, 'cancel', { note, action: 'run.cancel' });
  if (!isStoppable(run.state)) throw conflict(`a run in state ${run.state} cannot stop`, { runId: run.id, state: run.state });
  return requestStop(ports, actor, run, note);
}
