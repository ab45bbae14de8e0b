import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

const SERVER = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'server.mjs');
const COMMAND = ['--no-warnings', SERVER];

type Environment = Readonly<Record<string, string>>;

const environmentWith = (own: Environment): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  WINDLASS_LISTEN: '127.0.0.1:0',
  WINDLASS_MQTT_LISTEN: '127.0.0.1:0',
  EMBEDDED_WORKER: 'off',
  ...own,
});

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** Starts the built server where it must not start, and waits for its end. */
export function startAndEnd(environment: Environment, uid?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      COMMAND,
      { timeout: 30_000, cwd: '/', env: environmentWith(environment), ...(uid === undefined ? {} : { uid, gid: uid }) },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

export interface Stopped {
  readonly code: number | null;
  /** From the signal to the end. */
  readonly ms: number;
  /** The last line of its log. */
  readonly last: string;
}

/** Starts the built server, sends it SIGTERM at the first line of its log with this message, and waits for its end. */
export async function startAndStop(environment: Environment, message: string): Promise<Stopped> {
  const child = spawn(process.execPath, COMMAND, { env: environmentWith(environment), stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let signalled = 0;
  let last = '';
  for await (last of createInterface(child.stdout)) {
    if (signalled > 0 || !last.includes(`"msg":"${message}"`)) continue;
    signalled = performance.now();
    child.kill('SIGTERM');
  }
  return { code: await ended, ms: performance.now() - signalled, last };
}
