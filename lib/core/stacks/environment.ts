import type { Hooks, PackageFile, PackageVariable } from '../../protocol/job.ts';
import { HOOK_NAMES, type HookName } from '../../protocol/job.ts';
import { byPrecedence, type AttachedContext } from '../contexts/context.ts';
import type { HookKey, HookLists } from '../shared/hooks.ts';

/** One source of variables or files; levels are given strongest first. */
export interface Level {
  readonly variables: readonly PackageVariable[];
  readonly files: readonly PackageFile[];
}

export const variablesOnly = (values: Readonly<Record<string, string>>): Level => ({
  variables: Object.entries(values).map(([name, value]) => ({ name, value, secret: false })),
  files: [],
});

const PHASED = /^(?:ro|wo)_(?=[A-Za-z_])/;

/**
 * Variables of all levels, each name once, from the strongest level that has it. The worker lets `ro_NAME` and `wo_NAME` win over
 * `NAME`, which is right within a level only: a weaker level's are dropped where a stronger one has the plain name.
 */
export function mergeVariables(levels: readonly Level[]): readonly PackageVariable[] {
  const kept = new Map<string, PackageVariable>();
  for (const { variables } of levels) {
    const stronger = new Set(kept.keys());
    for (const variable of variables) {
      if (stronger.has(variable.name)) continue;
      if (PHASED.test(variable.name) && stronger.has(variable.name.replace(PHASED, ''))) continue;
      kept.set(variable.name, variable);
    }
  }
  return [...kept.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Mounted files of all levels, each path once, from the strongest level that has it. */
export function mergeFiles(levels: readonly Level[]): readonly PackageFile[] {
  const kept = new Map<string, PackageFile>();
  for (const { files } of levels) for (const file of files) if (!kept.has(file.path)) kept.set(file.path, file);
  return [...kept.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

const KEY_OF = Object.fromEntries(HOOK_NAMES.map((name) => [name, name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())])) as Readonly<Record<HookName, HookKey>>;

/**
 * Commands of stack and contexts in their order. Before a phase the contexts prepare, the strongest first and those attached by
 * label from the last name to the first, and the stack has the last word; after it the order is the mirror image.
 */
export function mergeHooks(own: HookLists, contexts: readonly AttachedContext[]): Hooks {
  const sorted = [...contexts].sort(byPrecedence);
  const explicit = sorted.filter((attached) => !attached.isAutoattached);
  const auto = sorted.filter((attached) => attached.isAutoattached);
  const commands = (key: HookKey, list: readonly AttachedContext[]) => list.flatMap(({ context }) => context.hooks[key]);
  return Object.fromEntries(
    HOOK_NAMES.map((name) => {
      const key = KEY_OF[name];
      const inOrder = name.startsWith('before_')
        ? [...commands(key, explicit), ...commands(key, [...auto].reverse()), ...own[key]]
        : [...own[key], ...commands(key, auto), ...commands(key, [...explicit].reverse())];
      return [name, inOrder];
    }),
  ) as unknown as Hooks;
}
