import type { Expression, Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { partsOf, rowOf } from '../shared/parts-store.ts';
import { toStack } from '../stacks/stack-store.ts';
import type { Stack } from '../stacks/stack.ts';
import { toRun, type RunRow } from './run-rows-store.ts';
import { selectRun } from './run-store.ts';
import type { Run } from './run.ts';

export interface RunWithStack {
  readonly run: Run | undefined;
  readonly stack: Stack | undefined;
  /** There are approval policies somewhere, or policies were asked about the run: only then can they hold it. */
  readonly mayBeHeld: boolean;
}

/**
 * A run and a stack in one statement. Without the stack's id it is the run's; without the run's id it is the one that holds the stack's slot.
 * Whether they belong together is the caller's question.
 */
export async function findRunWithStack(sql: Sql, choice: { readonly runId: string | undefined; readonly stackId: string | undefined }): Promise<RunWithStack> {
  const { runId, stackId } = choice;
  const stacks = sql.selectFrom('stacks').selectAll();
  const run: Expression<unknown> =
    runId === undefined ? sql.selectFrom('runs').selectAll().where('id', 'in', (q) => q.selectFrom('stacks').select('blocker_run_id').where('id', '=', stackId ?? '')) : selectRun(sql, runId);
  const stack = stackId === undefined ? stacks.where('id', 'in', (q) => q.selectFrom('runs').select('stack_id').where('id', '=', runId ?? '')) : stacks.where('id', '=', stackId);
  const holds = sql
    .selectFrom('policies')
    .select('id')
    .where('type', '=', 'APPROVAL')
    .unionAll(sql.selectFrom('run_policy_checks').select('run_id as id').where('run_id', '=', runId ?? ''))
    .limit(1);
  const answer = await sql.selectFrom(partsOf({ run, stack, holds })).selectAll().execute();
  const [runRow, stackRow] = [rowOf<RunRow>(answer, 'run'), rowOf<Selectable<Tables['stacks']>>(answer, 'stack')];
  return { run: runRow && toRun(runRow), stack: stackRow && toStack(stackRow), mayBeHeld: runId === undefined || rowOf(answer, 'holds') !== undefined };
}
