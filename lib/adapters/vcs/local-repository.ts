import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR', 'EACCES'].includes(String((error as { code?: unknown }).code));

/** The git folder behind a `file://` URL, if its layout is the plain one whose refs and objects can be read in place. */
export async function localGitFolder(url: string): Promise<string | undefined> {
  const path = fileURLToPath(url).replace(/\/+$/, '');
  for (const candidate of [join(path, '.git'), path, `${path}.git`]) {
    const config = await readFile(join(candidate, 'config'), 'utf8').catch(() => undefined);
    if (config === undefined) continue;
    const objects = await stat(join(candidate, 'objects')).catch(() => undefined);
    // Another ref storage or hash needs git itself; so does a path that the alternates file would have to quote.
    const plain = !/\b(refstorage|objectformat)\b/i.test(config) && !/["#\n]/.test(candidate);
    return objects?.isDirectory() === true && plain ? candidate : undefined;
  }
  return undefined;
}

/**
 * Heads of the branches of a git folder, read without a process: loose refs first, then the packed ones below them, in the
 * order that is safe while `git pack-refs` runs. Undefined when something in there needs git to understand it.
 */
export async function localHeads(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  const loose = new Map<string, string>();
  const root = join(folder, 'refs', 'heads');
  try {
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory() || entry.name.endsWith('.lock')) continue;
      const path = join(entry.parentPath, entry.name);
      const hash = (await readFile(path, 'utf8')).trim();
      if (!/^[0-9a-f]{40}$/.test(hash)) return undefined;
      loose.set(path.slice(root.length + 1), hash);
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
    return undefined;
  }
  const packed = await readFile(join(folder, 'packed-refs'), 'utf8').catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return '';
  });
  const heads = new Map<string, string>();
  for (const line of packed.split('\n')) {
    const match = /^([0-9a-f]{40}) refs\/heads\/(.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) heads.set(match[2], match[1]);
  }
  for (const [name, hash] of loose) heads.set(name, hash);
  return heads;
}
