import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';

/** Run states in which a run waits for a worker, and those in which one works on it. */
export const WAITING_FOR_WORKER = ['READY', 'CONFIRMED', 'REPLAN_REQUESTED'] as const;
export const HELD_BY_WORKER = [
  'PREPARING',
  'INITIALIZING',
  'PLANNING',
  'PREPARING_REPLAN',
  'PREPARING_APPLY',
  'APPLYING',
  'PERFORMING',
  'DESTROYING',
] as const;

export interface PoolNumbers {
  readonly workers: number;
  readonly busyWorkers: number;
  /** Runs that could start now. */
  readonly pendingRuns: number;
  /** Pending and in progress. */
  readonly schedulableRuns: number;
  /** Stacks that use the pool; for the shared pool those that name none. */
  readonly users: number;
}

export const NO_NUMBERS: PoolNumbers = { workers: 0, busyWorkers: 0, pendingRuns: 0, schedulableRuns: 0, users: 0 };

/** The counts of several pools in one statement. */
export async function poolNumbers(sql: Sql, poolIds: readonly string[]): Promise<ReadonlyMap<string, PoolNumbers>> {
  if (poolIds.length === 0) return new Map();
  const rows = await sql
    .selectFrom('worker_pools as p')
    .where('p.id', 'in', poolIds)
    .select((eb) => [
      'p.id',
      eb
        .selectFrom('workers as w')
        .whereRef('w.pool_id', '=', 'p.id')
        .select(raw<number>`cast(count(*) as integer)`.as('n'))
        .as('workers'),
      eb
        .selectFrom('workers as w')
        .leftJoin('assignments as a', 'a.worker_id', 'w.id')
        .whereRef('w.pool_id', '=', 'p.id')
        .where((e) => e.or([e('w.run_id', 'is not', null), e('a.id', 'is not', null)]))
        .select(raw<number>`cast(count(*) as integer)`.as('n'))
        .as('busy'),
      eb
        .selectFrom('runs as r')
        .whereRef('r.worker_pool_id', '=', 'p.id')
        .where('r.finished_at', 'is', null)
        .where('r.state', 'in', WAITING_FOR_WORKER)
        .select(raw<number>`cast(count(*) as integer)`.as('n'))
        .as('pending'),
      eb
        .selectFrom('runs as r')
        .whereRef('r.worker_pool_id', '=', 'p.id')
        .where('r.finished_at', 'is', null)
        .where('r.state', 'in', HELD_BY_WORKER)
        .select(raw<number>`cast(count(*) as integer)`.as('n'))
        .as('held'),
      eb
        .selectFrom('stacks as s')
        .where((e) => e.or([e('s.worker_pool_id', '=', e.ref('p.id')), e.and([e('s.worker_pool_id', 'is', null), e('p.is_shared', '=', true)])]))
        .select(raw<number>`cast(count(*) as integer)`.as('n'))
        .as('users'),
    ])
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        workers: row.workers ?? 0,
        busyWorkers: row.busy ?? 0,
        pendingRuns: row.pending ?? 0,
        schedulableRuns: (row.pending ?? 0) + (row.held ?? 0),
        users: row.users ?? 0,
      },
    ]),
  );
}
