import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listPack, packReader, PackTooLarge, type GitObject } from './pack.ts';
import { openIndex, packIndex } from './pack-index.ts';

export interface FolderLimits {
  /** What all repositories may take together. */
  readonly maxBytes: number;
  /** What one may take; a single answer that is larger is refused. */
  readonly maxRepositoryBytes: number;
}

/** Small packs pile up, one a fetch; a lookup asks each. */
const MAX_PACKS = 40;
const MAX_OPEN = 4;

type Pack = ReturnType<typeof openIndex> & { readonly read: (offset: number) => GitObject };

/** What this process knows of one repository: packs as they came. What is missing is fetched again. */
export interface ObjectStore {
  readonly read: (hash: string) => GitObject | undefined;
  /** Hashes of objects that begin so. */
  readonly startingWith: (beginning: string) => readonly string[];
  /** Keeps a pack that has arrived; throws PackDamaged or PackTooLarge. */
  readonly add: (pack: Buffer) => void;
}

/** Objects of repositories below one folder; those used least recently make room. */
export function objectFolder(folder: string, { maxBytes, maxRepositoryBytes }: FolderLimits) {
  const open = new Map<string, Map<string, Pack>>();

  const folderOf = (url: string): string => {
    const name = new URL(url).pathname.split('/').findLast((part) => part !== '')?.replace(/\.git$/, '').replace(/[^A-Za-z0-9._-]/g, '_') ?? 'repository';
    return join(folder, `${name.slice(0, 60)}-${createHash('sha256').update(url).digest('hex').slice(0, 16)}.git`);
  };
  const packsIn = (repository: string) => join(repository, 'objects', 'pack');

  function names(repository: string): readonly string[] {
    try {
      return readdirSync(packsIn(repository));
    } catch {
      return [];
    }
  }
  const bytesOf = (repository: string) =>
    names(repository).reduce((sum, name) => sum + (statSync(join(packsIn(repository), name), { throwIfNoEntry: false })?.size ?? 0), 0);

  function remove(repository: string): void {
    open.delete(repository);
    rmSync(repository, { recursive: true, force: true });
  }

  /** The repository's packs, opened once while it is among the last few in use. */
  function packsOf(repository: string): ReadonlyMap<string, Pack> {
    const packs = open.get(repository) ?? new Map<string, Pack>();
    const present = names(repository).filter((name) => name.endsWith('.idx'));
    for (const name of packs.keys()) if (!present.includes(name)) packs.delete(name);
    for (const name of present) {
      if (packs.has(name)) continue;
      const index = openIndex(readFileSync(join(packsIn(repository), name)));
      const file = join(packsIn(repository), name.replace(/idx$/, 'pack'));
      let reader: ReturnType<typeof packReader> | undefined;
      const read = (offset: number) => (reader ??= packReader(readFileSync(file), index.offsetOf)).read(offset);
      packs.set(name, { ...index, read });
    }
    open.delete(repository);
    open.set(repository, packs);
    for (const oldest of open.keys()) if (open.size > MAX_OPEN) open.delete(oldest);
    return packs;
  }

  function makeRoom(repository: string): void {
    const others = readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.git') && path !== repository)
      .map((path) => ({ path, bytes: bytesOf(path), usedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((a, b) => a.usedAt - b.usedAt);
    let total = others.reduce((sum, { bytes }) => sum + bytes, bytesOf(repository));
    for (const { path, bytes } of others) {
      if (total <= maxBytes) return;
      remove(path);
      total -= bytes;
    }
  }

  function add(repository: string, pack: Buffer): void {
    const objects = listPack(pack);
    if (objects.length === 0) return;
    const index = packIndex(objects, pack);
    const bytes = pack.length + index.length;
    if (bytes > maxRepositoryBytes) throw new PackTooLarge(`it takes more than ${maxRepositoryBytes} bytes`);
    if (bytesOf(repository) + bytes > maxRepositoryBytes || names(repository).length >= 2 * MAX_PACKS) remove(repository);
    mkdirSync(packsIn(repository), { recursive: true, mode: 0o700 });
    const base = join(packsIn(repository), `pack-${pack.toString('hex', pack.length - 20)}`);
    // The index last, for by it the pack is found.
    for (const [path, content] of [[`${base}.pack`, pack], [`${base}.idx`, index]] as const) {
      writeFileSync(`${path}.new`, content, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    makeRoom(repository);
  }

  return {
    store(url: string): ObjectStore {
      const repository = folderOf(url);
      const now = new Date();
      if (existsSync(repository)) utimesSync(repository, now, now);
      return {
        read(hash) {
          for (const pack of packsOf(repository).values()) {
            const offset = pack.offsetOf(hash);
            if (offset !== undefined) return pack.read(offset);
          }
          return undefined;
        },
        startingWith: (beginning) => [...new Set([...packsOf(repository).values()].flatMap((pack) => pack.startingWith(beginning)))],
        add: (pack) => add(repository, pack),
      };
    },
    /** Forgets a repository whose files are damaged. */
    drop: (url: string): void => remove(folderOf(url)),
  };
}
