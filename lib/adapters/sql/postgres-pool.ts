import pg from 'pg';
import { preparedStatements } from './prepared-statements.ts';

const INT8 = 20;

export interface PostgresOptions {
  readonly url: string;
  readonly max?: number;
  /** Hears of connections that break while idle. */
  readonly onError: (error: unknown) => void;
}

/** Connections to a PostgreSQL 14–16, opened when first needed. */
export function postgresPool(options: PostgresOptions) {
  const types = {
    getTypeParser: (id: number, format?: 'text' | 'binary'): ((value: string) => unknown) => (id === INT8 ? Number : (pg.types.getTypeParser(id, format) as (value: string) => unknown)),
  };
  const pool = new pg.Pool({ connectionString: options.url, max: options.max ?? 10, types, connectionTimeoutMillis: 10_000 });
  pool.on('error', options.onError);
  return preparedStatements(pool);
}
