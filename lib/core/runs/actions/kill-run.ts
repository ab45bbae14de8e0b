import { requireAction, type Actor } from '../../shared/actor.ts';
import { conflict } from '../../shared/errors.ts';
import { noteOf } from '../run-input.ts';
import { stopAction } from '../run-rights.ts';
import { isActive } from '../run-states.ts';
import type { Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { requestStop, type StopNeeds } from './request-stop.ts';

/** Ends a run at work at once, even one that is changing resources: for a stop that did not end it. */
export async function killRun(ports: StopNeeds, actor: Actor, input: RunChoice & { readonly note?: string | null }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, stopAction(run.type), stack.spaceId);

  if (!isActive(run.state)) throw conflict(`a run in state ${run.state} cannot be killed: no worker is executing it`, { runId: run.id, state: run.state });
  return requestStop(ports, actor, run, noteOf(input.note), 'kill');
}
