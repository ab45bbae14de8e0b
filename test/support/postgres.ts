import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { scratchFolder } from './scratch.ts';

const run = promisify(execFile);

/** Folder with PostgreSQL's server programs, newest first; undefined where none is installed. */
export function postgresBinaries(): string | undefined {
  const given = process.env.WINDLASS_TEST_PG_BIN;
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin')) : [];
  const onPath = (process.env.PATH ?? '').split(':');
  return [...(given === undefined ? [] : [given]), ...versions, ...onPath].find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** The server refuses to run as root: then another user is lent to it. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (user === undefined) throw new Error('no unprivileged user to run PostgreSQL as');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

export interface TestPostgres {
  readonly url: string;
  /** A fresh, empty database on the server. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

interface PostgresFixture {
  /** As by default, or off for speed. */
  readonly fsync: boolean;
  /** Takes encrypted connections with this certificate, and no others. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Asks everybody but its own user for a password. */
  readonly passwords?: boolean;
}

/** Starts a real PostgreSQL on a free loopback port, in a folder that goes with it. */
export async function startPostgres(options: PostgresFixture = { fsync: false }): Promise<TestPostgres> {
  const binaries = postgresBinaries();
  if (binaries === undefined) throw new Error('PostgreSQL server programs are not installed (package postgresql)');
  const user = await serverUser();
  const folder = await scratchFolder('pg');
  if (user !== undefined) await chown(folder.path, user.uid, user.gid);
  const data = join(folder.path, 'data');
  await run(join(binaries, 'initdb'), ['-D', data, '-U', 'windlass', '--auth=trust', '-E', 'UTF8', '--locale=C', ...(options.fsync ? [] : ['-N'])], { ...user, cwd: folder.path, timeout: 60_000 });
  if (options.tls !== undefined) {
    await writeFile(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 trust\n');
    for (const [name, text] of [['server.crt', options.tls.cert], ['server.key', options.tls.key]] as const) {
      await writeFile(join(data, name), text, { mode: 0o600 });
      if (user !== undefined) await chown(join(data, name), user.uid, user.gid);
    }
  }
  if (options.passwords) {
    await writeFile(join(data, 'pg_hba.conf'), 'host all windlass 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  }
  const port = await freePort();
  const settings = [...(options.tls === undefined ? [] : ['-c', 'ssl=on']), '-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`, '-c', `unix_socket_directories=${folder.path}`, '-c', 'max_connections=200', ...(options.fsync ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off'])];
  const server = spawn(join(binaries, 'postgres'), ['-D', data, ...settings], { ...user, cwd: folder.path, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`PostgreSQL did not start: ${log}`)), 30_000);
    server.on('exit', () => reject(new Error(`PostgreSQL ended: ${log}`)));
    server.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  server.removeAllListeners('exit');
  // A test that forgets it must not hold the process open.
  server.unref();
  (server.stderr as unknown as { unref(): void }).unref();
  process.once('exit', () => {
    server.kill('SIGKILL');
    rmSync(folder.path, { recursive: true, force: true });
  });
  const url = `postgres://windlass@127.0.0.1:${port}/postgres`;
  return {
    url,
    async database(name) {
      const { default: pg } = await import('pg');
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`create database "${name}"`);
      await client.end();
      return url.replace(/\/postgres$/, `/${name}`);
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.ref();
      server.kill('SIGINT');
      await ended;
      await folder.remove();
    },
  };
}
