import type { RegisterRequest } from '../../protocol/worker-api.ts';
import type { Sql, Tx } from '../ports/database.ts';
import { json } from '../ports/json.ts';
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

/** How many workers there are beside one of this id. */
export async function countOtherWorkers(sql: Sql, workerId: string): Promise<number> {
  const { count } = await sql.selectFrom('workers').select((eb) => eb.fn.countAll<number>().as('count')).where('id', '!=', workerId).executeTakeFirstOrThrow();
  return Number(count);
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
