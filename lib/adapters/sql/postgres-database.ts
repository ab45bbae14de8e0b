import { Kysely, PostgresDialect } from 'kysely';
import type { Tables } from '../../core/ports/tables.ts';
import { postgresPool, type PostgresOptions } from './postgres-pool.ts';

/** Opens a PostgreSQL by its URL. */
export function openPostgres(options: PostgresOptions) {
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: postgresPool(options) }) });
  return { kysely, close: () => kysely.destroy() };
}
