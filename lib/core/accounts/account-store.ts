import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Account, AccountSettings } from './account.ts';

const ACCOUNT_ID = 'account';

export async function findAccount(sql: Sql): Promise<Account | undefined> {
  const row = await sql.selectFrom('accounts').selectAll().where('id', '=', ACCOUNT_ID).executeTakeFirst();
  return row && { id: row.id, name: row.name, settings: row.settings as AccountSettings, createdAt: row.created_at };
}

/** Adds the account, unless it is there. */
export async function insertAccount(sql: Sql, name: string, now: Date): Promise<void> {
  await sql
    .insertInto('accounts')
    .values({ id: ACCOUNT_ID, name, settings: json({}), created_at: now })
    .onConflict((clash) => clash.column('id').doNothing())
    .execute();
}

export async function saveAccountName(sql: Sql, before: string, name: string): Promise<boolean> {
  const { numUpdatedRows } = await sql.updateTable('accounts').set({ name }).where('id', '=', ACCOUNT_ID).where('name', '=', before).executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function saveAccountSettings(sql: Sql, settings: AccountSettings): Promise<void> {
  await sql.updateTable('accounts').set({ settings: json(settings) }).where('id', '=', ACCOUNT_ID).execute();
}
