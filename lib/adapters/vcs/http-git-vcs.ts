import type { CommitInfo, RepositoryRef, Vcs } from '../../core/ports/vcs.ts';
import { invalid, isAppError, notFound } from '../../core/shared/errors.ts';
import type { OutboundProxy } from '../http/proxy.ts';
import type { CredentialsSource } from './git-credentials.ts';
import { branchName, checkedUrl, fullHash, isShortHash } from './git-names.ts';
import { textOf } from './git-output.ts';
import { comesBefore, commonAncestor } from './http/history.ts';
import { commitInfo, commitOf, differences, fileIn, type Commit, type ReadObject } from './git-objects.ts';
import { commitGone, remoteObjects, type Session } from './http/remote-objects.ts';
import { lru } from './lru.ts';

export interface HttpGitVcsOptions {
  /** Objects that were fetched; private to this process, and anything in it may be deleted at any time. */
  readonly folder: string;
  readonly credentials?: CredentialsSource | undefined;
  /** Plain `http://` too. */
  readonly allowLocal: boolean;
  /** What people are to do about a host that asks for credentials where there are none. */
  readonly withoutCredentials?: string;
  /** How long one call of the port may take, all its requests together. */
  readonly timeoutMs?: number | (() => number);
  readonly proxy?: OutboundProxy | undefined;
  /** Certificates trusted beside the usual ones, as PEM. */
  readonly ca?: string;
  readonly maxAnswerBytes?: number;
  readonly maxRepositoryBytes?: number;
  readonly maxFolderBytes?: number;
}

const MIB = 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;
/** How far back a question about history looks first, and next; then all of it is fetched. */
const DEPTHS = [64, 1024, undefined] as const;

/**
 * The Vcs port over git's smart HTTP protocol, where no program `git` is: commits and trees one deep, file contents one by one, and the
 * commits alone of a history that is asked about.
 */
export function httpGitVcs(options: HttpGitVcsOptions): Vcs {
  const { folder, allowLocal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const findCredentials = async (url: string) => options.credentials?.find(url);
  const objects = remoteObjects({
    folder,
    findCredentials,
    credentialsFrom: options.credentials?.name,
    withoutCredentials: options.withoutCredentials,
    proxy: options.proxy,
    ca: options.ca,
    deadlineMs: typeof timeoutMs === 'function' ? timeoutMs : () => timeoutMs,
    maxAnswerBytes: options.maxAnswerBytes ?? 32 * MIB,
    limits: { maxRepositoryBytes: options.maxRepositoryBytes ?? 96 * MIB, maxBytes: options.maxFolderBytes ?? 256 * MIB },
  });
  const commits = lru<CommitInfo>(512);
  const files = lru<{ readonly text: string | undefined }>(64);

  function checked({ url }: RepositoryRef): string {
    if (checkedUrl(url, allowLocal).startsWith('file:'))
      throw invalid(`repository ${url} lies on one machine, which this server cannot read from: use https://`, { url });
    return url;
  }

  function known(url: string, read: ReadObject, hash: string): Commit {
    const commit = commitOf(read, hash);
    if (commit === undefined) throw notFound(`${hash} is not a commit in repository ${url}`, { url, commit: hash });
    return commit;
  }

  /** Answers from the commits and their folders, which are fetched when anything of them is missing. */
  function fromTrees<T>(session: Session, hashes: readonly string[], work: (read: ReadObject) => T): Promise<T> {
    const { read } = session.store;
    const lacks = (hash: string) => {
      const commit = read(hash) && commitOf(read, hash);
      return commit === undefined || read(commit.tree) === undefined;
    };
    const fetch = () => objects.fetch(session, () => hashes.filter(lacks), { depth: 1, filter: 'blob:none' });
    return objects.answered(session, work, [fetch]);
  }

  /** Answers from the history of two commits, fetched a step further back while it does not reach. */
  async function fromHistory<T>(session: Session, hashes: readonly string[], work: (read: ReadObject) => T): Promise<T> {
    const { url } = session.exchange;
    await fromTrees(session, hashes, (read) => hashes.map((hash) => known(url, read, hash)));
    const further = (depth: number | undefined) => () => objects.fetch(session, () => hashes, { filter: 'tree:0', ...(depth !== undefined && { depth }) });
    return objects.answered(session, work, DEPTHS.map(further));
  }

  async function infoOf(url: string, hash: string): Promise<CommitInfo> {
    const found =
      commits.get(`${url}\n${hash}`) ??
      (await objects.on(url, (session) => fromTrees(session, [hash], (read) => commitInfo(known(url, read, hash), url, hash))));
    commits.set(`${url}\n${hash}`, found);
    return found;
  }

  /** The commit that an abbreviated hash means, among those on branches. */
  function wholeHash(url: string, short: string): Promise<string> {
    return objects.on(url, async (session) => {
      const fitting = () => session.store.startingWith(short).filter((hash) => session.store.read(hash)?.type === 'commit');
      if (fitting().length === 0) {
        const heads = [...new Set((await objects.heads(session)).values())];
        await objects.fetch(session, () => heads, { filter: 'tree:0' });
      }
      const [hash, ...others] = fitting();
      if (hash === undefined || others.length > 0)
        throw notFound(`commit ${short} is not in repository ${url}, or the abbreviation fits several`, { url, commit: short });
      return hash;
    });
  }

  /** A file's contents; from a server that gives no object by its hash, with the rest of the commit. */
  async function contents(session: Session, commit: string, blob: string): Promise<Buffer> {
    const { read } = session.store;
    const lacking = (hash: string) => () => (read(blob) === undefined ? [hash] : []);
    await objects.fetch(session, lacking(blob), {}).catch((error: unknown) => {
      if (!isAppError(error, 'NOT_FOUND')) throw error;
    });
    await objects.fetch(session, lacking(commit), { depth: 1 });
    const object = read(blob);
    if (object === undefined) throw commitGone(session.exchange.url, commit);
    return object.body;
  }

  const vcs: Vcs = {
    heads: async (repository) => objects.on(checked(repository), (session) => objects.heads(session)),

    async fetch(repository, branches) {
      const url = checked(repository);
      const names = branches?.map(branchName);
      await objects.on(url, async (session) => {
        const heads = await objects.heads(session);
        // Commits of other branches are fetched when they are asked for.
        const hashes = (names ?? []).map((branch) => heads.get(branch) ?? branchGone(url, branch));
        await fromTrees(session, hashes, (read) => hashes.map((hash) => read(known(url, read, hash).tree)));
      });
    },

    async commit(repository, ref) {
      const url = checked(repository);
      if ('hash' in ref) return infoOf(url, isShortHash(ref.hash) ? await wholeHash(url, ref.hash) : fullHash(ref.hash));
      const branch = branchName(ref.branch);
      return infoOf(url, (await vcs.heads(repository)).get(branch) ?? branchGone(url, branch));
    },

    async changedFiles(repository, range) {
      const url = checked(repository);
      const after = fullHash(range.after);
      const [before, base] = [range.before, range.base].map((hash) => (hash === undefined ? undefined : fullHash(hash)));
      return objects.on(url, async (session) => {
        const from = before ?? (base === undefined ? undefined : await fromHistory(session, [base, after], (read) => commonAncestor(read, base, after)));
        const hashes = from === undefined ? [after] : [from, after];
        return fromTrees(session, hashes, (read) => {
          const [now, old] = [known(url, read, after), from === undefined ? undefined : known(url, read, from)];
          return differences(read, old?.tree, now.tree).sort();
        });
      });
    },

    async file(repository, hash, path, maxBytes) {
      const url = checked(repository);
      if (path === '' || /[\n\0]/.test(path)) return undefined;
      const key = `${url}\n${fullHash(hash)}\n${path}`;
      const cached = files.get(key);
      if (cached !== undefined) return cached.text;
      const text = await objects.on(url, async (session) => {
        const blob = await fromTrees(session, [hash], (read) => fileIn(read, known(url, read, hash).tree, path));
        return blob === undefined ? undefined : textOf(await contents(session, hash, blob), `${path} at ${hash.slice(0, 8)}`, maxBytes);
      });
      if ((text?.length ?? 0) <= 64 * 1024) files.set(key, { text });
      return text;
    },

    async isAncestor(repository, ancestor, descendant) {
      const [one, other] = [fullHash(ancestor), fullHash(descendant)];
      if (one === other) return true;
      return objects.on(checked(repository), (session) => fromHistory(session, [one, other], (read) => comesBefore(read, one, other)));
    },

    credentials: async (repository) => findCredentials(checked(repository)),
  };
  return vcs;
}

function branchGone(url: string, branch: string): never {
  throw notFound(`branch ${branch} is not in repository ${url}`, { url, branch });
}
