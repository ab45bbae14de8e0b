import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServerProcess, type ServerProcess } from '../../lib/demo/server-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let built: Promise<unknown> | undefined;

/** Starts the built server as a process of its own, with two embedded workers unless the environment says otherwise. */
export async function startServer(options: { readonly environment?: Readonly<Record<string, string | undefined>>; readonly folder?: string } = {}): Promise<ServerProcess> {
  built ??= promisify(execFile)(process.execPath, ['--no-warnings', join(root, 'bin', 'build.ts')], { cwd: root });
  await built;
  if (!existsSync(join(root, 'dist', 'server.mjs'))) throw new Error('dist/server.mjs was not built');
  return startServerProcess({
    command: [process.execPath, '--no-warnings', join(root, 'dist', 'server.mjs')],
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    environment: { EMBEDDED_WORKER: 'process', ...options.environment },
  });
}
