import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from '../../core/ports/tables.ts';
import { preparedStatements } from './prepared-statements.ts';

const INT8 = 20;

/** Opens a PostgreSQL 14–16 by its URL. `onError` hears of connections that break while idle. */
export function openPostgres(options: { readonly url: string; readonly max?: number; readonly onError: (error: unknown) => void }) {
  const types = {
    getTypeParser: (id: number, format?: 'text' | 'binary'): ((value: string) => unknown) => (id === INT8 ? Number : (pg.types.getTypeParser(id, format) as (value: string) => unknown)),
  };
  const pool = new pg.Pool({ connectionString: options.url, max: options.max ?? 10, types, connectionTimeoutMillis: 10_000 });
  pool.on('error', options.onError);
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: preparedStatements(pool) }) });
  return { kysely, close: () => kysely.destroy() };
}
