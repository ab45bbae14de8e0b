import type { Stack } from '../stacks/stack.ts';
import type { PushEvent, TagEvent } from '../vcs/vcs-event.ts';
import { isAffected } from './affected-paths.ts';

export const OUTSIDE_PROJECT_ROOT = 'outside project root';
export const TAG_PUSHED = 'tag pushed';
export const STACK_DISABLED = 'stack is disabled';

export type Interest = { readonly kind: 'track' | 'propose' } | { readonly kind: 'ignore'; readonly reason: string };

/** What a stack without push policies makes of an event: track its own branch, propose others, when the change concerns it (runs.md §5.1). */
export function interestIn(stack: Stack, event: PushEvent | TagEvent): Interest {
  if (event.kind === 'tag') return { kind: 'ignore', reason: TAG_PUSHED };
  if (stack.isDisabled) return { kind: 'ignore', reason: STACK_DISABLED };
  if (event.filesComplete && !isAffected(stack, event.files)) return { kind: 'ignore', reason: OUTSIDE_PROJECT_ROOT };
  return { kind: event.branch === stack.branch ? 'track' : 'propose' };
}
