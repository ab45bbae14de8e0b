import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import type { Verdict } from '../../policies/evaluation.ts';
import { applyFlags } from '../../policies/flag-store.ts';
import { triggerInput } from '../../policies/inputs/trigger-input.ts';
import { createRun, type CreateNeeds } from '../../runs/actions/create-run.ts';
import { describeRun, type DescribeNeeds } from '../../runs/actions/describe-run.ts';
import { statesHistory } from '../../runs/policy-run.ts';
import { findRun, historyOf, patchRun } from '../../runs/run-store.ts';
import { isTerminal } from '../../runs/run-states.ts';
import type { Run } from '../../runs/run.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { raiseInternalError } from '../../shared/internal-error-store.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn, type Space } from '../../spaces/space.ts';
import { policyFacts } from '../../stacks/policy-facts-store.ts';
import { stackInput } from '../../stacks/policy-stack.ts';
import { findStack } from '../../stacks/stack-store.ts';
import type { Stack } from '../../stacks/stack.ts';
import { followersDue } from '../trigger-messages.ts';
import { isEndToFollow, queuedCounts, stacksIn, workflowRuns, type WorkflowRun } from '../trigger-policy-store.ts';

type Needs = CreateNeeds & EvaluateNeeds & DescribeNeeds;

const BY = systemActor('triggers');
/** Stacks that trigger each other in a circle end here. */
export const MAX_WORKFLOW_RUNS = 500;

/** After a step of any run: one that has ended and may have followers is looked at by itself. */
export async function noticeEnd(ports: Pick<Needs, 'db' | 'queue'>, step: { readonly runId: string; readonly stateVersion: number }): Promise<void> {
  if (!(await isEndToFollow(ports.db.sql, step))) return;
  await ports.queue.enqueue(ports.db.sql, followersDue, { runId: step.runId });
  ports.queue.flush();
}

/** Starts what trigger policies say follows from a run that has ended: one tracked run for each stack, in the same workflow. Told twice, it starts nothing more. */
export async function triggerFollowers(ports: Needs, input: { readonly runId: string }): Promise<void> {
  const { sql } = ports.db;
  const run = await findRun(sql, input.runId);
  const stack = run && (await findStack(sql, run.stackId));
  if (run === undefined || stack === undefined || !isTerminal(run.state)) return;
  const policies = (await policiesOfStack(sql, stack, ['TRIGGER'])).map(({ policy }) => policy);
  if (policies.length === 0) return;
  const spaces = await listSpaces(sql);
  const workflow = await workflowRuns(sql, run.workflowId, MAX_WORKFLOW_RUNS);
  const ask = await asker(ports, run, stack, spaces, workflow);
  const verdicts: Verdict<'TRIGGER'>[] = [];
  // Policies of one space see the same stacks.
  for (const [spaceId, group] of Map.groupBy(policies, (policy) => policy.spaceId)) verdicts.push(...(await ask(spaceId, group)));
  await start(ports, run, stack, spaces, workflow, verdicts);
}

async function asker(ports: Needs, run: Run, stack: Stack, spaces: readonly Space[], workflow: readonly WorkflowRun[]) {
  const described = await describeRun(ports, run, stack);
  const history = statesHistory(await historyOf(ports.db.sql, run.id));
  const counts = await queuedCounts(ports.db.sql);
  const subject = { runId: run.id, stateVersion: run.stateVersion, stackId: stack.id, repository: stack.repository, branch: run.branch, spaceId: stack.spaceId };
  return async (spaceId: string, policies: readonly Verdict<'TRIGGER'>['policy'][]) => {
    const reachable = await stacksIn(ports.db.sql, spaces.filter((space) => isUsableIn(spaces, spaceId, space.id)).map(({ id }) => id));
    const facts = await policyFacts(ports.db.sql, reachable);
    const stacks = reachable.flatMap((one) => {
      const known = facts.get(one.id);
      return known === undefined ? [] : [{ ...stackInput(one, known), queued_runs: counts.get(one.id) ?? 0 }];
    });
    const text = triggerInput({ run: described.run, history, stack: described.stack, stacks, workflow: workflow.map(({ id, stackId, state, type }) => ({ id, stack_id: stackId, state, type })) });
    return evaluatePolicies(ports, 'TRIGGER', policies, text, subject);
  };
}

async function start(ports: Needs, run: Run, stack: Stack, spaces: readonly Space[], workflow: readonly WorkflowRun[], verdicts: readonly Verdict<'TRIGGER'>[]): Promise<void> {
  const begun = new Set<string>();
  for (const { policy, decision } of verdicts) {
    for (const id of new Set(decision?.trigger ?? [])) {
      if (begun.has(id)) continue;
      const target = await findStack(ports.db.sql, id);
      if (target === undefined || !isUsableIn(spaces, policy.spaceId, target.spaceId)) {
        await complain(ports, stack, 'Invalid Stack Slug Triggered', "policy triggered for Stack that doesn't exist", `policy "${policy.name}" triggered the stack "${id}", which does not exist or is out of its reach`);
        continue;
      }
      begun.add(id);
      if (workflow.length + begun.size > MAX_WORKFLOW_RUNS) {
        await complain(ports, stack, 'Workflow Too Long', 'workflow too long', `policy "${policy.name}" triggered the stack "${id}", but its workflow has ${MAX_WORKFLOW_RUNS} runs already`);
        continue;
      }
      await startOne(ports, run, stack, target, policy.id, verdicts);
    }
  }
}

async function startOne(ports: Needs, run: Run, stack: Stack, target: Stack, policyId: string, verdicts: readonly Verdict<'TRIGGER'>[]): Promise<void> {
  const at = ports.clock.now().toISOString();
  const cause = { at, kind: 'policy', text: `run ${run.id} of ${stack.id} ended ${run.state}, and trigger policy "${policyId}" says that ${target.id} follows`, subject: policyId };
  try {
    const created = await createRun(ports, BY, target, { type: 'TRACKED', triggeredBy: policyId, workflowId: run.workflowId, causes: [cause], dedupKey: `TRIGGER:${run.id}` });
    if (created === undefined) return;
    // Flags go on the runs that the policies made.
    const wishes = verdicts.filter(({ decision }) => decision?.trigger.includes(target.id) === true).map(({ policy, decision }) => ({ policyUlid: policy.ulid, flag: decision?.flag ?? [], reset: decision?.reset_flag ?? [] }));
    await ports.db.transaction(async (tx) => void (await patchRun(tx.sql, created, { flags: await applyFlags(tx.sql, created, wishes) })));
  } catch (error) {
    if (!isAppError(error)) throw error;
    await complain(ports, stack, 'Triggered Run Refused', 'triggered run could not be created', `policy "${policyId}" triggered the stack "${target.id}", which takes no run: ${error.message}`);
  }
}

const complain = (ports: Needs, stack: Stack, title: string, error: string, message: string): Promise<void> =>
  raiseInternalError(ports.db.sql, ports, { title, error, message, severity: 'ERROR', spaceId: stack.spaceId, stackId: stack.id });
