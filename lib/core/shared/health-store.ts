import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';

/** Fails when the database does not answer a statement. */
export async function askDatabase(sql: Sql): Promise<void> {
  await raw`select 1`.execute(sql);
}
