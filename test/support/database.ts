import { createHash, randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import type { Kysely } from 'kysely';
import { openDataApi } from '../../lib/adapters/aws/data-api-database.ts';
import { openPglite, type OpenDatabase } from '../../lib/adapters/embedded/pglite-database.ts';
import { systemClock } from '../../lib/adapters/system/system-clock.ts';
import { migrate, readMigrations, type Migration } from '../../lib/adapters/sql/migrate.ts';
import { openPostgres } from '../../lib/adapters/sql/postgres-database.ts';
import { startDataApi, type DataApiServer } from './data-api.ts';
import { fetchDataApi } from './data-api-client.ts';
import { postgresBinaries, startPostgres, type TestPostgres } from './postgres.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export type Engine = 'pglite' | 'pg' | 'data-api';

/** The engines this machine has: `for (const engine of ENGINES) describe(…)`. `WINDLASS_TEST_ENGINES` names them instead, the Data API too. */
export const ENGINES: readonly Engine[] = (process.env.WINDLASS_TEST_ENGINES?.split(',') as Engine[] | undefined) ?? (postgresBinaries() === undefined ? ['pglite'] : ['pglite', 'pg']);

/** The engine of tests that run on one only. */
const DEFAULT_ENGINE: Engine = (process.env.WINDLASS_TEST_ENGINE as Engine | undefined) ?? 'pglite';

/** The migrated, empty PGlite as a dump, made once per state of the migrations. */
async function migratedDump(migrations: readonly Migration[]): Promise<Blob> {
  const hash = createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 16);
  const folder = join(root, '.cache', 'test');
  const file = join(folder, `pglite-${hash}.tar`);
  const there = await stat(file).then(() => true, () => false);
  if (!there) {
    const { Kysely, PGliteDialect } = await import('kysely');
    const pglite = await PGlite.create();
    await migrate(new Kysely({ dialect: new PGliteDialect({ pglite }) }), migrations, new Date());
    const dump = await pglite.dumpDataDir('none');
    await pglite.close();
    await mkdir(folder, { recursive: true });
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, Buffer.from(await dump.arrayBuffer()));
    await rename(temporary, file);
  }
  return openAsBlob(file);
}

let server: Promise<TestPostgres> | undefined;

/** One PostgreSQL per test process, started when first asked for. */
export function testPostgres(): Promise<TestPostgres> {
  server ??= startPostgres();
  return server;
}

let dataApi: Promise<DataApiServer> | undefined;

/** One Data API per test process, over its PostgreSQL. */
export function testDataApi(): Promise<DataApiServer> {
  dataApi ??= testPostgres().then((postgres) => startDataApi(postgres.url));
  return dataApi;
}

async function openThroughDataApi(name: string): Promise<OpenDatabase> {
  const server = await testDataApi();
  const { kysely, close } = openDataApi({ client: fetchDataApi(server.url), target: server.target(name), clock: systemClock, patienceMs: () => 20_000 });
  return {
    kysely,
    async close() {
      await close();
      await server.forget(name);
    },
  };
}

/** A migrated, empty database of its own. */
export async function openTestDatabase(engine: Engine = DEFAULT_ENGINE): Promise<OpenDatabase> {
  const migrations = await readMigrations(join(root, 'migrations'));
  if (engine === 'pglite') return openPglite({ dump: await migratedDump(migrations) });
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const url = await (await testPostgres()).database(name);
  const database = engine === 'pg' ? openPostgres({ url, max: 12, onError: () => {} }) : await openThroughDataApi(name);
  await migrate(database.kysely as unknown as Kysely<never>, migrations, new Date());
  return database;
}
