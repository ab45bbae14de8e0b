import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { readStack } from '../../stacks/actions/read-stack.ts';
import type { Stack } from '../../stacks/stack.ts';
import { findRunWithStack } from '../run-with-stack-store.ts';
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
export async function loadRun(ports: Needs, actor: Actor, choice: RunChoice): Promise<{ readonly run: Run; readonly stack: Stack; readonly mayBeHeld: boolean }> {
  const { stackId } = choice;
  if (stackId === undefined && !choice.runId) throw conflict('name a run', { stackId });
  const { run, stack: found, mayBeHeld } = await findRunWithStack(ports.db.sql, { runId: choice.runId ?? undefined, stackId });
  const stack = found !== undefined && canRead(actor, found) ? found : undefined;
  if (stackId !== undefined && stack === undefined) throw notFound(`stack "${stackId}" not found`, { stackId });
  const runId = choice.runId ?? stack?.blockerRunId;
  if (!runId) throw conflict(`no run holds stack ${stackId ?? ''}: name the run`, { stackId });
  if (run === undefined || stack === undefined || run.stackId !== stack.id) throw notFound(`run ${runId} not found`, { runId });
  return { run, stack, mayBeHeld };
}
