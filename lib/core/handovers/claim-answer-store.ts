import type { Sql } from '../ports/database.ts';
import { changedColumns } from '../runs/run-rows-store.ts';
import type { RunPatch } from '../runs/run-store.ts';
import type { Run } from '../runs/run.ts';
import { notFound } from '../shared/errors.ts';

/** What a claim leaves under its idempotency key; with nothing to keep, the key is free again. */
export interface KeyOfClaim {
  readonly workerId: string;
  readonly key: string;
  readonly kept: { readonly status: number; readonly response: string; readonly expiresAt: Date } | undefined;
}

/** Keeps what building the package found out with the run, and the answer of the claim under its key, in one statement. */
export async function keepClaim(sql: Sql, run: Run, found: RunPatch, key: KeyOfClaim | undefined): Promise<void> {
  const columns = changedColumns(run, { ...run, ...found });
  if (Object.keys(columns).length === 0) {
    if (key !== undefined) await answered(sql, key).execute();
    return;
  }
  const base = key === undefined ? sql : sql.with('answered', () => answered(sql, key));
  const row = await base.updateTable('runs').set(columns).where('id', '=', run.id).returning('id').executeTakeFirst();
  if (row === undefined) throw notFound(`run ${run.id} not found`);
}

function answered(sql: Pick<Sql, 'updateTable' | 'deleteFrom'>, { workerId, key, kept }: KeyOfClaim) {
  if (kept === undefined) return sql.deleteFrom('idempotency_keys').where('worker_id', '=', workerId).where('key', '=', key).returning('key');
  return sql
    .updateTable('idempotency_keys')
    .set({ status: kept.status, response: kept.response, expires_at: kept.expiresAt })
    .where('worker_id', '=', workerId)
    .where('key', '=', key)
    .returning('key');
}
