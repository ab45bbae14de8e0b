import type { Telemetry } from '../../core/ports/telemetry.ts';
import type { CommitInfo, RepositoryRef, Vcs } from '../../core/ports/vcs.ts';
import { notFound, unavailable } from '../../core/shared/errors.ts';
import type { CredentialsSource } from './git-credentials.ts';
import { lastLine, remoteError } from './git-errors.ts';
import { gitMirrors, keptRef, MirrorBroken, PARTIAL, type Mirror } from './git-mirror.ts';
import { branchName, checkedUrl, fullHash, isBranchName, isShortHash } from './git-names.ts';
import { contentOf, DESCRIBE, descriptionOf, isDescription, looseDescription, textOf, type Description } from './git-output.ts';
import { gitRunner, type GitCall, type GitOutcome } from './git-process.ts';
import { localHeads } from './local-repository.ts';
import { looseObjects } from './loose-objects.ts';
import { lru } from './lru.ts';

export interface GitVcsOptions {
  /** Mirrors and git's own home; private to this process. */
  readonly folder: string;
  readonly credentials?: CredentialsSource | undefined;
  /** Plain `http://` and `file://` too. */
  readonly allowLocal: boolean;
  readonly telemetry: Pick<Telemetry, 'log'>;
  /** How long one call of git may take; a first fetch of a large repository is one. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;
/** Every fetch leaves a few files; git packs them when they are many. */
const FETCHES_BETWEEN_TIDYING = 100;
const TIDY = ['-c', 'gc.auto=2000', '-c', 'gc.autoPackLimit=50', '-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet'];

/** The Vcs port over raw git: one bare mirror a repository, read by short-lived processes. */
export function gitVcs(options: GitVcsOptions): Vcs {
  const { folder, allowLocal, telemetry, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const run = gitRunner({ folder, allowLocal, timeoutMs });
  const mirrors = gitMirrors(folder);
  const findCredentials = async (url: string) => options.credentials?.find(url);
  const commits = lru<CommitInfo>(512);
  let fetches = 0;
  const files = lru<{ readonly text: string | undefined }>(64);

  const checked = (repository: RepositoryRef) => checkedUrl(repository.url, allowLocal);

  /** A call that talks to the remote. What fails there is said in the caller's terms; another failure is returned. */
  async function remote(url: string, args: readonly string[], about: { readonly hash?: string } = {}, call: GitCall = {}): Promise<GitOutcome> {
    const credentials = url.startsWith('http') ? await findCredentials(url) : undefined;
    const outcome = await run(args, { ...call, ...(credentials === undefined ? {} : { login: { url, credentials } }) });
    if (outcome.code === 0 || outcome.cut) return outcome;
    const explained = remoteError(outcome.stderr, { url, credentialsFrom: options.credentials?.name, hadCredentials: credentials !== undefined, ...about });
    if (explained !== undefined) throw explained;
    return outcome;
  }

  const inMirror = (mirror: Mirror, ...args: readonly string[]) => [`--git-dir=${mirror.folder}`, ...args];

  async function fetchInto(mirror: Mirror, refspecs: readonly string[], about: { readonly hash?: string } = {}): Promise<void> {
    const args = inMirror(
      mirror,
      ...(mirror.source === undefined ? PARTIAL : []),
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-auto-maintenance',
      '--no-write-fetch-head',
      '--prune',
      '--force',
      'origin',
      ...refspecs,
    );
    const outcome = await mirrors.inTurn(mirror.url, async () => {
      const fetched = await remote(mirror.url, args, about);
      if (++fetches % FETCHES_BETWEEN_TIDYING === 0) await run(inMirror(mirror, ...PARTIAL, ...TIDY));
      return fetched;
    });
    if (outcome.code !== 0) throw new MirrorBroken(outcome);
  }

  async function fetchCommit(mirror: Mirror, hash: string): Promise<void> {
    try {
      await fetchInto(mirror, [`${hash}:${keptRef(hash)}`], { hash });
    } catch (error) {
      if (!(error instanceof MirrorBroken)) throw error;
      // Old servers give branches only.
      await fetchInto(mirror, ['+refs/heads/*:refs/all/*'], { hash });
      const found = await run(inMirror(mirror, 'cat-file', '-t', hash));
      if (found.code !== 0) throw notFound(`commit ${hash} is not in repository ${mirror.url}`, { url: mirror.url, commit: hash });
    }
  }

  /** Reads from the mirror; commits that it lacks are fetched by hash first. */
  async function read(
    mirror: Mirror,
    hashes: readonly string[],
    attempt: () => Promise<GitOutcome>,
    isGood: (outcome: GitOutcome) => boolean,
  ): Promise<GitOutcome> {
    const first = await attempt();
    if (isGood(first)) return first;
    for (const hash of hashes) {
      const kind = await run(inMirror(mirror, 'cat-file', '-t', hash));
      if (kind.code !== 0) await fetchCommit(mirror, hash);
      else if (kind.stdout.toString().trim() !== 'commit')
        throw notFound(`${hash} is not a commit in repository ${mirror.url}`, { url: mirror.url, commit: hash });
    }
    const second = await attempt();
    if (isGood(second)) return second;
    throw new MirrorBroken(second);
  }

  /** Runs `work` on the repository's mirror, and on a new one when it proves to be damaged. */
  async function onMirror<T>(url: string, work: (mirror: Mirror) => Promise<T>): Promise<T> {
    try {
      return await mirrors.withMirror(url, work);
    } catch (error) {
      if (!(error instanceof MirrorBroken)) throw error;
      telemetry.log('error', 'a git mirror could not be repaired', { url, reason: error.message });
      throw unavailable(`repository ${url} cannot be read: ${error.message}`, { url }, { cause: error });
    }
  }

  /** One commit, with the paths in which it differs from `before`. */
  async function describe(mirror: Mirror, hash: string, before: string | undefined): Promise<Description> {
    const loose = looseObjects(mirror.objects).describe(hash, before);
    const described = loose === undefined ? await askToDescribe(mirror, hash, before) : looseDescription(loose, mirror.url, hash);
    commits.set(`${mirror.url}\n${hash}`, described.commit);
    return described;
  }

  async function askToDescribe(mirror: Mirror, hash: string, before: string | undefined): Promise<Description> {
    const input = before === undefined ? `${hash} ${hash}\n` : `${hash} ${before}\n`;
    const attempt = () => run(inMirror(mirror, ...DESCRIBE), { input });
    const outcome = await read(mirror, before === undefined ? [hash] : [before, hash], attempt, (told) => isDescription(told, hash));
    return descriptionOf(outcome, mirror.url, hash);
  }

  async function commitInfo(url: string, hash: string): Promise<CommitInfo> {
    return commits.get(`${url}\n${hash}`) ?? onMirror(url, async (mirror) => (await describe(mirror, fullHash(hash), undefined)).commit);
  }

  /** The commit that an abbreviated hash means, among those on branches. */
  async function wholeHash(mirror: Mirror, short: string): Promise<string> {
    const resolve = () => run(inMirror(mirror, 'rev-parse', '--verify', '--quiet', `${short}^{commit}`));
    let outcome = await resolve();
    if (outcome.code !== 0 && mirror.source === undefined) {
      await fetchInto(mirror, ['+refs/heads/*:refs/all/*']);
      outcome = await resolve();
    }
    if (outcome.code !== 0)
      throw notFound(`commit ${short} is not in repository ${mirror.url}, or the abbreviation fits several`, { url: mirror.url, commit: short });
    return outcome.stdout.toString().trim();
  }

  async function mergeBase(mirror: Mirror, one: string, other: string): Promise<string | undefined> {
    const outcome = await read(
      mirror,
      [one, other],
      () => run(inMirror(mirror, 'merge-base', one, other)),
      ({ code }) => code === 0 || code === 1,
    );
    return outcome.code === 0 ? outcome.stdout.toString().trim() : undefined;
  }

  async function allPaths(mirror: Mirror, hash: string): Promise<readonly string[]> {
    const outcome = await read(
      mirror,
      [hash],
      () => run(inMirror(mirror, 'ls-tree', '-r', '-z', '--name-only', hash)),
      ({ code }) => code === 0,
    );
    return outcome.stdout
      .toString()
      .split('\0')
      .filter((path) => path !== '');
  }

  const vcs: Vcs = {
    async heads(repository) {
      const url = checked(repository);
      const local = url.startsWith('file:')
        ? await mirrors.withMirror(url, async ({ source }) => (source === undefined ? undefined : localHeads(source)))
        : undefined;
      if (local !== undefined) return new Map([...local].filter(([name]) => isBranchName(name)));
      const outcome = await remote(url, ['ls-remote', '--heads', '--', url]);
      if (outcome.code !== 0) throw unavailable(`repository ${url} cannot be read: ${lastLine(outcome.stderr)}`, { url });
      const refs = outcome.stdout.toString().matchAll(/^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/gm);
      return new Map([...refs].map(([, hash = '', name = '']) => [name, hash] as const).filter(([name]) => isBranchName(name)));
    },

    async fetch(repository, branches) {
      const refspecs = branches?.map((branch) => `+refs/heads/${branchName(branch)}:${keptRef(branch)}`) ?? ['+refs/heads/*:refs/all/*'];
      await onMirror(checked(repository), async (mirror) => {
        // Objects of a repository on this machine are read in place.
        if (mirror.source !== undefined || refspecs.length === 0) return;
        await fetchInto(mirror, refspecs);
      });
    },

    async commit(repository, ref) {
      const url = checked(repository);
      if ('hash' in ref)
        return commitInfo(url, isShortHash(ref.hash) ? await onMirror(url, (mirror) => wholeHash(mirror, ref.hash)) : fullHash(ref.hash));
      const branch = branchName(ref.branch);
      const hash = (await vcs.heads(repository)).get(branch);
      if (hash === undefined) throw notFound(`branch ${branch} is not in repository ${url}`, { url, branch });
      return commitInfo(url, hash);
    },

    async changedFiles(repository, range) {
      const url = checked(repository);
      const after = fullHash(range.after);
      const base = range.base === undefined ? undefined : fullHash(range.base);
      return onMirror(url, async (mirror) => {
        if (range.before !== undefined) return (await describe(mirror, after, fullHash(range.before))).paths;
        const from = base === undefined ? undefined : await mergeBase(mirror, base, after);
        return from === undefined ? allPaths(mirror, after) : (await describe(mirror, after, from)).paths;
      });
    },

    async file(repository, hash, path, maxBytes) {
      const url = checked(repository);
      if (path === '' || /[\n\0]/.test(path)) return undefined;
      const key = `${url}\n${fullHash(hash)}\n${path}`;
      const cached = files.get(key);
      if (cached !== undefined) return cached.text;
      await commitInfo(url, hash);
      const text = await onMirror(url, async (mirror) => {
        const name = `${path} at ${hash.slice(0, 8)}`;
        const loose = looseObjects(mirror.objects).file(hash, path);
        if (loose !== undefined) return loose.body && textOf(loose.body, name, maxBytes);
        const args = inMirror(mirror, ...(mirror.source === undefined ? PARTIAL : []), 'cat-file', '--batch');
        const outcome = await remote(url, args, { hash }, { input: `${hash}:${path}\n`, maxBytes: maxBytes + 256 });
        if (outcome.code !== 0 && !outcome.cut) throw new MirrorBroken(outcome);
        return contentOf(outcome, name, maxBytes);
      });
      if ((text?.length ?? 0) <= 64 * 1024) files.set(key, { text });
      return text;
    },

    async isAncestor(repository, ancestor, descendant) {
      const [one, other] = [fullHash(ancestor), fullHash(descendant)];
      if (one === other) return true;
      return onMirror(checked(repository), async (mirror) => {
        const outcome = await read(
          mirror,
          [one, other],
          () => run(inMirror(mirror, 'merge-base', '--is-ancestor', one, other)),
          ({ code }) => code === 0 || code === 1,
        );
        return outcome.code === 0;
      });
    },

    credentials: async (repository) => {
      const url = checked(repository);
      return url.startsWith('http') ? findCredentials(url) : undefined;
    },
  };
  return vcs;
}
