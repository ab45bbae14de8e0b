import type { Sql } from '../ports/database.ts';

export type ProviderType = 'OIDC' | 'SAML';

export interface IdentityProvider {
  readonly type: ProviderType;
  /** Object of `documents` that holds the settings, encrypted. */
  readonly settingsKey: string;
  readonly storedAt: Date;
}

const ID = 'provider';

export async function findIdentityProvider(sql: Sql): Promise<IdentityProvider | undefined> {
  const row = await sql.selectFrom('identity_provider').select(['type', 'settings_key', 'stored_at']).where('id', '=', ID).executeTakeFirst();
  return row && { type: row.type as ProviderType, settingsKey: row.settings_key, storedAt: row.stored_at };
}

export async function saveIdentityProvider(sql: Sql, provider: IdentityProvider & { readonly storedBy: string }): Promise<void> {
  const columns = { type: provider.type, settings_key: provider.settingsKey, stored_by: provider.storedBy, stored_at: provider.storedAt };
  await sql
    .insertInto('identity_provider')
    .values({ id: ID, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .execute();
}
