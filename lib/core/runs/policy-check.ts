import { faultText, type Verdict } from '../policies/evaluation.ts';
import { approvalOf } from '../policies/outcome.ts';
import type { Policy } from '../policies/policy.ts';

/** A policy as it was when it was asked. */
export interface Asked {
  readonly ulid: string;
  readonly version: number;
}

/** What the policies of a waiting run said, for the state that it waits in. */
export interface PolicyCheck {
  readonly runId: string;
  readonly stateVersion: number;
  readonly approval: 'approved' | 'undecided';
  /** Undecided because the policies that held the run are gone: a person's explicit decision is due. */
  readonly orphaned: boolean;
  readonly asked: readonly Asked[];
  /** Names of policies whose approval is missing. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  readonly lastReview: string | null;
  readonly checkedAt: Date;
}

export const askedOf = (policies: readonly Pick<Policy, 'ulid' | 'version'>[]): readonly Asked[] =>
  policies.map(({ ulid, version }) => ({ ulid, version })).sort((a, b) => (a.ulid < b.ulid ? -1 : 1));

const sameAsked = (a: readonly Asked[], b: readonly Asked[]): boolean => a.length === b.length && a.every((one, index) => one.ulid === b[index]?.ulid && one.version === b[index].version);

/** How a run stands with the policies that hold it: `due` must be asked (again), `free` are those that none concerns. */
export type Standing = 'free' | 'approved' | 'undecided' | 'due';

/** Judges a run in one state by its last check and the policies that are attached now. A check of other policies, or of another state, counts no longer. */
export function standingOf(run: { readonly stateVersion: number }, check: Pick<PolicyCheck, 'stateVersion' | 'approval' | 'asked' | 'orphaned'> | undefined, policies: readonly Asked[]): Standing {
  const current = check?.stateVersion === run.stateVersion ? check : undefined;
  if (policies.length === 0) {
    if (current === undefined || current.approval === 'approved') return 'free';
    return current.orphaned ? 'undecided' : 'due';
  }
  return current !== undefined && sameAsked(current.asked, policies) ? current.approval : 'due';
}

export interface CombinedApproval {
  readonly outcome: 'rejected' | 'approved' | 'undecided';
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

/** All must approve, and one that rejects decides. A policy that could not be asked has not approved. */
export function combineApprovals(verdicts: readonly Verdict<'APPROVAL'>[]): CombinedApproval {
  const words = verdicts.map((verdict) => ({ verdict, word: verdict.decision === null ? 'undecided' : approvalOf(verdict.decision) }));
  const rejecting = words.filter(({ word }) => word === 'reject');
  if (rejecting.length > 0) {
    const notes = rejecting.flatMap(({ verdict }) => verdict.decision?.reject_with_note ?? []);
    return { outcome: 'rejected', missing: [], notes: notes.length > 0 ? notes : rejecting.map(({ verdict }) => `policy "${verdict.policy.name}" rejects`) };
  }
  const missing = words.filter(({ word }) => word === 'undecided').map(({ verdict }) => verdict.policy.name);
  const notes = words.flatMap(({ verdict }) => verdict.decision?.approve_with_note ?? [faultText(verdict)]);
  return { outcome: missing.length === 0 ? 'approved' : 'undecided', missing, notes };
}

/** What initialization policies hold against a run; one that could not be asked denies. */
export const initializationDenials = (verdicts: readonly Verdict<'INITIALIZATION'>[]): readonly string[] => [...new Set(verdicts.flatMap((verdict) => verdict.decision?.deny ?? [faultText(verdict)]))];

export const BEING_ASKED = 'its policies are being asked';
export const ORPHANED = 'the approval policies that held it are gone: an administrator of the stack has to approve it';

/** Why an undecided run waits. */
export function waitingFor(check: Pick<PolicyCheck, 'orphaned' | 'missing' | 'notes'>): string {
  if (check.orphaned) return ORPHANED;
  const reason = `waiting for approval by ${check.missing.map((name) => `"${name}"`).join(', ')}`;
  return check.notes.length === 0 ? reason : `${reason} (${check.notes.join('; ')})`.slice(0, 1000).toWellFormed();
}
