import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { partsOf, rowOf, rowsOf } from '../shared/parts-store.ts';
import { toStack } from '../stacks/stack-store.ts';
import type { Stack } from '../stacks/stack.ts';
import { outsideByRun, outsideWaits, type OutsideRow } from './external-dependency-store.ts';
import type { QueuedRun } from './run-queue.ts';
import { toRun, type RunRow } from './run-rows-store.ts';
import type { RunState, RunType } from './run-states.ts';
import type { Run } from './run.ts';

/** A run in the queue: little of it, so that hundreds can be weighed at once. */
export interface WeighedRun extends QueuedRun {
  readonly stateVersion: number;
  readonly waitingReason: string | null;
}

/** The queue of one stack with what decides about it. */
export interface StackQueue {
  readonly stack: Stack;
  /** QUEUED or READY, oldest first. */
  readonly runs: readonly WeighedRun[];
  /** The oldest QUEUED ones whole: one of them is likely the next. */
  readonly next: ReadonlyMap<string, Run>;
  /** The pool of stacks that name none. */
  readonly sharedPoolId: string | null;
  /** Some policy could hold runs back before they begin, or did so. */
  readonly mayBeHeld: boolean;
}

const MAX_QUEUED = 1000;
const WHOLE = 3;

/** Everything that scheduling a stack asks first, in one statement; undefined when nothing is queued. */
export async function readStackQueue(sql: Sql, stackId: string): Promise<StackQueue | undefined> {
  const answer = await sql
    .with('queue', (q) =>
      q
        .selectFrom('runs')
        .select(['id', 'type', 'state', 'state_version', 'worker_pool_id', 'waiting_reason'])
        .where('stack_id', '=', stackId)
        .where('finished_at', 'is', null)
        .where('state', 'in', ['QUEUED', 'READY'])
        .orderBy('id')
        .limit(MAX_QUEUED),
    )
    .selectFrom(
      partsOf({
        queued: raw`(select * from queue)`,
        next: raw`(select * from runs where id in (select queue.id from queue where queue.state = 'QUEUED' order by queue.id limit ${raw.lit(WHOLE)}))`,
        stack: raw`(select * from stacks where id = ${stackId} and exists (select 1 from queue))`,
        pool: raw`(select id from worker_pools where deleted_at is null and is_shared and exists (select 1 from queue where queue.worker_pool_id is null) order by id limit 1)`,
        outside: outsideWaits(),
        holds: raw`(
          select id from policies where type in ('APPROVAL', 'INITIALIZATION') union all
          select run_id as id from run_policy_checks where run_id in (select queue.id from queue) limit 1)`,
      }),
    )
    .selectAll()
    .execute();
  const stack = rowOf<Selectable<Tables['stacks']>>(answer, 'stack');
  if (stack === undefined) return undefined;
  const outside = outsideByRun(rowsOf<OutsideRow>(answer, 'outside'));
  return {
    stack: toStack(stack),
    runs: rowsOf<QueueRow>(answer, 'queued').map((row) => ({ ...toWeighed(row), outside: outside.get(row.id) })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    next: new Map(rowsOf<RunRow>(answer, 'next').map((row) => [row.id, toRun(row)])),
    sharedPoolId: rowOf<{ readonly id: string }>(answer, 'pool')?.id ?? null,
    mayBeHeld: rowOf(answer, 'holds') !== undefined,
  };
}

type QueueRow = Pick<RunRow, 'id' | 'type' | 'state' | 'state_version' | 'worker_pool_id' | 'waiting_reason'>;

const toWeighed = (row: QueueRow): WeighedRun => ({
  id: row.id,
  type: row.type as RunType,
  state: row.state as RunState,
  stateVersion: row.state_version,
  workerPoolId: row.worker_pool_id,
  waitingReason: row.waiting_reason,
});
