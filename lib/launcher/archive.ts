import { chmod, lstat, mkdir, open, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract as tarExtract } from 'tar-stream';
import type { Header } from 'tar-stream';

/** The archive holds something that has no business in it. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

export interface ExtractOptions {
  /** So many leading path components are cut off. */
  readonly strip?: 0 | 1;
  /** Total size of what may come out. */
  readonly maxBytes?: number;
  /** Takes an entry instead of the usual way when it answers true. */
  readonly special?: (header: Header) => Promise<boolean>;
}

const DEFAULT_MAX_BYTES = 20 * 1024 ** 3;

/** Unpacks a gzipped tar; entries that are absolute, climb out by `..` or leave the folder through links are refused. */
export async function extractTarGz(source: Readable, folder: string, options: ExtractOptions = {}): Promise<void> {
  const { strip = 0, maxBytes = DEFAULT_MAX_BYTES } = options;
  const extract = tarExtract();
  const unpacked = (async () => {
    const real = new RealFolders(folder);
    const modes: [string, number][] = [];
    let bytes = 0;
    for await (const entry of extract) {
      const { header } = entry;
      bytes += header.size;
      if (bytes > maxBytes) throw new ArchiveError(`the archive unpacks to more than ${maxBytes} bytes`);
      if (!(await options.special?.(header))) {
        const name = entryName(header.name, strip);
        if (name !== undefined) await place(real, folder, name, entry, modes);
      }
      entry.resume();
    }
    // Last, so that a folder without write permission can be filled first.
    for (const [path, mode] of modes.reverse()) await chmod(path, mode);
  })();
  try {
    await Promise.all([pipeline(source, createGunzip(), extract), unpacked]);
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    const settled = await unpacked.then(() => error, (inner: unknown) => inner);
    if (settled instanceof ArchiveError) throw settled;
    throw new ArchiveError(`the archive cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The path inside the folder, or undefined for what stripping leaves nothing of. */
function entryName(raw: string, strip: number): string | undefined {
  if (raw.includes('\0') || isAbsolute(raw) || raw.split(/[\\/]/).includes('..')) throw new ArchiveError(`the archive holds ${JSON.stringify(raw)}, which lies outside of it`);
  const parts = posix.normalize(raw).split('/').filter((part) => part !== '' && part !== '.').slice(strip);
  return parts.length === 0 ? undefined : parts.join('/');
}

async function place(real: RealFolders, folder: string, name: string, entry: AsyncIterable<unknown> & { readonly header: Header }, modes: [string, number][]): Promise<void> {
  const { header } = entry;
  const path = join(folder, name);
  const mode = header.mode & 0o777;
  if (header.type === 'directory') {
    await real.make(path, name);
    modes.push([path, mode | 0o700]);
    return;
  }
  await real.make(dirname(path), name);
  switch (header.type) {
    case 'file':
    case 'contiguous-file': {
      await rm(path, { force: true, recursive: true });
      const file = await open(path, 'wx', mode);
      try {
        for await (const part of entry) await file.writeFile(part as Buffer);
        await file.chmod(mode);
      } finally {
        await file.close();
      }
      return;
    }
    case 'symlink': {
      const target = header.linkname;
      if (!staysInside(folder, dirname(path), target)) throw new ArchiveError(`the archive holds the link ${JSON.stringify(name)} to ${JSON.stringify(target)}, which lies outside of it`);
      await rm(path, { force: true, recursive: true });
      await symlink(target, path);
      return;
    }
    case 'link': {
      throw new ArchiveError(`the archive holds the hard link ${JSON.stringify(name)} to ${JSON.stringify(header.linkname)}; hard links are not supported`);
    }
    default:
      throw new ArchiveError(`the archive holds ${JSON.stringify(name)}, which is neither file, folder nor link`);
  }
}

/**
 * Whether a link in `from` ends inside `folder`, by its text alone. Steps up count only at its start: after a name
 * that is itself a link they would lead elsewhere than the text says.
 */
export function staysInside(folder: string, from: string, target: string): boolean {
  if (target === '' || isAbsolute(target) || target.includes('\0')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const climbs = ups < 0 ? parts.length : ups;
  if (parts.slice(climbs).includes('..')) return false;
  return climbs <= relative(folder, from).split(sep).filter((part) => part !== '').length;
}

/** Makes folders, and refuses to pass through a link: what a link reaches need not be what its text says. */
class RealFolders {
  readonly #root: string;
  readonly #known = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.#known.add(root);
  }

  async make(path: string, name: string): Promise<void> {
    if (this.#known.has(path)) {
      if (path === this.#root || (await lstat(path)).isDirectory()) return;
    }
    await this.make(dirname(path), name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isSymbolicLink()) throw new ArchiveError(`the archive holds ${JSON.stringify(name)} beneath the link to ${JSON.stringify(await readlink(path))}`);
    if (facts && !facts.isDirectory()) await rm(path);
    if (!facts?.isDirectory()) await mkdir(path, { mode: 0o755 });
    this.#known.add(path);
  }
}
