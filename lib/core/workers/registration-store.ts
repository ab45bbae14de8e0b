import type { Selectable } from 'kysely';
import type { RegisterRequest } from '../../protocol/worker-api.ts';
import type { Sql, Tx } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import { toPool } from './pool-store.ts';
import { toWorker } from './worker-store.ts';
import type { Worker, WorkerPool } from './worker.ts';

/** Uses up the id of an assertion; false when it was used before. */
export async function spendNonce(tx: Tx, jti: string, expiresAt: Date): Promise<boolean> {
  const row = await tx.sql
    .insertInto('worker_nonces')
    .values({ jti, expires_at: expiresAt })
    .onConflict((clash) => clash.column('jti').doNothing())
    .returning('jti')
    .executeTakeFirst();
  return row !== undefined;
}

export async function forgetExpired(sql: Sql, now: Date): Promise<void> {
  await sql
    .with('nonces', (q) => q.deleteFrom('worker_nonces').where('expires_at', '<=', now))
    .deleteFrom('idempotency_keys')
    .where('expires_at', '<=', now)
    .execute();
}

/** Adds the worker, or repeats its registration when it is the same process; undefined when the id is another's. */
export async function upsertWorker(tx: Tx, pool: WorkerPool, request: RegisterRequest, now: Date): Promise<Worker | undefined> {
  const facts = {
    certificate_id: pool.certificateId,
    metadata: json(request.metadata),
    launcher_version: request.launcherVersion,
    os: request.os,
    arch: request.arch,
    execution: request.execution,
    sensitive_outputs: request.sensitiveOutputs,
    tools: json(request.tools),
    last_seen_at: now,
    will_at: null,
  };
  const row = await tx.sql
    .insertInto('workers')
    .values({ id: request.workerId, pool_id: pool.id, boot_id: request.bootId, ...facts, available_at: now, created_at: now })
    .onConflict((clash) => clash.column('id').doUpdateSet(facts).where('workers.boot_id', '=', request.bootId).where('workers.pool_id', '=', pool.id))
    .returningAll()
    .executeTakeFirst();
  return row && toWorker(row, false);
}

const POOL_COLUMNS = [
  'p.id as p_id',
  'p.name as p_name',
  'p.description as p_description',
  'p.labels as p_labels',
  'p.space_id as p_space_id',
  'p.is_shared as p_is_shared',
  'p.drift_run_limit as p_drift_run_limit',
  'p.certificate as p_certificate',
  'p.certificate_id as p_certificate_id',
  'p.spki_sha256 as p_spki_sha256',
  'p.public_key as p_public_key',
  'p.certificate_issued_at as p_certificate_issued_at',
  'p.created_at as p_created_at',
  'p.updated_at as p_updated_at',
  'p.deleted_at as p_deleted_at',
] as const;

export interface SessionSubject {
  readonly pool: WorkerPool;
  readonly poolDeleted: boolean;
  readonly worker: Worker | undefined;
}

/** Pool and worker of a session in one statement: each call of a worker asks this first. */
export async function findSessionSubject(sql: Sql, poolId: string, workerId: string): Promise<SessionSubject | undefined> {
  const row = await sql
    .selectFrom('worker_pools as p')
    .leftJoin('workers as w', (join) => join.onRef('w.pool_id', '=', 'p.id').on('w.id', '=', workerId))
    .leftJoin('assignments as a', 'a.worker_id', 'w.id')
    .where('p.id', '=', poolId)
    .selectAll('w')
    .select(POOL_COLUMNS)
    .select('a.id as assignment_id')
    .executeTakeFirst();
  if (!row) return undefined;
  const pool = toPool({
    id: row.p_id,
    name: row.p_name,
    description: row.p_description,
    labels: row.p_labels,
    space_id: row.p_space_id,
    is_shared: row.p_is_shared,
    drift_run_limit: row.p_drift_run_limit,
    certificate: row.p_certificate,
    certificate_id: row.p_certificate_id,
    spki_sha256: row.p_spki_sha256,
    public_key: row.p_public_key,
    certificate_issued_at: row.p_certificate_issued_at,
    created_at: row.p_created_at,
    updated_at: row.p_updated_at,
    deleted_at: row.p_deleted_at,
  });
  const worker = row.id === null ? undefined : toWorker(row as Selectable<Tables['workers']>, row.assignment_id !== null);
  return { pool, poolDeleted: row.p_deleted_at !== null, worker };
}
