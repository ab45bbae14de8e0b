import { invalid } from '../shared/errors.ts';
import { hookLists, HOOK_KEYS, type HookKey, type HookLists } from '../shared/hooks.ts';
import { requireFits } from '../shared/row-size.ts';
import type { ConfigInput } from './config.ts';
import type { Context } from './context.ts';

/** What clients send for a context. */
export interface ContextInput {
  readonly name: string;
  readonly description?: string | null;
  readonly labels?: readonly string[] | null;
  readonly space?: string | null;
  readonly hooks?: Partial<Readonly<Record<HookKey, readonly string[] | null>>> | null;
  readonly configAttachments?: readonly ConfigInput[] | null;
  readonly stackAttachments?: readonly { readonly stack: string; readonly priority: number }[] | null;
}

/** The fields of a context that a person sets, checked. */
export function contextFields(input: ContextInput): Pick<Context, 'name' | 'description' | 'labels' | 'hooks'> {
  const name = input.name.trim();
  if (name === '') throw invalid('a context needs a name', { field: 'name' });
  if (name.length > 255) throw invalid('the name of a context has at most 255 characters', { field: 'name' });
  const fields = { name, description: input.description ?? null, labels: [...new Set(input.labels ?? [])], hooks: checkedHooks(hookLists(input.hooks ?? {})) };
  requireFits('description, labels and hooks of a context', [fields.description, fields.labels, fields.hooks], { field: 'hooks' });
  return fields;
}

function checkedHooks(hooks: HookLists): HookLists {
  for (const key of HOOK_KEYS) if (hooks[key].some((command) => command.trim() === '')) throw invalid(`${key}: a hook cannot be empty`, { field: key });
  return hooks;
}

export function attachmentPriority(priority: number): number {
  if (!Number.isInteger(priority) || priority < 0 || priority > 2_147_483_647) throw invalid('the priority of an attachment is a whole number from 0', { field: 'priority' });
  return priority;
}
