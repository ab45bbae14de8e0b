import { spawn } from 'node:child_process';
import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { scratchFolder } from './scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 60_000;
const LOOK_AGAIN_MS = 50;

/** Where moto's server program is: on PATH, or in an environment of its own beside the project's other tools. */
export function motoServer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), join(root, '.cache', 'moto', 'bin')];
  return folders
    .map((folder) => join(folder, 'moto_server'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface Moto {
  readonly url: string;
  /** Forgets everything that was made. */
  reset(): Promise<void>;
  /** Moves the time of the queues: visibility, delays and deduplication. */
  setQueueClock(aheadMs: number): void;
  stop(): Promise<void>;
}

export const MOTO_ACCOUNT = '123456789012';
export const MOTO_REGION = 'eu-west-1';

/** Variables by which the SDK's clients find a server in place of AWS. */
export const awsEnvironment = (url: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: MOTO_REGION,
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'test-secret-key',
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** Starts moto on a free loopback port. */
export async function startMoto(): Promise<Moto> {
  const program = motoServer();
  if (program === undefined) throw new Error('moto_server is not installed (Python package moto[server])');
  const [port, folder] = await Promise.all([freePort(), scratchFolder('moto')]);
  const clockFile = join(folder.path, 'clock');
  const setQueueClock = (aheadMs: number) => writeFileSync(clockFile, String(aheadMs));
  setQueueClock(0);
  const server = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    cwd: folder.path,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      PYTHONPATH: join(root, 'test', 'support', 'moto'),
      PYTHONDONTWRITEBYTECODE: '1',
      WINDLASS_TEST_MOTO_CLOCK: clockFile,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
  let log = '';
  let ended = false;
  server.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  void exited.then(() => (ended = true));
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + START_MS;
  while (
    !(await fetch(`${url}/moto-api/data.json`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    ))
  ) {
    if (ended || performance.now() > deadline) {
      server.kill('SIGKILL');
      throw new Error(`moto did not start: ${log}`);
    }
    await delay(LOOK_AGAIN_MS);
  }
  // A test that forgets it must not hold the process open.
  server.unref();
  (server.stderr as unknown as { unref(): void }).unref();
  process.once('exit', () => {
    server.kill('SIGKILL');
    rmSync(folder.path, { recursive: true, force: true });
  });
  return {
    url,
    setQueueClock,
    async reset() {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' });
      setQueueClock(0);
    },
    async stop() {
      server.ref();
      server.kill('SIGKILL');
      await exited;
      await folder.remove();
    },
  };
}

let shared: Promise<Moto> | undefined;

/** One moto per test process, started when first asked for. */
export function testMoto(): Promise<Moto> {
  shared ??= startMoto();
  return shared;
}
