import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { claimableQuery } from '../runs/pool-queue-store.ts';
import { toRun, type RunRow } from '../runs/run-rows-store.ts';
import type { Run } from '../runs/run.ts';
import { partsOf, rowsOf } from '../shared/parts-store.ts';
import { idleQuery, toWorker } from '../workers/worker-store.ts';
import type { Worker } from '../workers/worker.ts';
import { heldBackQuery } from './handover-sweep-store.ts';

export interface WaitingPool {
  /** Runs that wait for a worker, in the order in which they are to get one. */
  readonly runs: readonly Run[];
  /** Stacks with runs among them that may no longer start. */
  readonly heldBack: readonly string[];
  /** In the order in which they are to be given runs. */
  readonly workers: readonly Worker[];
}

type Ranked = RunRow & { readonly rank: number; readonly class: number };
type Idle = Selectable<Tables['workers']> & { readonly assignment_id: string | null };

/** What assigning the runs of a pool asks first, in one statement. */
export async function readWaitingPool(sql: Sql, poolId: string, now: Date): Promise<WaitingPool> {
  const claimable = claimableQuery(sql, poolId, { unassignedAt: now }).select(['queue.rank', 'queue.class']);
  const answer = await sql
    .selectFrom(partsOf({ run: claimable, heldBack: heldBackQuery(sql, poolId), worker: idleQuery(sql, poolId, now) }))
    .selectAll()
    .execute();
  const inOrder = (a: Ranked, b: Ranked) => a.rank - b.rank || a.class - b.class || a.created_at.getTime() - b.created_at.getTime() || (a.id < b.id ? -1 : 1);
  const newestFirst = (a: Idle, b: Idle) => (b.available_at?.getTime() ?? Infinity) - (a.available_at?.getTime() ?? Infinity) || (a.id < b.id ? 1 : -1);
  return {
    runs: [...rowsOf<Ranked>(answer, 'run')].sort(inOrder).map(toRun),
    heldBack: rowsOf<{ readonly stack_id: string }>(answer, 'heldBack').map((row) => row.stack_id),
    workers: [...rowsOf<Idle>(answer, 'worker')].sort(newestFirst).map((row) => toWorker(row, row.assignment_id !== null)),
  };
}
