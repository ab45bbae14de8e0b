import type { Insertable, Selectable } from 'kysely';
import type { PoolCertificate } from '../ports/certificates.ts';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import type { WorkerPool } from './worker.ts';

const MAX_POOLS = 1000;

export function toPool(row: Selectable<Tables['worker_pools']>): WorkerPool {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    labels: row.labels as readonly string[],
    spaceId: row.space_id,
    isShared: row.is_shared,
    driftRunLimit: row.drift_run_limit,
    certificate: row.certificate,
    certificateId: row.certificate_id,
    spkiSha256: row.spki_sha256,
    publicKey: row.public_key,
    certificateIssuedAt: row.certificate_issued_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toRow(pool: WorkerPool): Insertable<Tables['worker_pools']> {
  return {
    id: pool.id,
    name: pool.name,
    description: pool.description,
    labels: json(pool.labels),
    space_id: pool.spaceId,
    is_shared: pool.isShared,
    drift_run_limit: pool.driftRunLimit,
    certificate: pool.certificate,
    certificate_id: pool.certificateId,
    spki_sha256: pool.spkiSha256,
    public_key: pool.publicKey,
    certificate_issued_at: pool.certificateIssuedAt,
    created_at: pool.createdAt,
    updated_at: pool.updatedAt,
  };
}

export async function findPool(sql: Sql, id: string): Promise<WorkerPool | undefined> {
  const row = await sql.selectFrom('worker_pools').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst();
  return row && toPool(row);
}

/** Several pools in one statement, in no order; deleted ones are absent. */
export async function findPools(sql: Sql, ids: readonly string[]): Promise<readonly WorkerPool[]> {
  if (ids.length === 0) return [];
  return (await sql.selectFrom('worker_pools').selectAll().where('id', 'in', ids).where('deleted_at', 'is', null).execute()).map(toPool);
}

/** Also a deleted pool, so that its workers can be told why they are turned away. */
export async function findPoolEverKnown(sql: Sql, id: string): Promise<{ readonly pool: WorkerPool; readonly deleted: boolean } | undefined> {
  const row = await sql.selectFrom('worker_pools').selectAll().where('id', '=', id).executeTakeFirst();
  return row && { pool: toPool(row), deleted: row.deleted_at !== null };
}

/** Private pools, by name; the shared pool is not one of them. */
export async function listPrivatePools(sql: Sql): Promise<readonly WorkerPool[]> {
  const rows = await sql
    .selectFrom('worker_pools')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where('is_shared', '=', false)
    .orderBy('name')
    .orderBy('id')
    .limit(MAX_POOLS)
    .execute();
  return rows.map(toPool);
}

/** The certificates in force, in the order of the pools' ids. */
export async function listPoolCertificates(
  sql: Sql,
  { after = null, limit }: { readonly after?: string | null; readonly limit: number },
): Promise<readonly PoolCertificate[]> {
  const rows = await sql
    .selectFrom('worker_pools')
    .select(['id', 'certificate_id'])
    .where('deleted_at', 'is', null)
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ poolId: row.id, certificateId: row.certificate_id }));
}

/** The pool that serves stacks which name none. */
export async function sharedPool(sql: Sql): Promise<WorkerPool | undefined> {
  const row = await sql
    .selectFrom('worker_pools')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where('is_shared', '=', true)
    .orderBy('id')
    .executeTakeFirst();
  return row && toPool(row);
}

export type AuditRow = Insertable<Tables['audit']>;

export async function insertPool(sql: Sql, pool: WorkerPool, audit: AuditRow): Promise<void> {
  await sql
    .with('pool', (q) => q.insertInto('worker_pools').values(toRow(pool)))
    .insertInto('audit')
    .values(audit)
    .execute();
}

/** Name, description, labels, space and drift limit; never the certificate. */
export async function savePoolSettings(sql: Sql, pool: WorkerPool, audit: AuditRow): Promise<void> {
  await sql
    .with('audited', (q) => q.insertInto('audit').values(audit))
    .updateTable('worker_pools')
    .set({
      name: pool.name,
      description: pool.description,
      labels: json(pool.labels),
      space_id: pool.spaceId,
      drift_run_limit: pool.driftRunLimit,
      updated_at: pool.updatedAt,
    })
    .where('id', '=', pool.id)
    .where('deleted_at', 'is', null)
    .execute();
}

/** Gives the pool another certificate; false when somebody else did so, or deleted the pool, since it was read. */
export async function replaceCertificate(sql: Sql, before: WorkerPool, after: WorkerPool): Promise<boolean> {
  const row = await sql
    .updateTable('worker_pools')
    .set({
      certificate: after.certificate,
      certificate_id: after.certificateId,
      spki_sha256: after.spkiSha256,
      public_key: after.publicKey,
      certificate_issued_at: after.certificateIssuedAt,
      updated_at: after.updatedAt,
    })
    .where('id', '=', before.id)
    .where('certificate_id', '=', before.certificateId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Runs keep the row for their history; it moves to the root space, so that its own space may go. */
export async function markPoolDeleted(sql: Sql, id: string, now: Date): Promise<boolean> {
  const row = await sql
    .updateTable('worker_pools')
    .set({ deleted_at: now, updated_at: now, space_id: 'root' })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Holds the pool as it is until the transaction ends; false when it was reset or deleted meanwhile. */
export async function holdPool(sql: Sql, pool: Pick<WorkerPool, 'id' | 'certificateId'>): Promise<boolean> {
  const row = await sql
    .selectFrom('worker_pools')
    .select('id')
    .where('id', '=', pool.id)
    .where('certificate_id', '=', pool.certificateId)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

/** Stacks attached to the pool, with the space each lies in; and how many unended runs wait for it or use it. */
export async function usesOfPool(
  sql: Sql,
  poolId: string,
): Promise<{ readonly stacks: readonly { readonly id: string; readonly spaceId: string }[]; readonly openRuns: number }> {
  const stacks = await sql
    .selectFrom('stacks')
    .select(['id', 'space_id'])
    .where('worker_pool_id', '=', poolId)
    .orderBy('id')
    .limit(MAX_POOLS)
    .execute();
  const runs = await sql
    .selectFrom('runs')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('open'))
    .where('worker_pool_id', '=', poolId)
    .where('finished_at', 'is', null)
    .executeTakeFirstOrThrow();
  return { stacks: stacks.map((row) => ({ id: row.id, spaceId: row.space_id })), openRuns: runs.open };
}
