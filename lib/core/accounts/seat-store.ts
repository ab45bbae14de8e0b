import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';

/** Keeps others from taking a seat until this transaction ends. */
export async function holdSeats(tx: Sql): Promise<void> {
  await tx.selectFrom('accounts').select('id').forUpdate().execute();
}

/** How many there are who take a seat: people with a password, and API keys that work and are no machine's. */
export async function countSeats(sql: Sql, now: Date): Promise<number> {
  const { people, keys } = await sql
    .selectNoFrom((eb) => [
      eb.selectFrom('users').select(raw<string>`count(*)`.as('n')).where('password_hash', 'is not', null).as('people'),
      eb
        .selectFrom('api_keys')
        .select(raw<string>`count(*)`.as('n'))
        .where('deleted_at', 'is', null)
        .where('is_machine_user', '=', false)
        .where((key) => key.or([key('expires_at', 'is', null), key('expires_at', '>', now)]))
        .as('keys'),
    ])
    .executeTakeFirstOrThrow();
  return Number(people) + Number(keys);
}
