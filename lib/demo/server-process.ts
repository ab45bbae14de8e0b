import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

export interface ServerProcess {
  readonly url: string;
  readonly mqtt: string;
  readonly pid: number;
  readonly folder: string;
  readonly logFile: string;
  readonly apiKey: { readonly id: string; readonly secret: string };
  /** Ends the server and its workers; removes the folder unless it was given. */
  stop(): Promise<void>;
  /** Resolves when the process ends. */
  readonly ended: Promise<number | null>;
}

const processExists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Pids of the launchers that a server started or adopted, from its data folder. */
export async function launcherPids(folder: string): Promise<readonly number[]> {
  const pids: number[] = [];
  for (let index = 1; ; index++) {
    const text = await readFile(join(folder, 'worker', `launcher-${index}.json`), 'utf8').catch(() => undefined);
    if (text === undefined) return pids;
    pids.push((JSON.parse(text) as { pid: number }).pid);
  }
}

/** Starts a server as its users do, as a process of its own on free loopback ports, and waits until it is ready. */
export async function startServerProcess(options: {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Data folder to keep; without one a throw-away folder. */
  readonly folder?: string;
}): Promise<ServerProcess> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'windlass-')));
  const apiKey = { id: 'demo', secret: randomBytes(32).toString('hex') };
  const logFile = `${folder}.log`;
  const log = await open(logFile, 'a', 0o600);
  const [program, ...args] = options.command;
  const child = spawn(program ?? process.execPath, args, {
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...process.env,
      WINDLASS_DATA: folder,
      WINDLASS_LISTEN: '127.0.0.1:0',
      WINDLASS_MQTT_LISTEN: '127.0.0.1:0',
      ADMIN_API_KEY_ID: apiKey.id,
      ADMIN_API_KEY_SECRET: apiKey.secret,
      ...options.environment,
    },
  });
  await log.close();
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  let gone = false;
  void ended.then(() => (gone = true));

  async function stop(): Promise<void> {
    const launchers = await launcherPids(folder);
    if (!gone) child.kill('SIGTERM');
    const deadline = Date.now() + STOP_WITHIN_MS;
    while ((!gone || launchers.some(processExists)) && Date.now() < deadline) await delay(20);
    for (const pid of launchers) if (processExists(pid)) process.kill(pid, 'SIGKILL');
    if (!gone) child.kill('SIGKILL');
    await ended;
    if (options.folder === undefined) {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      await rm(logFile, { force: true });
    }
  }

  const deadline = Date.now() + START_WITHIN_MS;
  for (;;) {
    const text = await readFile(join(folder, 'server.json'), 'utf8').catch(() => undefined);
    const ready = text === undefined ? undefined : (JSON.parse(text) as { url: string; mqtt: string; pid: number });
    if (ready !== undefined && ready.pid === child.pid) return { url: ready.url, mqtt: ready.mqtt, pid: ready.pid, folder, logFile, apiKey, stop, ended };
    if (gone || Date.now() > deadline) {
      const said = await readFile(logFile, 'utf8').catch(() => '');
      await stop();
      throw new Error(`the server did not start:\n${said.slice(-4000)}`);
    }
    await delay(10);
  }
}
