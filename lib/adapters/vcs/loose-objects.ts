import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

/** Larger objects, and questions that need more of them, are left to git. */
const MAX_PACKED_BYTES = 32 * 1024;
const MAX_BYTES = 256 * 1024;
const MAX_READS = 50;

/** Not everything that is needed lies loose: git itself must be asked. */
class NotLoose extends Error {}

interface LooseObject {
  readonly type: string;
  readonly body: Buffer;
}

interface TreeEntry {
  readonly mode: string;
  readonly hash: string;
}
type Tree = ReadonlyMap<string, TreeEntry>;

const EMPTY: Tree = new Map();
const isFolder = (entry: TreeEntry | undefined): boolean => entry?.mode === '40000';

/** A small zlib file whole; undefined where it is missing, large or damaged. At once: the thread pool would take a turn for each of its four steps. */
function inflated(path: string): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    if (fstatSync(file).size > MAX_PACKED_BYTES) return undefined;
    return inflateSync(readFileSync(file), { maxOutputLength: MAX_BYTES });
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export interface LooseCommit {
  readonly tree: string;
  readonly authorName: string;
  readonly committedAt: number;
  readonly message: string;
}

/**
 * Reads of one folder of git objects without starting git: what was pushed or fetched a moment ago lies there loose, one file an object, and
 * starting a process costs more than everything else that a push makes the server do. Each answer is undefined where git must be asked.
 */
export function looseObjects(folder: string) {
  function read(hash: string, budget: { reads: number }): LooseObject {
    if (++budget.reads > MAX_READS) throw new NotLoose();
    const bytes = inflated(join(folder, hash.slice(0, 2), hash.slice(2)));
    const end = bytes?.indexOf(0) ?? -1;
    if (bytes === undefined || end < 0) throw new NotLoose();
    const [type = '', size] = bytes.toString('latin1', 0, end).split(' ');
    const body = bytes.subarray(end + 1);
    if (body.length !== Number(size)) throw new NotLoose();
    return { type, body };
  }

  function readCommit(hash: string, budget: { reads: number }): LooseCommit {
    const { type, body } = read(hash, budget);
    if (type !== 'commit') throw new NotLoose();
    const text = body.toString('utf8');
    const end = text.indexOf('\n\n');
    const head = end < 0 ? text : text.slice(0, end);
    const tree = /^tree ([0-9a-f]{40})$/m.exec(head)?.[1];
    const authorName = /^author (.*?) ?<[^<>]*> \d+ [+-]\d{4}$/m.exec(head)?.[1];
    const committedAt = /^committer .*<[^<>]*> (\d+) [+-]\d{4}$/m.exec(head)?.[1];
    // Git recodes a message in another encoding, and makes sense of damaged lines.
    if (tree === undefined || authorName === undefined || committedAt === undefined || /^encoding /m.test(head)) throw new NotLoose();
    return { tree, authorName, committedAt: Number(committedAt), message: end < 0 ? '' : text.slice(end + 2) };
  }

  function readTree(hash: string, budget: { reads: number }): Tree {
    const { type, body } = read(hash, budget);
    if (type !== 'tree') throw new NotLoose();
    const entries = new Map<string, TreeEntry>();
    for (let at = 0; at < body.length; ) {
      const space = body.indexOf(0x20, at);
      const end = body.indexOf(0, space);
      if (space < 0 || end < 0 || end + 20 >= body.length + 1) throw new NotLoose();
      entries.set(body.toString('utf8', space + 1, end), { mode: body.toString('latin1', at, space), hash: body.toString('hex', end + 1, end + 21) });
      at = end + 21;
    }
    return entries;
  }

  function differences(before: string | undefined, after: string | undefined, prefix: string, budget: { reads: number }): string[] {
    const old = before === undefined ? EMPTY : readTree(before, budget);
    const now = after === undefined ? EMPTY : readTree(after, budget);
    const found: string[] = [];
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [one, other] = [old.get(name), now.get(name)];
      if (one?.hash === other?.hash && one?.mode === other?.mode) continue;
      const path = `${prefix}${name}`;
      if ((one !== undefined && !isFolder(one)) || (other !== undefined && !isFolder(other))) found.push(path);
      if (isFolder(one) || isFolder(other)) found.push(...differences(isFolder(one) ? one?.hash : undefined, isFolder(other) ? other?.hash : undefined, `${path}/`, budget));
    }
    return found;
  }

  function unlessPacked<T>(work: (budget: { reads: number }) => T): T | undefined {
    try {
      return work({ reads: 0 });
    } catch (error) {
      if (error instanceof NotLoose) return undefined;
      throw error;
    }
  }

  return {
    /** The commit, and the paths of the files in which it differs from the other one; without another, none. */
    describe: (hash: string, before: string | undefined): { readonly commit: LooseCommit; readonly paths: readonly string[] } | undefined =>
      unlessPacked((budget) => {
        const commit = readCommit(hash, budget);
        return { commit, paths: before === undefined ? [] : differences(readCommit(before, budget).tree, commit.tree, '', budget).sort() };
      }),

    /** A file's bytes, or that there is none. */
    file: (hash: string, path: string): { readonly body: Buffer | undefined } | undefined =>
      unlessPacked((budget) => {
        const names = path.split('/');
        let tree = readTree(readCommit(hash, budget).tree, budget);
        for (const [index, name] of names.entries()) {
          if (['', '.', '..'].includes(name)) throw new NotLoose();
          const entry = tree.get(name);
          if (index < names.length - 1) {
            if (entry === undefined || !isFolder(entry)) return { body: undefined };
            tree = readTree(entry.hash, budget);
            continue;
          }
          if (entry === undefined || isFolder(entry)) return { body: undefined };
          const { type, body } = read(entry.hash, budget);
          return { body: type === 'blob' ? body : undefined };
        }
        return { body: undefined };
      }),
  };
}
