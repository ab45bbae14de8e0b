import type { Action } from '../shared/actions.ts';
import { requireAction, type Actor } from '../shared/actor.ts';
import { conflict, invalid, notFound } from '../shared/errors.ts';
import { canRead } from '../spaces/space-rights.ts';
import type { Stack } from '../stacks/stack.ts';
import { liveLock } from './state-rules.ts';
import type { StateWorkspace } from './state.ts';

/** A stack with managed state on which the caller may do this; one that they cannot see is as if missing. */
export function requireManagedStack(actor: Actor, stack: Stack | undefined, id: string, action: Action): Stack {
  if (stack === undefined || !canRead(actor, stack)) throw notFound(`stack "${id}" not found`, { stack: id });
  requireAction(actor, action, stack);
  if (!stack.manageState) throw invalid(`stack "${id}" does not have its state managed here`, { stack: id });
  return stack;
}

/** What must hold to put a state in place by hand. */
export function requireQuiet(actor: Actor, stackId: string, facts: { readonly lockedBy: string | null; readonly openRunId: string | undefined; readonly workspace: StateWorkspace | undefined }): void {
  if (facts.lockedBy === null) throw conflict(`lock stack "${stackId}" first, so that no run changes the state meanwhile`, { stack: stackId });
  if (facts.lockedBy !== actor.login) throw conflict(`stack "${stackId}" is locked by ${facts.lockedBy}; only who holds the lock can replace its state`, { stack: stackId });
  if (facts.openRunId !== undefined) throw conflict(`run ${facts.openRunId} of stack "${stackId}" has not ended; let it end or discard it first`, { stack: stackId, run: facts.openRunId });
  const lock = liveLock(facts.workspace?.lock ?? null);
  if (lock !== undefined) throw conflict(`the state is locked by run ${lock.runId}`, { stack: stackId, run: lock.runId });
}
