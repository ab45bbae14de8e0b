import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTimeOf } from './processes.ts';
import type { StepUser } from './step.ts';

/** The pool's shared cache of providers. The tool does not guard it against two installations at once, so a lock file does. */
export class PluginCache {
  readonly folder: string;
  readonly #lock: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#lock = `${folder}.lock`;
  }

  static async make(runRoot: string, poolId: string, user: StepUser | undefined): Promise<PluginCache> {
    const folder = join(runRoot, `plugin-cache-${poolId}`);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    if (user) chownSync(folder, user.uid, user.gid);
    return new PluginCache(folder);
  }

  /** Runs `work` while no other launcher on this machine does the same. */
  async locked<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let pause = 5; !this.#take(); pause = Math.min(pause * 2, 200)) {
      await sleep(pause, undefined, { signal });
      if (!(await this.#isHeld())) await rm(this.#lock, { force: true });
    }
    try {
      return await work();
    } finally {
      rmSync(this.#lock, { force: true });
    }
  }

  #take(): boolean {
    try {
      writeFileSync(this.#lock, JSON.stringify({ pid: process.pid, start: startTimeOf(process.pid) }), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Whether the launcher that took the lock is still there. */
  async #isHeld(): Promise<boolean> {
    try {
      const { pid, start } = JSON.parse(await readFile(this.#lock, 'utf8')) as { pid: number; start: string };
      return startTimeOf(pid) === start;
    } catch (error) {
      // Half written is taken a moment ago.
      return (error as NodeJS.ErrnoException).code !== 'ENOENT';
    }
  }
}
