import { PGlite } from '@electric-sql/pglite';
import { Kysely } from 'kysely';
import type { Tables } from '../../core/ports/tables.ts';
import { PreparedPgliteDialect } from './pglite-dialect.ts';

export interface OpenDatabase {
  readonly kysely: Kysely<Tables>;
  close(): Promise<void>;
}

/** Opens the embedded PostgreSQL in a folder; without one in memory, for tests, optionally from a dump. */
export async function openPglite(options: { readonly folder?: string; readonly dump?: Blob }): Promise<OpenDatabase> {
  const pglite = await PGlite.create({
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
