import { requireAction, type Actor } from '../../shared/actor.ts';
import { noteOf } from '../run-input.ts';
import type { Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

/** Drops a run that waits: for its turn, a worker, a review or a person. What a worker has taken is stopped instead. */
export async function discardRun(ports: StepNeeds, actor: Actor, input: RunChoice & { readonly note?: string | null }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:discard', stack);

  return stepRun(ports, actor, run, 'discard', { note: noteOf(input.note), action: 'run.discard' });
}
