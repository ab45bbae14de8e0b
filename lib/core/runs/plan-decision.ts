import type { Decision, Delta } from '../../protocol/worker-api.ts';
import { NO_POLICIES, noteOfMessages, type PlanVerdicts } from './plan-verdicts.ts';
import type { RunEvent } from './run-states.ts';
import type { Run } from './run.ts';

export const AUTODEPLOY_OFF = 'Autodeploy is off';

export interface PlanOutcome {
  readonly run: Pick<Run, 'type' | 'forceApply' | 'stopRequestedAt' | 'stopNote'>;
  readonly stack: { readonly autodeploy: boolean; readonly lockedBy: string | null };
  readonly delta: Delta | null;
  readonly hasChanges: boolean;
  /** Planning was skipped by a variable: nothing is known, so it is never a no-op. */
  readonly skipped?: boolean;
  readonly policies?: PlanVerdicts;
}

export interface PlanDecision {
  readonly decision: Decision;
  readonly event: RunEvent;
  readonly note: string | null;
}

/** Imports, moves and forgets count as changes too (runs.md §7.2). */
export function isNoOp(outcome: Pick<PlanOutcome, 'delta' | 'hasChanges' | 'skipped'>): boolean {
  const { delta } = outcome;
  const counted = delta === null ? 0 : delta.addCount + delta.changeCount + delta.deleteCount + delta.importCount + delta.moveCount + delta.forgetCount;
  return outcome.skipped !== true && !outcome.hasChanges && counted === 0;
}

/** What follows a plan that succeeded (runs.md §7): the step of the run, and what its worker is told. */
export function decideAfterPlan(outcome: PlanOutcome): PlanDecision {
  const { run, stack, policies = NO_POLICIES } = outcome;
  if (run.stopRequestedAt !== null) return { decision: 'discard', event: 'stop', note: run.stopNote };
  if (policies.deny.length > 0) return { decision: 'fail', event: 'fail', note: noteOfMessages('denied by policy', policies.deny) };
  const warned = policies.warn.length > 0 ? noteOfMessages('warned by policy', policies.warn) : null;
  // The plan is done: its worker ends, while the run waits for reviews.
  if (run.type === 'PROPOSED' && warned !== null && policies.hasApprovals) return { decision: 'finish', event: 'review', note: warned };
  if (run.type !== 'TRACKED') return { decision: 'finish', event: 'finish', note: warned };

  const forced = run.forceApply !== null;
  if (!forced && isNoOp(outcome)) return { decision: 'finish', event: 'finish', note: 'No changes' };
  if (warned !== null) return { decision: 'release', event: 'park', note: warned };
  if (!stack.autodeploy && !forced) return { decision: 'release', event: 'park', note: AUTODEPLOY_OFF };
  if (stack.lockedBy !== null) return { decision: 'release', event: 'park', note: `${AUTODEPLOY_OFF}: the stack is locked by ${stack.lockedBy}` };
  return { decision: 'apply', event: 'apply', note: null };
}
