/** Where a repository is and how to reach it. */
export interface RepositoryRef {
  readonly provider: 'GIT';
  readonly url: string;
}

/** A revision as clients see it; `timestamp` in whole Unix seconds. */
export interface CommitInfo {
  readonly hash: string;
  readonly message: string;
  readonly authorName: string;
  readonly authorLogin: string | null;
  readonly timestamp: number;
  readonly url: string;
  readonly tag?: string | null;
}

export interface GitCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads of a version-control host. A repository, branch or commit that is gone is NOT_FOUND with a message that names it;
 * a refused credential is INVALID and names the credentials file; an unreachable host is UNAVAILABLE.
 */
export interface Vcs {
  /** Head of every branch: name → commit hash. One round trip. */
  heads(repository: RepositoryRef): Promise<ReadonlyMap<string, string>>;
  /** Makes the commits of the named branches (default: all) readable here. */
  fetch(repository: RepositoryRef, branches?: readonly string[]): Promise<void>;
  /** A commit by full hash, or the head of a branch by name. */
  commit(repository: RepositoryRef, ref: { readonly hash: string } | { readonly branch: string }): Promise<CommitInfo>;
  /** Paths that differ, renames counting both; without `before`, against the merge base with `base`. */
  changedFiles(repository: RepositoryRef, range: { readonly before?: string; readonly after: string; readonly base?: string }): Promise<readonly string[]>;
  /** Text of a file at a commit, or undefined; larger than `maxBytes` is INVALID. */
  file(repository: RepositoryRef, hash: string, path: string, maxBytes: number): Promise<string | undefined>;
  isAncestor(repository: RepositoryRef, ancestor: string, descendant: string): Promise<boolean>;
  /** Credentials for the URL from the credentials file, if a prefix matches. */
  credentials(repository: RepositoryRef): Promise<GitCredentials | undefined>;
}
