import { requireAction, type Actor } from '../../shared/actor.ts';
import { noteOf } from '../run-input.ts';
import { cancelAction } from '../run-rights.ts';
import type { Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

/** Takes a run that no worker has begun out of the queue. */
export async function cancelRun(ports: StepNeeds, actor: Actor, input: RunChoice & { readonly note?: string | null }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, cancelAction(run.type), stack.spaceId);

  return stepRun(ports, actor, run, 'cancel', { note: noteOf(input.note), action: 'run.cancel' });
}
