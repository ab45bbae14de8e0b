import type { CommitInfo } from '../../core/ports/vcs.ts';
import type { GitObject } from './http/pack.ts';

export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly authorName: string;
  readonly committedAt: number;
  readonly message: string;
  /** What the texts were written in, where it is not UTF-8; they are decoded. */
  readonly encoding: string | undefined;
}

export interface TreeEntry {
  readonly isFolder: boolean;
  readonly mode: string;
  readonly hash: string;
}

export type ReadObject = (hash: string) => GitObject | undefined;

/** An object that a question needs is not here yet. */
export class Missing extends Error {
  override name = 'Missing';
  readonly hash: string;

  constructor(hash: string) {
    super(`object ${hash} is not here`);
    this.hash = hash;
  }
}

const MAX_MESSAGE = 8192;
const FOLDER = '40000';
const SUBMODULE = '160000';
const NOTHING: ReadonlyMap<string, TreeEntry> = new Map();

/** A commit; undefined for a thing of another kind. */
export function commitOf(read: ReadObject, hash: string): Commit | undefined {
  const object = read(hash);
  if (object === undefined) throw new Missing(hash);
  if (object.type !== 'commit') return undefined;
  const end = object.body.indexOf('\n\n');
  const head = decoded(object.body.subarray(0, end < 0 ? undefined : end), undefined);
  const encoding = /^encoding (\S+)$/m.exec(head)?.[1];
  const text = encoding === undefined ? head : decoded(object.body.subarray(0, end < 0 ? undefined : end), encoding);
  return {
    tree: /^tree ([0-9a-f]{40})$/m.exec(head)?.[1] ?? '',
    parents: [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, parent = '']) => parent),
    authorName: /^author (.*?) ?<[^\n]*$/m.exec(text)?.[1] ?? '',
    committedAt: Number(/^committer .*> (\d+) [+-]\d{4}$/m.exec(head)?.[1] ?? 0),
    message: end < 0 ? '' : decoded(object.body.subarray(end + 2), encoding),
    encoding,
  };
}

function decoded(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === undefined) return bytes.toString('utf8');
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return bytes.toString('utf8');
  }
}

export const commitInfo = ({ message, authorName, committedAt }: Pick<Commit, 'message' | 'authorName' | 'committedAt'>, url: string, hash: string): CommitInfo => ({
  hash,
  message: message.trim().slice(0, MAX_MESSAGE),
  authorName,
  authorLogin: null,
  timestamp: committedAt,
  url,
});

function treeOf(read: ReadObject, hash: string | undefined): ReadonlyMap<string, TreeEntry> {
  if (hash === undefined) return NOTHING;
  const object = read(hash);
  if (object === undefined) throw new Missing(hash);
  const { body } = object;
  const entries = new Map<string, TreeEntry>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const end = body.indexOf(0, space);
    if (object.type !== 'tree' || space < 0 || end < 0) break;
    const mode = body.toString('latin1', at, space);
    entries.set(body.toString('utf8', space + 1, end), { mode, isFolder: mode === FOLDER, hash: body.toString('hex', end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}

/** Paths of the files in which two trees differ; against none, all paths. */
export function differences(read: ReadObject, before: string | undefined, after: string | undefined, prefix = ''): string[] {
  const [old, now] = [treeOf(read, before), treeOf(read, after)];
  const found: string[] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [one, other] = [old.get(name), now.get(name)];
    if (one?.hash === other?.hash && one?.mode === other?.mode) continue;
    const path = `${prefix}${name}`;
    if ((one !== undefined && !one.isFolder) || (other !== undefined && !other.isFolder)) found.push(path);
    const [folder, otherFolder] = [one?.isFolder ? one.hash : undefined, other?.isFolder ? other.hash : undefined];
    if (folder !== otherFolder) found.push(...differences(read, folder, otherFolder, `${path}/`));
  }
  return found;
}

/** The hash of a file's contents below a tree; undefined where there is no file. */
export function fileIn(read: ReadObject, tree: string, path: string): string | undefined {
  let entry: TreeEntry = { isFolder: true, mode: FOLDER, hash: tree };
  for (const name of path.split('/')) {
    const next = entry.isFolder ? treeOf(read, entry.hash).get(name) : undefined;
    if (next === undefined) return undefined;
    entry = next;
  }
  return entry.isFolder || entry.mode === SUBMODULE ? undefined : entry.hash;
}
