import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { messageRow } from '../../shared/message-store.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { applyFlags } from '../../policies/flag-store.ts';
import { decideAfterPlan } from '../../runs/plan-decision.ts';
import { NO_POLICIES } from '../../runs/plan-verdicts.ts';
import { isReviewable } from '../../runs/run-discussion.ts';
import { runCheckDue } from '../../runs/run-messages.ts';
import { advance } from '../../runs/run-states.ts';
import { findRun, getRun, saveStep } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { getStack } from '../../stacks/stack-store.ts';
import type { Stack } from '../../stacks/stack.ts';
import { askPlanPolicies, type AskNeeds, type PlanAnswer, type PlanEvidence } from './ask-plan-policies.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'ids' | 'wakeups' | 'telemetry'>;

/** Decides how a planned run goes on, unless that was done when the plan came in. */
export async function decidePlan(ports: Needs & AskNeeds, input: PlanEvidence & { readonly runId: string; readonly lease: number }): Promise<void> {
  const run = await findRun(ports.db.sql, input.runId);
  if (run === undefined || run.lease !== input.lease || run.state !== 'PLANNING' || run.decision !== null || run.hasChanges === null) return;
  const stack = await getStack(ports.db.sql, run.stackId);
  await decide(ports, run, stack, await askPlanPolicies(ports, run, stack, input));
}

/** Makes the step after planning with the decision for the worker, and tells the worker. When the run moved on by itself, that stands. */
export async function decide(ports: Needs, run: Run, stack: Stack, { verdicts, wishes }: PlanAnswer = { verdicts: NO_POLICIES, wishes: [] }): Promise<Run> {
  const by = systemActor('planning');
  const { decision, event, note } = decideAfterPlan({ run, stack, delta: run.delta, hasChanges: run.hasChanges ?? false, policies: verdicts });
  let decided: Run;
  try {
    const stepped = advance(run, event, ports.clock.now());
    const announce = verdicts.hasApprovals && isReviewable(stepped.state) ? [messageRow(ports, runCheckDue, { runId: run.id, stateVersion: stepped.stateVersion, cause: stepped.state })] : [];
    const save = (sql: Sql, flags: readonly string[]) => saveStep(ports, sql, run, { ...stepped, decision, decisionNote: note, flags }, { by, note, announce });
    const hasWishes = wishes.some(({ flag, reset }) => flag.length + reset.length > 0);
    decided = hasWishes ? await ports.db.transaction(async (tx) => save(tx.sql, await applyFlags(tx.sql, run, wishes))) : await save(ports.db.sql, run.flags);
  } catch (error) {
    if (!isAppError(error, 'CONFLICT')) throw error;
    return getRun(ports.db.sql, run.id);
  }
  tellStep(ports, run, decided, by);
  if (run.workerPoolId !== null && run.workerId !== null) {
    const message = { v: 1, type: 'run.continue', id: ports.ids.ulid(), ts: ports.clock.now().toISOString(), runId: run.id, lease: run.lease, decision } as const;
    await ports.broker.publish({ poolId: run.workerPoolId, workerId: run.workerId }, message);
  }
  return decided;
}
