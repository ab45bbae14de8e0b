import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { FINAL_EXIT_CODES } from '../protocol/exit-codes.ts';
import { isAlive, startTimeOf, type ProcessIdentity } from './process-identity.ts';

/** Variables that a launcher gets from the server's environment; everything else, secrets above all, stays behind. */
const PASSED = [
  'PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy',
  'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'NODE_EXTRA_CA_CERTS', 'WINDLASS_RUN_ROOT', 'XDG_CACHE_HOME', 'LOG_FORMAT', 'LOG_LEVEL',
];
/** Another launcher's, and the server's own secrets: these no list of the operator's hands over. */
const NOT_PASSED = new Set([
  'SPACELIFT_TOKEN', 'SPACELIFT_POOL_PRIVATE_KEY', 'SPACELIFT_API_TOKEN', 'ADMIN_USERNAME', 'ADMIN_PASSWORD', 'ADMIN_API_KEY_ID', 'ADMIN_API_KEY_SECRET',
  'ENCRYPTION_RSA_PRIVATE_KEY', 'DATABASE_URL', 'PGPASSWORD', 'GIT_CREDENTIALS_FILE', 'WINDLASS_TLS_KEY',
]);

export function launcherEnvironment(environment: Readonly<Record<string, string | undefined>>, own: Readonly<Record<string, string>>): Record<string, string> {
  const whitelist = (environment.SPACELIFT_WHITELIST_ENVS ?? '').split(',').map((name) => name.trim().replace(/^(ro|wo)_/, ''));
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || NOT_PASSED.has(name)) continue;
    if (PASSED.includes(name) || name.startsWith('SPACELIFT_') || whitelist.includes(name)) result[name] = value;
  }
  return { ...result, ...own };
}

interface LauncherRecord extends ProcessIdentity {
  /** The API address its token names: a launcher that calls another one is of no use. */
  readonly api: string;
  readonly pool: string;
  /** It was told to leave. Told twice, it would break off the run in its hands. */
  readonly leaving?: boolean;
}

async function readRecord(file: string): Promise<LauncherRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LauncherRecord;
  } catch {
    return undefined;
  }
}

export interface EmbeddedWorkersOptions {
  readonly folder: string;
  readonly count: number;
  readonly command: readonly string[];
  readonly api: string;
  readonly poolId: string;
  readonly token: string;
  readonly keyPem: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly telemetry: Telemetry;
}

export interface EmbeddedWorkers {
  /** Tells every launcher to drain: an idle one ends, a busy one finishes and waits for the next server. */
  drain(): Promise<void>;
}

const WATCH_MS = 1_000;
const RESTART_MS = 2_000;

/** Starts a launcher in a process group of its own; it gets its key by file descriptor 3 and writes to its own log file. */
async function spawnLauncher(options: EmbeddedWorkersOptions, index: number): Promise<{ readonly record: LauncherRecord; readonly ended: Promise<number | null> } | undefined> {
  const workFolder = join(options.folder, `work-${index}`);
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  const log = await open(join(options.folder, `launcher-${index}.log`), 'a', 0o600);
  const [program, ...args] = options.command;
  const child = spawn(program ?? process.execPath, args, {
    detached: true,
    cwd: workFolder,
    stdio: ['ignore', log.fd, log.fd, 'pipe'],
    env: launcherEnvironment(options.environment, {
      SPACELIFT_TOKEN: options.token,
      SPACELIFT_LAUNCHER_EXECUTION: 'process',
      SPACELIFT_LAUNCHER_WORK_DIR: workFolder,
      WINDLASS_POOL_KEY_FD: '3',
    }),
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', (error) => {
      options.telemetry.log('error', 'an embedded worker could not be started', { error });
      resolve(null);
    });
  });
  const keyPipe = child.stdio[3] as Writable;
  keyPipe.on('error', () => {});
  keyPipe.end(options.keyPem);
  await log.close();
  if (child.pid === undefined) return undefined;
  child.unref();
  const record: LauncherRecord = { pid: child.pid, startTime: startTimeOf(child.pid) ?? 'unknown', api: options.api, pool: options.poolId };
  await keepRecord(options.folder, index, record);
  options.telemetry.log('info', 'embedded worker started', { pid: child.pid });
  return { record, ended };
}

const keepRecord = (folder: string, index: number, record: LauncherRecord): Promise<void> => writeFile(join(folder, `launcher-${index}.json`), JSON.stringify(record), { mode: 0o600 });

/** Asks a launcher to leave, once. */
function dismiss(record: LauncherRecord): void {
  if (record.leaving === true) return;
  try {
    if (isAlive(record)) process.kill(record.pid, 'SIGTERM');
  } catch {
    // It ended in between.
  }
}

/** Adopts launchers that outlived the last server, starts what is missing, and starts again what ends. */
export async function startEmbeddedWorkers(options: EmbeddedWorkersOptions): Promise<EmbeddedWorkers> {
  const { telemetry } = options;
  const running = new Map<number, LauncherRecord>();
  const timers = new Set<NodeJS.Timeout>();
  const starting = new Set<Promise<void>>();
  let draining = false;

  const later = (ms: number, work: () => Promise<void>): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!draining) work().catch((error: unknown) => telemetry.log('error', 'an embedded worker could not be started', { error }));
    }, ms);
    timer.unref();
    timers.add(timer);
  };

  function start(index: number): Promise<void> {
    const work = startOne(index).finally(() => starting.delete(work));
    starting.add(work);
    return work;
  }

  async function startOne(index: number): Promise<void> {
    const started = await spawnLauncher(options, index);
    if (started === undefined) return later(RESTART_MS, () => start(index));
    running.set(index, started.record);
    void started.ended.then((code) => {
      running.delete(index);
      telemetry.log(code === 0 ? 'info' : 'warn', 'embedded worker ended', { pid: started.record.pid, code });
      if (!FINAL_EXIT_CODES.has(code)) later(RESTART_MS, () => start(index));
    });
  }

  /** An adopted launcher is not our child: its end is seen by looking. */
  const watch = (index: number, record: LauncherRecord): void =>
    later(WATCH_MS, async () => {
      if (isAlive(record)) return watch(index, record);
      running.delete(index);
      telemetry.log('info', 'adopted embedded worker ended', { pid: record.pid });
      await start(index);
    });

  for (let index = 1; index <= options.count; index++) {
    const kept = await readRecord(join(options.folder, `launcher-${index}.json`));
    if (kept !== undefined && isAlive(kept) && kept.api === options.api && kept.pool === options.poolId) {
      telemetry.log('info', 'embedded worker adopted', { pid: kept.pid });
      running.set(index, kept);
      watch(index, kept);
      continue;
    }
    // One that knows another address or pool finishes what it holds and ends.
    if (kept !== undefined) dismiss(kept);
    await start(index);
  }
  await endSurplus(options.folder, options.count);
  return {
    async drain() {
      draining = true;
      timers.forEach((timer) => clearTimeout(timer));
      // One that is being started again at this moment is told as well.
      await Promise.allSettled(starting);
      for (const record of running.values()) dismiss(record);
      await Promise.all([...running].map(([index, record]) => keepRecord(options.folder, index, { ...record, leaving: true })));
    },
  };
}

/** Launchers of an earlier, larger count finish and end. */
async function endSurplus(folder: string, count: number): Promise<void> {
  for (let index = count + 1; ; index++) {
    const file = join(folder, `launcher-${index}.json`);
    const kept = await readRecord(file);
    if (kept === undefined) return;
    dismiss(kept);
    await rm(file, { force: true });
  }
}
