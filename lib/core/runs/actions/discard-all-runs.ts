import { requireAction, type Actor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { noteOf } from '../run-input.ts';
import { openRuns } from '../run-list-store.ts';
import { nextState } from '../run-states.ts';
import type { Run } from '../run.ts';
import { visibleStack } from './load-run.ts';
import { stepRun, type StepNeeds } from './step-run.ts';

export interface DiscardedRuns {
  readonly discardedRuns: readonly Run[];
  /** Ids of runs that moved on while they were being discarded. */
  readonly failedDiscarding: readonly string[];
}

/** Drops every run of the stack that can be dropped; newest first, so that freeing the slot starts nothing that is dropped next. */
export async function discardAllRuns(ports: StepNeeds, actor: Actor, input: { readonly stackId: string; readonly note?: string | null }): Promise<DiscardedRuns> {
  const stack = await visibleStack(ports, actor, input.stackId);
  requireAction(actor, 'run:discard', stack);

  const note = noteOf(input.note);
  const discardable = (await openRuns(ports.db.sql, stack.id)).filter((run) => nextState(run.state, 'discard') !== undefined).reverse();
  const discardedRuns: Run[] = [];
  const failedDiscarding: string[] = [];
  for (const run of discardable) {
    try {
      discardedRuns.push(await stepRun(ports, actor, run, 'discard', { note, action: 'run.discard' }));
    } catch (error) {
      if (!isAppError(error, 'CONFLICT')) throw error;
      failedDiscarding.push(run.id);
    }
  }
  return { discardedRuns, failedDiscarding };
}
