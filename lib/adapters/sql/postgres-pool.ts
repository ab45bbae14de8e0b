import type { PostgresPool } from 'kysely';
import pg from 'pg';
import { patiently, type Patience } from './patience.ts';
import { asksForTls, isOptional, readAddress, tlsOptions } from './postgres-tls.ts';
import { preparedStatements } from './prepared-statements.ts';

const INT8 = 20;
const TIMEOUT_MS = 10_000;

export interface PostgresOptions {
  readonly url: string;
  readonly max?: number;
  /** Certificates of authorities beside those that Node knows, where the file is there. */
  readonly authoritiesFile?: string;
  /** For a database that may be asleep; otherwise a connection takes ten seconds at most. */
  readonly patience?: Patience;
  /** Hears of connections that break while idle. */
  readonly onError: (error: unknown) => void;
}

/** Connections to a PostgreSQL 14–16, opened when first needed. */
export function postgresPool(options: PostgresOptions): PostgresPool {
  const types = {
    getTypeParser: (id: number, format?: 'text' | 'binary'): ((value: string) => unknown) =>
      id === INT8 ? Number : (pg.types.getTypeParser(id, format) as (value: string) => unknown),
  };
  const address = readAddress(options.url);
  const pool = new pg.Pool({ connectionString: address.url, max: options.max ?? 10, types, connectionTimeoutMillis: TIMEOUT_MS });
  pool.on('error', options.onError);
  const prepared = preparedStatements(pool);
  let isSettled = false;

  /** Before the first connection: whether they are encrypted may be the server's to say. */
  async function settle(timeoutMs: number): Promise<void> {
    if (isSettled) return;
    const speaksTls = isOptional(address.mode) && (await asksForTls(address, timeoutMs));
    if (isSettled) return;
    pool.options.ssl = tlsOptions(address, options.authoritiesFile, speaksTls);
    isSettled = true;
  }

  async function connect(timeoutMs: number) {
    await settle(timeoutMs);
    // Read by the pool at each connection.
    pool.options.connectionTimeoutMillis = timeoutMs;
    return prepared.connect();
  }

  return {
    ...prepared,
    connect: () => (options.patience === undefined ? connect(TIMEOUT_MS) : patiently(options.patience, connect)),
  };
}
