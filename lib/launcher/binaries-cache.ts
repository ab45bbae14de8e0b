import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const CACHE_BYTES = 5 * 1024 ** 3;

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(part as Buffer);
  return hash.digest('hex');
}

/** Verified tools, each in a folder named by its hash; safe for several launchers on shared storage. */
export class BinariesCache {
  readonly #root: string;
  readonly #limitBytes: number;

  constructor(root: string, limitBytes = CACHE_BYTES) {
    this.#root = root;
    this.#limitBytes = limitBytes;
  }

  /** The path of a cached tool, whose hash is checked at each use; a damaged one is removed. */
  async find(tool: string, version: string, platform: string): Promise<string | undefined> {
    const folder = join(this.#root, tool, version, platform);
    for (const sha256 of await readdir(folder).catch(() => [])) {
      const path = join(folder, sha256, tool);
      const actual = await sha256OfFile(path).catch(() => undefined);
      if (actual === sha256) {
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        return path;
      }
      if (actual !== undefined) await rm(join(folder, sha256), { recursive: true, force: true });
    }
    return undefined;
  }

  /** Moves a verified binary in and answers where it is. */
  async add(tool: string, version: string, platform: string, file: string): Promise<string> {
    const sha256 = await sha256OfFile(file);
    const path = join(this.#root, tool, version, platform, sha256, tool);
    await mkdir(dirname(path), { recursive: true });
    await chmod(file, 0o555);
    await rename(file, path);
    await this.#trim(path);
    return path;
  }

  /** A path for something unfinished, on the cache's own file system. */
  async temporary(): Promise<string> {
    const folder = join(this.#root, '.tmp');
    await mkdir(folder, { recursive: true });
    return join(folder, randomUUID());
  }

  async #trim(keep: string): Promise<void> {
    const files = (await readdir(this.#root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !entry.parentPath.endsWith('.tmp'));
    const facts = await Promise.all(files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
      return { path, size, mtimeMs };
    }));
    let total = facts.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of facts.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= this.#limitBytes) return;
      if (path === keep) continue;
      await rm(dirname(path), { recursive: true, force: true });
      total -= size;
    }
  }
}
