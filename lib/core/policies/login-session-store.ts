import type { Sql } from '../ports/database.ts';

/** Ends every session but those of one login: what a sign-in decided no longer holds when the rules of signing in have changed. */
export async function endSessionsBut(sql: Sql, login: string, now: Date): Promise<void> {
  await sql.updateTable('sessions').set({ ended_at: now }).where('ended_at', 'is', null).where('expires_at', '>', now).where('login', '<>', login).execute();
}
