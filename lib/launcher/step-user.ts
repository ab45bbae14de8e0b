import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StepUser } from './step.ts';

/** The user of the runner images; a launcher that is root gives its steps no more than this one may. */
export const RUNNER: StepUser = { uid: 1983, gid: 1983 };

export type StepUserChoice = { readonly user: StepUser | undefined; readonly warning?: string };

/** Whom the steps run as: the runner user when the launcher is root and may drop to it, else whoever the launcher is. */
export async function chooseStepUser(runRoot: string, toolPaths: readonly string[]): Promise<StepUserChoice> {
  if (process.getuid?.() !== 0) return { user: undefined };
  const refusal = await new Promise<string | undefined>((resolve) => {
    const script = 'cd "$1" || exit 3; shift; for tool; do [ -x "$tool" ] || { echo "$tool cannot be executed" >&2; exit 4; }; done';
    execFile('/bin/sh', ['-c', script, 'sh', runRoot, ...toolPaths], { ...RUNNER, cwd: '/', timeout: 10_000 }, (error, _stdout, stderr) => resolve(error ? stderr.trim() || error.message : undefined));
  });
  if (refusal === undefined) return { user: RUNNER };
  return { user: undefined, warning: `steps run as root: dropping to uid ${RUNNER.uid} is not possible here (${refusal.split('\n')[0] ?? ''})` };
}

/** Makes the folder that holds run folders; others may pass through it, not look into it. */
export async function makeRunRoot(runRoot: string): Promise<void> {
  await mkdir(runRoot, { recursive: true, mode: 0o711 });
}

/** Gives a folder and all in it to the user of the steps. */
export async function giveFolder(folder: string, user: StepUser | undefined): Promise<void> {
  if (!user) return;
  let count = 0;
  const walk = async (path: string): Promise<void> => {
    lchownSync(path, user.uid, user.gid);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      // Large trees must not hold up the launcher's other work.
      if (++count % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (entry.isDirectory()) await walk(child);
      else lchownSync(child, user.uid, user.gid);
    }
  };
  await walk(folder);
}

