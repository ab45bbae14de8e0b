import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { commitOf, differences, fileIn, type Commit, type ReadObject } from './git-objects.ts';
import { isObjectType, type GitObject } from './http/pack.ts';

/** Larger objects, and questions that need more of them, are left to git. */
const MAX_PACKED_BYTES = 32 * 1024;
const MAX_BYTES = 256 * 1024;
const MAX_READS = 50;

/** Not everything that is needed lies loose: git itself must be asked. */
class NotLoose extends Error {}

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

/**
 * Reads of one folder of git objects without starting git: what was pushed or fetched a moment ago lies there loose, one file an object, and
 * starting a process costs more than everything else that a push makes the server do. Each answer is undefined where git must be asked.
 */
export function looseObjects(folder: string) {
  function reader(): (hash: string) => GitObject {
    let reads = 0;
    return (hash) => {
      if (++reads > MAX_READS) throw new NotLoose();
      const bytes = inflated(join(folder, hash.slice(0, 2), hash.slice(2)));
      const end = bytes?.indexOf(0) ?? -1;
      if (bytes === undefined || end < 0) throw new NotLoose();
      const [type = '', size] = bytes.toString('latin1', 0, end).split(' ');
      const body = bytes.subarray(end + 1);
      if (body.length !== Number(size) || !isObjectType(type)) throw new NotLoose();
      return { type, body };
    };
  }

  /** Git makes sense of damaged lines, and recodes texts in another encoding. */
  function commit(read: ReadObject, hash: string): Commit {
    const found = commitOf(read, hash);
    if (found === undefined || found.tree === '' || found.committedAt === 0 || found.encoding !== undefined) throw new NotLoose();
    return found;
  }

  function unlessPacked<T>(work: (read: (hash: string) => GitObject) => T): T | undefined {
    try {
      return work(reader());
    } catch (error) {
      if (error instanceof NotLoose) return undefined;
      throw error;
    }
  }

  return {
    /** The commit, and the paths of the files in which it differs from the other one; without another, none. */
    describe: (hash: string, before: string | undefined): { readonly commit: Commit; readonly paths: readonly string[] } | undefined =>
      unlessPacked((read) => {
        const found = commit(read, hash);
        return { commit: found, paths: before === undefined ? [] : differences(read, commit(read, before).tree, found.tree).sort() };
      }),

    /** A file's bytes, or that there is none. */
    file: (hash: string, path: string): { readonly body: Buffer | undefined } | undefined =>
      unlessPacked((read) => {
        if (path.split('/').some((name) => ['', '.', '..'].includes(name))) throw new NotLoose();
        const blob = fileIn(read, commit(read, hash).tree, path);
        return { body: blob === undefined ? undefined : read(blob).body };
      }),
  };
}
