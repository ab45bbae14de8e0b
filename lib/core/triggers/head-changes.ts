import type { Stack } from '../stacks/stack.ts';
import type { LookKind } from '../vcs/vcs-messages.ts';

export type Heads = ReadonlyMap<string, string>;

export interface BranchPush {
  readonly branch: string;
  /** Null for a new branch. */
  readonly before: string | null;
  readonly after: string;
}

/** What changed between two looks at a repository. */
export interface HeadChanges {
  readonly moved: readonly BranchPush[];
  readonly deleted: readonly { readonly branch: string; readonly before: string }[];
}

export function headChanges(seen: Heads, heads: Heads): HeadChanges {
  return {
    moved: [...heads]
      .filter(([branch, hash]) => seen.get(branch) !== hash)
      .map(([branch, after]) => ({ branch, before: seen.get(branch) ?? null, after })),
    deleted: [...seen].filter(([branch]) => !heads.has(branch)).map(([branch, before]) => ({ branch, before })),
  };
}

export interface Look {
  readonly kind: LookKind;
  /** When the repository was looked at before; null the first time. */
  readonly seenAt: Date | null;
  readonly changes: HeadChanges;
  readonly heads: Heads;
}

/** Pushes that a stack is to hear of, and a commit to start from when it follows none yet. */
export interface StackNews {
  readonly pushes: readonly BranchPush[];
  readonly adopt: string | null;
}

type Following = Pick<Stack, 'branch' | 'createdAt' | 'branchHead' | 'trackedCommit'>;

/**
 * A stack that was there at the last look hears of every head that moved since. One that came later hears of its own branch when that
 * left the head which the stack was created with. A stack that tracks no commit takes the head as its starting point; if it knows
 * no head either, a call of the hook tells that what is there was pushed just now.
 */
export function newsFor(stack: Following, look: Look): StackNews {
  const { moved } = look.changes;
  if (look.seenAt !== null && stack.createdAt <= look.seenAt) return { pushes: moved, adopt: adoptable(stack, look, moved) };

  const own = ownPush(stack, look);
  const others = look.seenAt === null ? [] : moved.filter(({ branch }) => branch !== stack.branch);
  const pushes = own === undefined ? others : [own, ...others];
  return { pushes, adopt: adoptable(stack, look, pushes) };
}

function ownPush(stack: Following, look: Look): BranchPush | undefined {
  const head = look.heads.get(stack.branch);
  const start = stack.branchHead ?? stack.trackedCommit;
  if (head === undefined || head === start?.hash) return undefined;
  if (start !== null) return { branch: stack.branch, before: start.hash, after: head };
  return look.kind === 'hook' ? look.changes.moved.find(({ branch }) => branch === stack.branch) : undefined;
}

/** The head of the stack's branch when nothing is tracked and no push brings a commit along. */
function adoptable(stack: Following, look: Look, pushes: readonly BranchPush[]): string | null {
  if (stack.trackedCommit !== null || pushes.some(({ branch }) => branch === stack.branch)) return null;
  return look.heads.get(stack.branch) ?? null;
}
