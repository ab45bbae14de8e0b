import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { readStack } from '../../stacks/actions/read-stack.ts';
import type { Stack } from '../../stacks/stack.ts';
import { findRun } from '../run-store.ts';
import type { Run } from '../run.ts';

type Needs = Pick<Ports, 'db'>;

/** A run by its id; without one, the run that holds the stack's slot. */
export interface RunChoice {
  readonly stackId?: string;
  readonly runId?: string | null;
}

/** The stack, or NOT_FOUND when there is none that the actor may see. */
export async function visibleStack(ports: Needs, actor: Actor, stackId: string): Promise<Stack> {
  const stack = await readStack(ports, actor, stackId);
  if (stack === undefined) throw notFound(`stack "${stackId}" not found`, { stackId });
  return stack;
}

/** The run with its stack. A run of another stack, or of one that the actor may not see, is as if missing. */
export async function loadRun(ports: Needs, actor: Actor, choice: RunChoice): Promise<{ readonly run: Run; readonly stack: Stack }> {
  const { stackId } = choice;
  let stack = stackId === undefined ? undefined : await visibleStack(ports, actor, stackId);
  const runId = choice.runId ?? stack?.blockerRunId;
  if (!runId) throw conflict(stack === undefined ? 'name a run' : `no run holds stack ${stack.id}: name the run`, { stackId });
  const run = await findRun(ports.db.sql, runId);
  if (run !== undefined) stack ??= await readStack(ports, actor, run.stackId);
  if (run === undefined || stack === undefined || run.stackId !== stack.id) throw notFound(`run ${runId} not found`, { runId });
  return { run, stack };
}
