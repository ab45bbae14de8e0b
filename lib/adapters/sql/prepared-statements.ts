import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';

/** On each connection, where every one holds some of the server's memory; the product has fewer that matter. */
const MAX_PREPARED = 200;
/** Somebody changed a table under a prepared statement, such as a newer version that migrates while this one still serves. */
const STALE_PLAN = '0A000';
/** A pooler in between: what was prepared on one connection is missing, or there already, on another. */
const NOT_KEPT = new Set(['26000', '42P05']);

/**
 * A pool whose statements are prepared once on each connection: most are small, so that planning them anew each time takes several times as
 * long as executing them. What spoils that is met by going on without.
 */
export function preparedStatements(pool: pg.Pool): PostgresPool {
  const names = new Map<string, string>();
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  let generation = 0;
  let isKept = true;

  function nameOf(sql: string): string | undefined {
    if (!isKept) return undefined;
    if (!names.has(sql) && names.size < MAX_PREPARED) names.set(sql, `windlass_${names.size}`);
    const name = names.get(sql);
    return name && `${name}_${generation}`;
  }

  /** Whether the statement failed only for being prepared; what is prepared from now on is free of it. */
  function isSpoilt(error: unknown): boolean {
    const { code } = error as { readonly code?: string };
    if (code === STALE_PLAN) generation++;
    else if (code !== undefined && NOT_KEPT.has(code)) isKept = false;
    else return false;
    return true;
  }

  function prepared(client: pg.PoolClient): PostgresPoolClient {
    let inTransaction = false;
    async function query(sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
      const plain = () => client.query(sql, [...parameters]);
      if (parameters.length === 0) {
        inTransaction = /^(?:begin|start transaction)\b/.test(sql) || (inTransaction && !/^(?:commit|rollback)$/.test(sql));
        return plain();
      }
      const name = nameOf(sql);
      if (name === undefined) return plain();
      try {
        return await client.query({ name, text: sql, values: [...parameters] });
      } catch (error) {
        // A transaction is lost with its first error: whoever repeats it succeeds.
        if (!isSpoilt(error) || inTransaction) throw error;
        return plain();
      }
    }
    return {
      // Without cursors, which nothing here uses.
      query: query as unknown as PostgresPoolClient['query'],
      release: (destroy) => client.release(destroy),
    };
  }

  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      const known = clients.get(client) ?? prepared(client);
      clients.set(client, known);
      return known;
    },
    end: () => pool.end(),
  };
}
