import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Account, AccountSettings } from './account.ts';

const ACCOUNT_ID = 'account';

export async function findAccount(sql: Sql): Promise<Account | undefined> {
  const row = await sql.selectFrom('accounts').selectAll().where('id', '=', ACCOUNT_ID).executeTakeFirst();
  return row && { id: row.id, name: row.name, settings: row.settings as AccountSettings, createdAt: row.created_at };
}

/** Adds the account, or renames the one that is there. */
export async function saveAccountName(sql: Sql, name: string, now: Date): Promise<void> {
  await sql
    .insertInto('accounts')
    .values({ id: ACCOUNT_ID, name, settings: json({}), created_at: now })
    .onConflict((clash) => clash.column('id').doUpdateSet({ name }))
    .execute();
}

export async function saveAccountSettings(sql: Sql, settings: AccountSettings): Promise<void> {
  await sql.updateTable('accounts').set({ settings: json(settings) }).where('id', '=', ACCOUNT_ID).execute();
}
