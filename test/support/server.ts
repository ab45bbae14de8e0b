import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readMigrations } from '../../lib/adapters/sql/migrate.ts';
import { startServerProcess, type ServerProcess } from '../../lib/demo/server-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let built: Promise<unknown> | undefined;

/** The programs as their users run them, built anew where a source is younger. */
export const build = (): Promise<unknown> => (built ??= promisify(execFile)(process.execPath, ['--no-warnings', join(root, 'bin', 'build.ts')], { cwd: root }));

let setUp: Promise<string> | undefined;

/**
 * Fills a new data folder as a first start would: keys, database, pool. That takes seconds of both cores, so it is done once for each
 * state of the migrations, and kept with the other caches.
 */
export async function copySetUpFolder(folder: string): Promise<void> {
  await cp(await (setUp ??= setUpFolder()), folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

async function setUpFolder(): Promise<string> {
  const migrations = await readMigrations(join(root, 'migrations'));
  const { version } = JSON.parse(await readFile(join(root, 'node_modules', '@electric-sql', 'pglite', 'package.json'), 'utf8')) as { version: string };
  const hash = createHash('sha256').update(JSON.stringify([migrations, version])).digest('hex').slice(0, 16);
  const kept = join(root, '.cache', 'test', `data-${hash}`);
  if (existsSync(kept)) return kept;
  const making = `${kept}.${process.pid}`;
  await mkdir(dirname(kept), { recursive: true });
  const server = await startServer({ folder: making, environment: { EMBEDDED_WORKER_COUNT: '1' } });
  await server.stop();
  for (const left of await readdir(join(making, 'worker'))) if (left !== 'pool.key') await rm(join(making, 'worker', left), { recursive: true });
  await rm(`${making}.log`, { force: true });
  // Another test may have been faster.
  await rename(making, kept).catch(() => rm(making, { recursive: true, force: true }));
  return kept;
}

/** Starts the built server as a process of its own, with two embedded workers unless the environment says otherwise. */
export async function startServer(options: { readonly environment?: Readonly<Record<string, string | undefined>>; readonly folder?: string } = {}): Promise<ServerProcess> {
  await build();
  if (!existsSync(join(root, 'dist', 'server.mjs'))) throw new Error('dist/server.mjs was not built');
  return startServerProcess({
    command: [process.execPath, '--no-warnings', join(root, 'dist', 'server.mjs')],
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    environment: { EMBEDDED_WORKER: 'process', ...options.environment },
  });
}
