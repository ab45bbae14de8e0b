import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ENVIRONMENT = { ...process.env, TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

export interface BareTimes {
  readonly withClone: number;
  readonly withoutClone: number;
}

/** What a person would type: clone, init, plan, show, apply; in milliseconds, with the clone and without it. */
export async function runBare(tool: string, repositoryUrl: string): Promise<BareTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-bare-'));
  const work = join(folder, 'work');
  try {
    const start = performance.now();
    await run('git', ['clone', '--quiet', '--depth', '1', repositoryUrl, work], { env: ENVIRONMENT });
    const cloned = performance.now();
    const step = (...args: readonly string[]) => run(tool, [...args], { cwd: work, env: ENVIRONMENT, maxBuffer: 64 * 1024 * 1024 });
    await step('init', '-input=false', '-no-color');
    await step('plan', '-input=false', '-no-color', '-out=plan.bin');
    await step('show', '-json', 'plan.bin');
    await step('apply', '-input=false', '-no-color', '-auto-approve', 'plan.bin');
    const end = performance.now();
    return { withClone: end - start, withoutClone: end - cloned };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const localPath = (url: string): string => fileURLToPath(url);
