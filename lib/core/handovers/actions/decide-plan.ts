import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { decideAfterPlan } from '../../runs/plan-decision.ts';
import { advance } from '../../runs/run-states.ts';
import { findRun, getRun, saveStep } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { getStack } from '../../stacks/stack-store.ts';
import type { Stack } from '../../stacks/stack.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'ids' | 'wakeups' | 'telemetry'>;

/** Decides how a planned run goes on, unless that was done when the plan came in. */
export async function decidePlan(ports: Needs, input: { readonly runId: string; readonly lease: number }): Promise<void> {
  const run = await findRun(ports.db.sql, input.runId);
  if (run === undefined || run.lease !== input.lease || run.state !== 'PLANNING' || run.decision !== null || run.hasChanges === null) return;
  await decide(ports, run, await getStack(ports.db.sql, run.stackId));
}

/** Makes the step after planning with the decision for the worker, and tells the worker. When the run moved on by itself, that stands. */
export async function decide(ports: Needs, run: Run, stack: Stack): Promise<Run> {
  const by = systemActor('planning');
  const { decision, event, note } = decideAfterPlan({ run, stack, delta: run.delta, hasChanges: run.hasChanges ?? false });
  let decided: Run;
  try {
    decided = await saveStep(ports, ports.db.sql, run, { ...advance(run, event, ports.clock.now()), decision, decisionNote: note }, { by, note });
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
