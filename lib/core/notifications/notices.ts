import type { PolicyDecisions } from '../ports/policy-engine.ts';

type Decision = PolicyDecisions['NOTIFICATION'];
export type NoticeRule = 'inbox' | 'slack' | 'webhook' | 'pull_request';

/** One object that policies yielded, with the first of those that did. */
export interface Notice {
  readonly policyId: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** The same object is the same text, whatever the order of its members. */
  readonly text: string;
}

/** Objects with their members in the order of their names. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, inOrder(member)]));
}

/** The distinct objects of one rule over all policies. */
export function distinctNotices(rule: NoticeRule, decisions: readonly { readonly policyId: string; readonly decision: Decision | null }[]): readonly Notice[] {
  const found = new Map<string, Notice>();
  for (const { policyId, decision } of decisions) {
    for (const value of decision?.[rule] ?? []) {
      const text = JSON.stringify(inOrder(value));
      if (!found.has(text)) found.set(text, { policyId, value, text });
    }
  }
  return [...found.values()];
}
