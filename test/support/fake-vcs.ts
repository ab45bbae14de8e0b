import type { CommitInfo, GitCredentials, RepositoryRef, Vcs } from '../../lib/core/ports/vcs.ts';
import { notFound } from '../../lib/core/shared/errors.ts';
import { sha256 } from '../../lib/core/shared/text.ts';

interface FakeCommit {
  readonly info: CommitInfo;
  readonly parent: string | undefined;
  readonly files: ReadonlyMap<string, string>;
}

/** Repositories in memory. Stands for the host only: linear histories, no merges, no credentials asked. */
export interface FakeVcs extends Vcs {
  /** Commits files (path → text) on a branch, made from `from` (default: the branch itself); returns the hash. */
  push(url: string, branch: string, files: Readonly<Record<string, string>>, options?: { readonly message?: string; readonly from?: string; readonly author?: string }): string;
  /** Points a branch at a commit made before, like a forced push. */
  setBranch(url: string, branch: string, hash: string): void;
  deleteBranch(url: string, branch: string): void;
  /** The repository as if it had never been. */
  forget(url: string): void;
  setCredentials(url: string, credentials: GitCredentials): void;
}

export function fakeVcs(): FakeVcs {
  const repositories = new Map<string, { readonly branches: Map<string, string>; readonly commits: Map<string, FakeCommit> }>();
  const secrets = new Map<string, GitCredentials>();
  let count = 0;

  const open = (repository: RepositoryRef) => {
    const found = repositories.get(repository.url);
    if (found === undefined) throw notFound(`repository ${repository.url} was not found`);
    return found;
  };
  const commitOf = (repository: RepositoryRef, hash: string): FakeCommit => {
    const found = open(repository).commits.get(hash);
    if (found === undefined) throw notFound(`commit ${hash} was not found in ${repository.url}`);
    return found;
  };
  const history = (repository: RepositoryRef, hash: string): readonly string[] => {
    const line: string[] = [];
    for (let at: string | undefined = hash; at !== undefined; at = commitOf(repository, at).parent) line.push(at);
    return line;
  };

  return {
    push(url, branch, files, options = {}) {
      const repository = repositories.get(url) ?? { branches: new Map<string, string>(), commits: new Map<string, FakeCommit>() };
      repositories.set(url, repository);
      const parent = repository.branches.get(branch) ?? (options.from === undefined ? undefined : repository.branches.get(options.from));
      const before = parent === undefined ? new Map<string, string>() : (repository.commits.get(parent)?.files ?? new Map<string, string>());
      const hash = sha256(`${url} ${++count}`).slice(0, 40);
      const author = options.author ?? 'Robin';
      repository.commits.set(hash, {
        parent,
        files: new Map([...before, ...Object.entries(files)]),
        info: { hash, message: options.message ?? `change ${count}`, authorName: author, authorLogin: author.toLowerCase(), timestamp: 1_760_000_000 + count, url: '' },
      });
      repository.branches.set(branch, hash);
      return hash;
    },
    setBranch: (url, branch, hash) => void repositories.get(url)?.branches.set(branch, hash),
    deleteBranch: (url, branch) => void repositories.get(url)?.branches.delete(branch),
    forget: (url) => void repositories.delete(url),
    setCredentials: (url, credentials) => void secrets.set(url, credentials),

    heads: async (repository) => new Map(open(repository).branches),
    fetch: async (repository) => void open(repository),
    async commit(repository, ref) {
      const hash = 'hash' in ref ? ref.hash : open(repository).branches.get(ref.branch);
      if (hash === undefined) throw notFound(`branch ${'branch' in ref ? ref.branch : ''} was not found in ${repository.url}`);
      return commitOf(repository, hash).info;
    },
    async changedFiles(repository, { before, after, base }) {
      const baseHash = base === undefined ? undefined : (open(repository).branches.get(base) ?? base);
      const line = history(repository, after);
      const start = before ?? (baseHash === undefined ? undefined : line.find((hash) => history(repository, baseHash).includes(hash)));
      const old = start === undefined ? new Map<string, string>() : commitOf(repository, start).files;
      const now = commitOf(repository, after).files;
      return [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path)).sort();
    },
    file: async (repository, hash, path) => commitOf(repository, hash).files.get(path),
    isAncestor: async (repository, ancestor, descendant) => history(repository, descendant).includes(ancestor),
    credentials: async (repository) => secrets.get(repository.url),
  };
}
