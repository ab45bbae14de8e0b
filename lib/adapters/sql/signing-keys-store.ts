import type { Sql } from '../../core/ports/database.ts';

const RETIRED_KEYS = 20;

export interface KeptSigningKey {
  /** The `kid` of its tokens. */
  readonly id: string;
  /** PEM (SPKI). */
  readonly publicKey: string;
}

/** Notes which key signs from now on, at each deployment: one that signed until now is retired. Twice is the same as once. */
export async function noteSigningKey(sql: Sql, key: KeptSigningKey, now: Date): Promise<void> {
  await sql
    .with('before', (q) => q.updateTable('signing_keys').set({ retired_at: now }).where('id', '!=', key.id).where('retired_at', 'is', null))
    .insertInto('signing_keys')
    .values({ id: key.id, public_key: key.publicKey, first_used_at: now, retired_at: null })
    // A key that comes back is in use again.
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ retired_at: null }))
    .execute();
}

/** Keys that were retired after `since`, the latest first. */
export async function listRetiredKeys(sql: Sql, since: Date): Promise<readonly (KeptSigningKey & { readonly retiredAt: Date })[]> {
  const rows = await sql
    .selectFrom('signing_keys')
    .select(['id', 'public_key', 'retired_at'])
    .where('retired_at', '>', since)
    .orderBy('retired_at', 'desc')
    .limit(RETIRED_KEYS)
    .execute();
  return rows.flatMap(({ id, public_key: publicKey, retired_at: retiredAt }) => (retiredAt === null ? [] : [{ id, publicKey, retiredAt }]));
}
