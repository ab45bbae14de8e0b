import type { Kysely } from 'kysely';
import { openPglite, type OpenDatabase } from '../adapters/embedded/pglite-database.ts';
import { migrate, readMigrations } from '../adapters/sql/migrate.ts';
import { openPostgres } from '../adapters/sql/postgres-database.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { StartError } from './start-error.ts';

/** Opens the database of the configuration and brings its schema up to date. */
export async function openEmbeddedDatabase(options: { readonly databaseUrl: string | null; readonly folder: string; readonly migrationsFolder: string; readonly telemetry: Telemetry }): Promise<OpenDatabase> {
  const { databaseUrl, telemetry } = options;
  let database: OpenDatabase;
  if (databaseUrl === null) {
    try {
      database = await openPglite({ folder: options.folder });
    } catch (cause) {
      throw new StartError(`WINDLASS_DATA: the database in ${options.folder} cannot be opened: ${(cause as Error).message}`, { cause });
    }
  } else {
    database = openPostgres({ url: databaseUrl, onError: (error) => telemetry.log('warn', 'a database connection broke', { error }) });
  }
  try {
    const applied = await migrate(database.kysely as unknown as Kysely<never>, await readMigrations(options.migrationsFolder), new Date());
    if (applied.length > 0) telemetry.log('info', 'schema brought up to date', { migrations: applied.length });
  } catch (cause) {
    await database.close().catch(() => {});
    // The URL holds a password: only its host is named.
    if (databaseUrl !== null) throw new StartError(`DATABASE_URL: the database at ${new URL(databaseUrl).host} cannot be used: ${(cause as Error).message}`, { cause });
    throw cause;
  }
  return database;
}
