import type { CommitInfo } from '../../core/ports/vcs.ts';
import { invalid } from '../../core/shared/errors.ts';
import type { GitOutcome } from './git-process.ts';
import { commitInfo, type Commit } from './git-objects.ts';

/** One process tells both what a commit is and what it changed against another: the second hash of a line takes the place of its parent. */
export const DESCRIBE = ['diff-tree', '--stdin', '-r', '-z', '--name-only', '--no-renames', '--always', '--format=%H%n%an%n%ct%n%B'];

export interface Description {
  readonly commit: CommitInfo;
  /** Paths in which it differs from the commit it was compared with. */
  readonly paths: readonly string[];
}

/** The answer begins with the commit that was asked for; a tree, or nothing, has no such line. */
export const isDescription = (outcome: GitOutcome, hash: string): boolean =>
  outcome.code === 0 && outcome.stdout.subarray(0, hash.length + 1).toString() === `${hash}\n`;

export function descriptionOf(outcome: GitOutcome, url: string, hash: string): Description {
  const [head = '', ...rest] = outcome.stdout.toString().split('\0');
  const [, authorName = '', timestamp = '', ...message] = head.split('\n');
  return {
    commit: commitInfo({ message: message.join('\n'), authorName, committedAt: Number(timestamp) }, url, hash),
    paths: rest.map((path, index) => (index === 0 ? path.replace(/^\n/, '') : path)).filter((path) => path !== ''),
  };
}

/** The same of what was read without git. */
export const looseDescription = ({ commit, paths }: { readonly commit: Commit; readonly paths: readonly string[] }, url: string, hash: string): Description => ({
  commit: commitInfo(commit, url, hash),
  paths,
});

/** What `cat-file --batch` tells of one file: `<object> blob <bytes>`, then the bytes; or that there is none. */
export function contentOf(outcome: GitOutcome, name: string, maxBytes: number): string | undefined {
  const end = outcome.stdout.indexOf(10);
  const header = outcome.stdout.subarray(0, end < 0 ? undefined : end).toString();
  const match = /^[0-9a-f]+ blob (\d+)$/.exec(header);
  if (match === null) return undefined;
  const bytes = Number(match[1]);
  requireWithin(name, bytes, maxBytes);
  return outcome.stdout.subarray(end + 1, end + 1 + bytes).toString();
}

/** A file's text, when it is not too long. */
export function textOf(body: Buffer, name: string, maxBytes: number): string {
  requireWithin(name, body.length, maxBytes);
  return body.toString();
}

function requireWithin(name: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw invalid(`${name} is ${bytes} bytes long: the limit is ${maxBytes}`, { bytes, limit: maxBytes });
}
