import { requireAction, type Actor } from '../../shared/actor.ts';
import { conflict } from '../../shared/errors.ts';
import { noteOf, withMetadata } from '../run-input.ts';
import { isLockedFor, lockedMessage } from '../run-rights.ts';
import type { Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';
import { requireApproved } from './require-approved.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

export interface ConfirmRun extends RunChoice {
  readonly note?: string | null;
  readonly userMetadata?: string | null;
}

/** Lets an unconfirmed run apply what it planned, once its approval policies approve, as soon as a worker of its pool has taken it again. */
export async function confirmRun(ports: StepNeeds, actor: Actor, input: ConfirmRun): Promise<Run> {
  const { run, stack, mayBeHeld } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:confirm', stack);

  if (run.state === 'UNCONFIRMED' && isLockedFor(stack, actor)) throw conflict(lockedMessage(stack), { stackId: stack.id, lockedBy: stack.lockedBy });
  if (run.state === 'UNCONFIRMED' && mayBeHeld) await requireApproved(ports, actor, run, stack);
  return stepRun(ports, actor, run, 'confirm', {
    note: noteOf(input.note),
    action: 'run.confirm',
    change: { phase: 'APPLY', attempts: 0, decision: null, decisionNote: null, userMetadata: withMetadata(run.userMetadata, input.userMetadata) },
  });
}
