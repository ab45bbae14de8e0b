import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openPglite, type OpenDatabase } from '../adapters/embedded/pglite-database.ts';
import { migrate, readMigrations } from '../adapters/sql/migrate.ts';
import { openPostgres } from '../adapters/sql/postgres-database.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { StartError } from './start-error.ts';

/** Makes the files of a new database under another name first: a first start that is cut short leaves nothing that looks like one. */
async function ensureFiles(folder: string): Promise<void> {
  // Ours is the lock of the data folder; a database that was killed over its own, half-written one would refuse to open for ever.
  await rm(join(folder, 'postmaster.pid'), { force: true });
  if (existsSync(folder)) return;
  const making = `${folder}.new`;
  try {
    await rm(making, { recursive: true, force: true });
    await (await openPglite({ folder: making })).close();
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

/** Numbers of the system under which the embedded database runs. */
const NO_SPACE = 51;

function wordsOf(cause: unknown): string {
  const { message, errno } = cause as { message?: string; errno?: number };
  if (errno === NO_SPACE) return 'no space left on its disk';
  return message ?? `system error ${errno ?? 'unknown'}`;
}

/** Opens the database of the configuration and brings its schema up to date. */
export async function openEmbeddedDatabase(options: { readonly databaseUrl: string | null; readonly folder: string; readonly migrationsFolder: string; readonly telemetry: Telemetry }): Promise<OpenDatabase> {
  const { databaseUrl, telemetry } = options;
  let database: OpenDatabase;
  if (databaseUrl === null) {
    try {
      await ensureFiles(options.folder);
      database = await openPglite({ folder: options.folder });
    } catch (cause) {
      throw new StartError(`WINDLASS_DATA: the database in ${options.folder} cannot be opened: ${wordsOf(cause)}`, { cause });
    }
  } else {
    try {
      database = openPostgres({ url: databaseUrl, onError: (error) => telemetry.log('warn', 'a database connection broke', { error }) });
    } catch (cause) {
      throw new StartError(`DATABASE_URL: ${(cause as Error).message}`, { cause });
    }
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
