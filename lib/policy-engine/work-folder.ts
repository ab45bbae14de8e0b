import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private folder: an empty one to run in, and inputs too large for a pipe. */
export class WorkFolder {
  #made: Promise<string> | undefined;
  #files = 0;

  /** An empty folder. */
  async empty(): Promise<string> {
    return join(await this.#root(), 'empty');
  }

  /** Keeps the text in a file while the work goes on. */
  async withFile<T>(content: Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
    const path = join(await this.#root(), `input-${++this.#files}.json`);
    try {
      await writeFile(path, content, { mode: 0o600, flag: 'wx' });
      return await work(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  async remove(): Promise<void> {
    if (this.#made) await rm(await this.#made, { recursive: true, force: true });
    this.#made = undefined;
  }

  #root(): Promise<string> {
    this.#made ??= mkdtemp(join(tmpdir(), 'windlass-policies-')).then(async (root) => {
      await mkdir(join(root, 'empty'), { mode: 0o500 });
      return root;
    });
    return this.#made;
  }
}
