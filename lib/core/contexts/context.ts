import type { HookLists } from '../shared/hooks.ts';

/** A bundle of variables, files and hooks that stacks share. */
export interface Context {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly labels: readonly string[];
  readonly spaceId: string;
  readonly hooks: HookLists;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One context on one stack, attached by a person. */
export interface ContextAttachment {
  readonly id: string;
  readonly contextId: string;
  readonly stackId: string;
  readonly stackName: string;
  /** Lower wins. */
  readonly priority: number;
  readonly isAutoattached: boolean;
}

/** A context as one stack has it: attached by a person with a priority, or by a label. */
export interface AttachedContext {
  readonly context: Context;
  /** Of the attachment; for one by label made of both ids. */
  readonly attachmentId: string;
  readonly priority: number;
  readonly isAutoattached: boolean;
}

const AUTO = 'autoattach:';

/** A context labelled `autoattach:<label>` belongs to every stack with that label, `autoattach:*` to all. */
export function attachesItself(contextLabels: readonly string[], stackLabels: readonly string[]): boolean {
  return contextLabels.some((label) => label.startsWith(AUTO) && (label === `${AUTO}*` || stackLabels.includes(label.slice(AUTO.length))));
}

export const hasAutoattachLabel = (labels: readonly string[]): boolean => labels.some((label) => label.startsWith(AUTO));

/** What an attachment by label is called, since no row stands for it. */
export const autoAttachmentId = (contextId: string, stackId: string): string => `auto-${contextId}-${stackId}`;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The order of precedence, strongest first: by priority from the lowest, ties by id; then those by label, by name. */
export function byPrecedence(a: AttachedContext, b: AttachedContext): number {
  if (a.isAutoattached !== b.isAutoattached) return a.isAutoattached ? 1 : -1;
  if (a.isAutoattached) return compare(a.context.name, b.context.name) || compare(a.context.id, b.context.id);
  return a.priority - b.priority || compare(a.context.id, b.context.id);
}
