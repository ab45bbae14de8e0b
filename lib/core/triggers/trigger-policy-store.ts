import type { Sql } from '../ports/database.ts';
import type { RunState, RunType } from '../runs/run-states.ts';
import { toStack } from '../stacks/stack-store.ts';
import type { Stack } from '../stacks/stack.ts';

/** Whether the run has just ended, is of a type that holds a stack's slot, and any trigger policy could care. */
export async function isEndToFollow(sql: Sql, run: { readonly runId: string; readonly stateVersion: number }): Promise<boolean> {
  const row = await sql
    .selectFrom('runs')
    .select('id')
    .where('id', '=', run.runId)
    .where('state_version', '=', run.stateVersion)
    .where('finished_at', 'is not', null)
    .where('type', 'in', ['TRACKED', 'TASK', 'DESTROY'])
    .where((e) => e.exists(e.selectFrom('policies').select('policies.id').where('policies.type', '=', 'TRIGGER')))
    .executeTakeFirst();
  return row !== undefined;
}

/** Stacks of some spaces, by id. */
export async function stacksIn(sql: Sql, spaceIds: readonly string[], limit = 2000): Promise<readonly Stack[]> {
  if (spaceIds.length === 0) return [];
  return (await sql.selectFrom('stacks').selectAll().where('space_id', 'in', spaceIds).where('deleting', '=', false).orderBy('id').limit(limit).execute()).map(toStack);
}

/** How many runs of each stack are in the queue; stacks without any are absent. */
export async function queuedCounts(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql
    .selectFrom('runs')
    .select((e) => ['stack_id', e.cast<number>(e.fn.countAll(), 'integer').as('n')])
    .where('state', '=', 'QUEUED')
    .where('finished_at', 'is', null)
    .groupBy('stack_id')
    .execute();
  return new Map(rows.map((row) => [row.stack_id, row.n]));
}

export interface WorkflowRun {
  readonly id: string;
  readonly stackId: string;
  readonly state: RunState;
  readonly type: RunType;
}

/** The first run of a workflow and all that followed from it, oldest first. */
export async function workflowRuns(sql: Sql, workflowId: string, limit: number): Promise<readonly WorkflowRun[]> {
  const rows = await sql.selectFrom('runs').select(['id', 'stack_id', 'state', 'type']).where('workflow_id', '=', workflowId).orderBy('id').limit(limit).execute();
  return rows.map((row) => ({ id: row.id, stackId: row.stack_id, state: row.state as RunState, type: row.type as RunType }));
}

/** Runs of a stack that policies may take back: no worker has begun them, or they wait for a person. */
export async function runsInProgress(sql: Sql, stackId: string): Promise<readonly string[]> {
  const rows = await sql.selectFrom('runs').select('id').where('stack_id', '=', stackId).where('finished_at', 'is', null).where('state', 'in', ['QUEUED', 'READY', 'UNCONFIRMED']).orderBy('id').limit(200).execute();
  return rows.map((row) => row.id);
}
