import { commitOf, Missing, type Commit, type ReadObject } from '../git-objects.ts';

/** Clocks of committers differ: a parent may claim to be a little younger than its child. */
const CLOCK_SLOP_SECONDS = 24 * 60 * 60;

function known(read: ReadObject, hash: string): Commit {
  const commit = commitOf(read, hash);
  if (commit === undefined) throw new Missing(hash);
  return commit;
}

/** Whether one commit comes before another; throws Missing where the history that is here does not reach far enough to tell. */
export function comesBefore(read: ReadObject, ancestor: string, descendant: string): boolean {
  const oldest = known(read, ancestor).committedAt - CLOCK_SLOP_SECONDS;
  const seen = new Set([descendant]);
  const missing: string[] = [];
  for (const hash of seen) {
    if (hash === ancestor) return true;
    if (read(hash) === undefined) {
      missing.push(hash);
      continue;
    }
    const { parents, committedAt } = known(read, hash);
    if (committedAt >= oldest) for (const parent of parents) seen.add(parent);
  }
  const [first] = missing;
  if (first !== undefined) throw new Missing(first);
  return false;
}

/** The youngest commit that comes before both, or undefined where their histories have nothing in common. */
export function commonAncestor(read: ReadObject, one: string, other: string): string | undefined {
  const sides = new Map<string, number>();
  const waiting = new Map<string, number>();
  const paint = (hash: string, side: number, at: number) => {
    const before = sides.get(hash) ?? 0;
    if ((before | side) === before) return;
    sides.set(hash, before | side);
    // What is missing takes its child's place in time.
    const object = read(hash);
    waiting.set(hash, object === undefined ? at : known(read, hash).committedAt);
  };
  paint(one, 1, Number.POSITIVE_INFINITY);
  paint(other, 2, Number.POSITIVE_INFINITY);
  while (waiting.size > 0) {
    const [hash, at] = [...waiting].reduce((youngest, candidate) => (candidate[1] > youngest[1] ? candidate : youngest));
    waiting.delete(hash);
    if (sides.get(hash) === 3) return hash;
    for (const parent of known(read, hash).parents) paint(parent, sides.get(hash) ?? 0, at);
  }
  return undefined;
}
