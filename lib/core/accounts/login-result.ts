import type { Verdict } from '../policies/evaluation.ts';
import type { Action } from '../shared/actions.ts';

/** What login policies give to a session, for as long as it lasts. */
export interface LoginResult {
  readonly admin: boolean;
  /** In place of the teams that the caller brought; null leaves those. */
  readonly teams: readonly string[] | null;
  readonly grants: readonly { readonly space: string; readonly role: string; readonly actions: readonly Action[] }[];
}

/** What the policies say together, before spaces and roles are looked up. */
export interface LoginVerdict {
  readonly outcome: 'denied' | 'admin' | 'member';
  readonly teams: readonly string[];
  readonly roles: readonly { readonly space: string; readonly role: string }[];
}

const BY_RULE = { space_admin: 'space-admin', space_write: 'space-writer', space_read: 'space-reader' } as const;

/** One that denies, or that could not be asked, decides; else an administrator, a member, or nobody. */
export function loginVerdict(verdicts: readonly Verdict<'LOGIN'>[]): LoginVerdict {
  const decisions = verdicts.flatMap(({ decision }) => decision ?? []);
  const any = (rule: 'allow' | 'admin' | 'deny' | 'deny_admin') => decisions.some((decision) => decision[rule]);
  const denied = decisions.length < verdicts.length || any('deny');
  const outcome = denied ? 'denied' : any('admin') && !any('deny_admin') ? 'admin' : any('allow') ? 'member' : 'denied';
  const roles = decisions.flatMap((decision) => [
    ...Object.entries(decision.roles).flatMap(([space, slugs]) => slugs.map((role) => ({ space, role }))),
    ...(['space_admin', 'space_write', 'space_read'] as const).flatMap((rule) => decision[rule].map((space) => ({ space, role: BY_RULE[rule] }))),
  ]);
  const distinct = [...new Map(roles.map((one) => [`${one.space} ${one.role}`, one])).values()];
  return { outcome, teams: [...new Set(decisions.flatMap(({ team }) => team))], roles: distinct };
}
