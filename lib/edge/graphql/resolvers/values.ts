import type { CommitInfo } from '../../../core/ports/vcs.ts';
import type { Commit } from '../resolver-types.ts';

/** Times go out as whole seconds. */
export const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
export const secondsOrNull = (time: Date | null): number | null => (time === null ? null : seconds(time));

export const toCommit = (commit: CommitInfo): Commit => ({ ...commit, tag: commit.tag ?? null });
