import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rescueFolder } from './handover-record.ts';
import type { Log } from './log.ts';
import { messageOf } from './log.ts';
import { RunApi } from './run-api.ts';
import { ApiError } from './server-api.ts';
import type { ServerApi } from './server-api.ts';

/** Sends the states that earlier handovers on this machine could not deliver; what the server refuses for good is kept on disk. */
export async function deliverRescued(workDir: string, api: ServerApi, log: Log, signal: AbortSignal): Promise<void> {
  const root = rescueFolder(workDir);
  for (const name of await readdir(root).catch(() => [])) {
    const match = /^([0-9A-Z]{26})-(\d+)$/.exec(name);
    if (!match?.[1]) continue;
    try {
      await new RunApi(api, match[1], Number(match[2]), signal).erroredState(join(root, name, 'errored.tfstate'));
      await rm(join(root, name), { recursive: true, force: true });
      log.info('delivered a state that an earlier run had left', { runId: match[1] });
    } catch (error) {
      log[error instanceof ApiError ? 'warn' : 'error']('a rescued state was not taken', { runId: match[1], folder: join(root, name), error: messageOf(error) });
    }
  }
}
