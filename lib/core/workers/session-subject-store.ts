import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { partsOf, rowOf, type PartRow, type Parts } from '../shared/parts-store.ts';
import { toPool } from './pool-store.ts';
import type { SessionFacts } from './worker-session.ts';
import { toWorker } from './worker-store.ts';
import type { Worker, WorkerPool } from './worker.ts';

/** A call counts as a sign of life; noted at most this often, so that a busy worker does not write with each call. */
const SEEN_MS = 5_000;

export interface SessionSubject {
  readonly pool: WorkerPool;
  readonly poolDeleted: boolean;
  readonly worker: Worker | undefined;
}

/** The parts of a statement that say whom a session names; the worker as it was before the statement. */
export const subjectParts = (sql: Sql, { poolId, workerId }: SessionFacts): Parts => ({
  pool: sql.selectFrom('worker_pools').selectAll().where('id', '=', poolId),
  worker: sql.selectFrom('workers as w').leftJoin('assignments as a', 'a.worker_id', 'w.id').selectAll('w').select('a.id as assignment_id').where('w.id', '=', workerId).where('w.pool_id', '=', poolId),
});

export function subjectOf(answer: readonly PartRow[]): SessionSubject | undefined {
  const pool = rowOf<Selectable<Tables['worker_pools']>>(answer, 'pool');
  if (pool === undefined) return undefined;
  const worker = rowOf<Selectable<Tables['workers']> & { readonly assignment_id: string | null }>(answer, 'worker');
  return { pool: toPool(pool), poolDeleted: pool.deleted_at !== null, worker: worker && toWorker(worker, worker.assignment_id !== null) };
}

/** Whether the session's pool is there and has the certificate with which the worker registered. */
export const sessionHolds = ({ poolId, certificateId }: SessionFacts) =>
  raw<boolean>`exists (select 1 from worker_pools as own where own.id = ${poolId} and own.deleted_at is null and own.certificate_id = ${certificateId})`;

export const seenBefore = (now: Date): Date => new Date(now.getTime() - SEEN_MS);

/**
 * Pool and worker of a session in one statement, which each call of a worker asks first; with what else the call needs, by parts of its own.
 * That the worker was heard of is noted in passing.
 */
export async function findSessionSubject(sql: Sql, session: SessionFacts, now: Date, also: Parts = {}): Promise<readonly PartRow[]> {
  return sql
    .with('seen', (q) =>
      q
        .updateTable('workers')
        .set({ last_seen_at: now, will_at: null })
        .where('id', '=', session.workerId)
        .where('pool_id', '=', session.poolId)
        .where('last_seen_at', '<=', now)
        .where((eb) => eb.or([eb('will_at', 'is not', null), eb('last_seen_at', '<=', seenBefore(now))]))
        .where(sessionHolds(session))
        .returning('id'),
    )
    .selectFrom(partsOf({ ...subjectParts(sql, session), ...also }))
    .selectAll()
    .execute();
}
