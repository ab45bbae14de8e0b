import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SERVER = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'server.mjs');

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** Starts the built server where it must not start, and waits for its end. */
export function startAndEnd(environment: Readonly<Record<string, string>>, uid?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--no-warnings', SERVER],
      { timeout: 30_000, cwd: '/', env: { PATH: process.env.PATH, WINDLASS_LISTEN: '127.0.0.1:0', WINDLASS_MQTT_LISTEN: '127.0.0.1:0', EMBEDDED_WORKER: 'off', ...environment }, ...(uid === undefined ? {} : { uid, gid: uid }) },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
