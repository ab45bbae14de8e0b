import type { Ports } from '../../lib/core/ports/ports.ts';
import { isTerminal, type RunState } from '../../lib/core/runs/run-states.ts';
import type { Run } from '../../lib/core/runs/run.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';
import { runColumns } from '../../lib/core/runs/run-rows-store.ts';
import { runWith } from './run-builders.ts';

type App = { readonly ports: Pick<Ports, 'db' | 'clock' | 'ids'> };

/** A run that went through states at the times given, in the database. */
export async function aRunThrough(
  app: App, stack: Pick<Stack, 'id' | 'spaceId' | 'workerPoolId' | 'branch'>, steps: readonly (readonly [RunState, string])[], changes: Partial<Run> = {},
): Promise<Run> {
  const at = (index: number) => new Date(steps.at(index)?.[1] ?? Number.NaN);
  const state = steps.at(-1)?.[0] ?? 'QUEUED';
  const run = runWith(app, stack, {
    state, stateVersion: steps.length - 1, createdAt: at(0), updatedAt: at(-1), finishedAt: isTerminal(state) ? at(-1) : null, ...changes,
  });
  const { sql } = app.ports.db;
  await sql.insertInto('runs').values(runColumns(run)).execute();
  await sql
    .insertInto('run_history')
    .values(steps.map(([each, time], index) => ({ run_id: run.id, state_version: index, state: each, at: new Date(time), terminal: isTerminal(each) })))
    .execute();
  return run;
}
