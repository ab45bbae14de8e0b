import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { readStack } from '../../stacks/actions/read-stack.ts';
import { findRun } from '../run-store.ts';
import type { Run } from '../run.ts';

/** The run, if the actor may see its stack. */
export async function readRun(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<Run | undefined> {
  const run = await findRun(ports.db.sql, id);
  if (run === undefined) return undefined;
  return (await readStack(ports, actor, run.stackId)) === undefined ? undefined : run;
}
