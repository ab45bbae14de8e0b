import { PGlite } from '@electric-sql/pglite';
import { Kysely } from 'kysely';
import type { Tables } from '../../core/ports/tables.ts';
import { PreparedPgliteDialect } from './pglite-dialect.ts';

export interface OpenDatabase {
  readonly kysely: Kysely<Tables>;
  close(): Promise<void>;
}

/** A quarter of the usual: the system caches the files as well, and all of it would stay with this process. */
const SHARED_BUFFERS = '32MB';

/** Opens the embedded PostgreSQL in a folder; without one in memory, for tests, optionally from a dump. */
export async function openPglite(options: { readonly folder?: string; readonly dump?: Blob }): Promise<OpenDatabase> {
  const pglite = await PGlite.create({
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
    ...(options.folder === undefined ? {} : { dataDir: options.folder }),
    ...(options.dump === undefined ? {} : { loadDataDir: options.dump }),
  });
  const kysely = new Kysely<Tables>({ dialect: new PreparedPgliteDialect(pglite) });
  return {
    kysely,
    close: async () => {
      await kysely.destroy();
      if (!pglite.closed) await pglite.close();
    },
  };
}
