import type { Sql } from '../ports/database.ts';

export interface KeptAnswer {
  readonly requestSha256: string;
  /** 0 while the first call is still at work. */
  readonly status: number;
  readonly response: string;
}

/** Takes the key for this call, or returns what the call that took it before left. An expired key is free again. */
export async function takeKey(
  sql: Sql,
  entry: { readonly workerId: string; readonly key: string; readonly requestSha256: string; readonly now: Date; readonly heldUntil: Date },
): Promise<KeptAnswer | undefined> {
  const fresh = { request_sha256: entry.requestSha256, status: 0, response: '', expires_at: entry.heldUntil };
  const taken = await sql
    .insertInto('idempotency_keys')
    .values({ worker_id: entry.workerId, key: entry.key, ...fresh })
    .onConflict((clash) => clash.columns(['worker_id', 'key']).doUpdateSet(fresh).where('idempotency_keys.expires_at', '<=', entry.now))
    .returning('key')
    .executeTakeFirst();
  if (taken) return undefined;
  const row = await sql
    .selectFrom('idempotency_keys')
    .select(['request_sha256', 'status', 'response'])
    .where('worker_id', '=', entry.workerId)
    .where('key', '=', entry.key)
    .executeTakeFirst();
  // Released in between: as if still at work, so that the caller tries again.
  return row
    ? { requestSha256: row.request_sha256, status: row.status, response: row.response }
    : { requestSha256: entry.requestSha256, status: 0, response: '' };
}

export async function keepAnswer(
  sql: Sql,
  entry: { readonly workerId: string; readonly key: string; readonly status: number; readonly response: string; readonly expiresAt: Date },
): Promise<void> {
  await sql
    .updateTable('idempotency_keys')
    .set({ status: entry.status, response: entry.response, expires_at: entry.expiresAt })
    .where('worker_id', '=', entry.workerId)
    .where('key', '=', entry.key)
    .execute();
}

/** Lets the key be used anew: the call came to nothing. */
export async function releaseKey(sql: Sql, workerId: string, key: string): Promise<void> {
  await sql.deleteFrom('idempotency_keys').where('worker_id', '=', workerId).where('key', '=', key).where('status', '=', 0).execute();
}
