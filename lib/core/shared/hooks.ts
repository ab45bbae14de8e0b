/** Moments around the phases of a run at which a stack or a context may run commands. */
export const HOOK_KEYS = [
  'beforeInit', 'afterInit', 'beforePlan', 'afterPlan', 'beforeApply', 'afterApply',
  'beforeDestroy', 'afterDestroy', 'beforePerform', 'afterPerform', 'afterRun',
] as const;
export type HookKey = (typeof HOOK_KEYS)[number];
export type HookLists = Readonly<Record<HookKey, readonly string[]>>;

/** All eleven lists; what is not given is empty. */
export function hookLists(given: Partial<Readonly<Record<HookKey, readonly string[] | null>>> = {}): HookLists {
  return Object.fromEntries(HOOK_KEYS.map((key) => [key, given[key] ?? []])) as unknown as HookLists;
}
