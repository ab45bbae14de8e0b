import type { Sql } from '../ports/database.ts';

export interface TryLimit {
  readonly subject: string;
  readonly limit: number;
  readonly withinMs: number;
}

export interface Attempt {
  readonly id: string;
  readonly subject: string;
}

export async function insertAttempts(sql: Sql, attempts: readonly Attempt[], at: Date): Promise<void> {
  await sql.insertInto('login_attempts').values(attempts.map((attempt) => ({ ...attempt, at }))).execute();
}

export async function removeAttempts(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.deleteFrom('login_attempts').where('id', 'in', ids).execute();
}

/** True when more tries than allowed lie within one of the limits' time. */
export async function isOverLimit(sql: Sql, limits: readonly TryLimit[], now: Date): Promise<boolean> {
  for (const { subject, limit, withinMs } of limits) {
    const row = await sql
      .selectFrom('login_attempts')
      .select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('count'))
      .where('subject', '=', subject)
      .where('at', '>', new Date(now.getTime() - withinMs))
      .executeTakeFirstOrThrow();
    if (row.count > limit) return true;
  }
  return false;
}
