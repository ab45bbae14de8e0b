import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import { faultText } from '../../policies/evaluation.ts';
import { taskInput } from '../../policies/inputs/task-input.ts';
import { ASKED_AND_WAITED_FOR_MS, DEFAULT_LIMITS } from '../../policies/limits.ts';
import type { Actor } from '../../shared/actor.ts';
import { forbidden } from '../../shared/errors.ts';
import { policyFacts } from '../../stacks/policy-facts-store.ts';
import { stackInput } from '../../stacks/policy-stack.ts';
import type { Stack } from '../../stacks/stack.ts';
import { sessionInput } from '../policy-run.ts';

/** Refuses a task that a policy of the stack denies, or that one could not be asked about, before there is a run. */
export async function requireTaskAllowed(ports: EvaluateNeeds, actor: Actor, stack: Stack, command: string): Promise<void> {
  const policies = (await policiesOfStack(ports.db.sql, stack, ['TASK'])).map(({ policy }) => policy);
  if (policies.length === 0) return;
  const facts = (await policyFacts(ports.db.sql, [stack])).get(stack.id);
  if (facts === undefined) throw new Error(`nothing is known of stack ${stack.id}`);
  const session = sessionInput(
    { admin: actor.isRootAdmin, creatorIp: actor.remoteIp, login: actor.login, name: actor.name, teams: actor.teams, machine: actor.machine }, ports.settings.accountName,
  );
  const input = taskInput({ command, remoteIp: actor.remoteIp, at: ports.clock.now(), session, stack: stackInput(stack, facts) });
  const { deadlineMs } = ports.settings.policyLimits ?? DEFAULT_LIMITS;
  const verdicts = await evaluatePolicies(ports, 'TASK', policies, input, { stackId: stack.id, repository: stack.repository, branch: stack.branch, spaceId: stack.spaceId }, { deadlineMs: Math.min(deadlineMs.TASK, ASKED_AND_WAITED_FOR_MS) });
  const denials = [...new Set(verdicts.flatMap((verdict) => verdict.decision?.deny ?? [faultText(verdict)]))];
  if (denials.length > 0) throw forbidden(`the task is denied by policy: ${denials.join('; ')}`, { stackId: stack.id, messages: denials });
}
