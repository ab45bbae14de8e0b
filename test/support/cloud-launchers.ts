import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FINAL_EXIT_CODES } from '../../lib/protocol/exit-codes.ts';
import { build } from './server.ts';

const LAUNCHER = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'launcher.mjs');
const STOP_MS = 15_000;

export interface CloudLaunchers {
  pids(): readonly number[];
  stop(): Promise<void>;
}

/**
 * Launchers of a pool as processes of their own, as an operator starts them: with the pool's token, its key and the broker's authority. One
 * that ends is started again, unless its exit code says that this would not help.
 */
export async function startLaunchers(options: {
  readonly folder: string;
  readonly count: number;
  readonly token: string;
  readonly privateKeyPem: string;
  readonly brokerCa: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}): Promise<CloudLaunchers> {
  await build();
  const runs = join(options.folder, 'runs');
  await mkdir(runs, { recursive: true });
  await chmod(runs, 0o711);
  const ca = join(options.folder, 'broker.pem');
  await writeFile(ca, options.brokerCa);
  const running = new Map<number, ChildProcess>();
  const ends = new Set<Promise<void>>();
  let stopping = false;

  async function start(index: number): Promise<void> {
    const workDir = join(options.folder, `launcher-${index}`);
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    const log = await open(join(options.folder, `launcher-${index}.log`), 'a', 0o600);
    if (stopping) return log.close();
    const child = spawn(process.execPath, ['--no-warnings', LAUNCHER], {
      detached: true,
      cwd: workDir,
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        SPACELIFT_TOKEN: options.token,
        SPACELIFT_POOL_PRIVATE_KEY: Buffer.from(options.privateKeyPem).toString('base64'),
        SPACELIFT_LAUNCHER_EXECUTION: 'process',
        SPACELIFT_LAUNCHER_WORK_DIR: workDir,
        WINDLASS_RUN_ROOT: runs,
        NODE_EXTRA_CA_CERTS: ca,
        ...options.environment,
      },
    });
    running.set(index, child);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).then((code) => (stopping || FINAL_EXIT_CODES.has(code) ? undefined : start(index)));
    ends.add(ended);
    void ended.finally(() => ends.delete(ended));
    await log.close();
  }

  const signal = (name: NodeJS.Signals): void => {
    for (const { pid, exitCode, signalCode } of running.values()) if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, name);
  };
  process.once('exit', () => signal('SIGKILL'));
  for (let index = 1; index <= options.count; index++) await start(index);
  return {
    pids: () => [...running.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    async stop() {
      stopping = true;
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), STOP_MS);
      await Promise.all(ends);
      clearTimeout(timer);
    },
  };
}
