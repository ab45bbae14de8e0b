import picomatch from 'picomatch';
import type { Stack } from '../stacks/stack.ts';

const trimSlashes = (path: string): string => path.replace(/^\/+|\/+$/g, '');

/**
 * Whether changed paths concern a stack: one begins with its project root, or matches one of its further globs (runs.md §5.1).
 * Without a project root every path does.
 */
export function isAffected(stack: Pick<Stack, 'projectRoot' | 'additionalProjectGlobs'>, paths: readonly string[]): boolean {
  const root = trimSlashes(stack.projectRoot ?? '');
  const matchers = stack.additionalProjectGlobs.map((glob) =>
    picomatch(trimSlashes(glob), { dot: true, nonegate: true, noextglob: true, posix: true }),
  );
  return paths.map(trimSlashes).some((path) => path.startsWith(root) || matchers.some((matches) => matches(path)));
}
