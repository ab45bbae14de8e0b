import type { Verdict } from './evaluation.ts';

export type AccessLevel = 'NONE' | 'READ' | 'WRITE';

/** What all access policies of a stack give together; without any, and when one could not be asked, nothing. */
export function accessLevel(verdicts: readonly Verdict<'ACCESS'>[]): AccessLevel {
  const decisions = verdicts.flatMap(({ decision }) => decision ?? []);
  const any = (rule: 'read' | 'write' | 'deny' | 'deny_write') => decisions.some((decision) => decision[rule]);
  if (decisions.length < verdicts.length || any('deny')) return 'NONE';
  if (any('write') && !any('deny_write')) return 'WRITE';
  return any('read') || any('write') ? 'READ' : 'NONE';
}
