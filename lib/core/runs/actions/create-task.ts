import type { EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { commandOf, titleOfTask } from '../run-input.ts';
import type { Run } from '../run.ts';
import { requireTaskAllowed } from './ask-task-policies.ts';
import { createNewRun, type CreateNeeds } from './create-run.ts';
import { visibleStack } from './load-run.ts';

export interface CreateTask {
  readonly stackId: string;
  readonly command: string;
  readonly skipInitialization?: boolean | null;
  readonly userMetadata?: string | null;
}

/** Runs one shell command in the stack's environment, at its tracked commit, unless its task policies deny it. */
export async function createTask(ports: CreateNeeds & EvaluateNeeds, actor: Actor, input: CreateTask): Promise<Run> {
  const stack = await visibleStack(ports, actor, input.stackId);
  requireAction(actor, 'task:create', stack);

  const command = commandOf(input.command);
  await requireTaskAllowed(ports, actor, stack, command);
  return createNewRun(ports, actor, stack, { type: 'TASK', title: titleOfTask(command), command, skipInitialization: input.skipInitialization ?? false, userMetadata: input.userMetadata });
}
