import type { PolicyDecisions, PolicyType } from '../ports/policy-engine.ts';

type Decision<T extends PolicyType> = PolicyDecisions[T];

/** What counts when a policy could not be evaluated: never more than if it had not been there. */
const ON_ERROR: Readonly<Record<PolicyType, string>> = {
  LOGIN: 'deny', ACCESS: 'deny', APPROVAL: 'undecided', GIT_PUSH: 'ignore', INITIALIZATION: 'deny', PLAN: 'deny', TASK: 'deny', TRIGGER: 'undecided', NOTIFICATION: 'undecided',
};

const some = (list: readonly unknown[]): boolean => list.length > 0;
const denial = ({ deny }: { readonly deny: readonly string[] }): string => (some(deny) ? 'deny' : 'allow');

/** Reject wins over approve; a note says the same as the boolean. */
export function approvalOf(decision: Decision<'APPROVAL'>): 'approve' | 'reject' | 'undecided' {
  if (decision.reject || some(decision.reject_with_note)) return 'reject';
  return decision.approve || some(decision.approve_with_note) ? 'approve' : 'undecided';
}

const WORDS: { readonly [T in PolicyType]: (decision: Decision<T>) => string } = {
  LOGIN: (d) => (d.deny ? 'deny' : d.admin && !d.deny_admin ? 'admin' : d.allow ? 'allow' : 'deny'),
  ACCESS: (d) => (d.deny ? 'deny' : d.write && !d.deny_write ? 'write' : d.read || d.write ? 'read' : 'deny'),
  APPROVAL: approvalOf,
  GIT_PUSH: (d) => (d.ignore ? 'ignore' : d.track && !d.ignore_track ? 'track' : d.propose ? 'propose' : 'ignore'),
  INITIALIZATION: denial,
  PLAN: (d) => (some(d.deny) ? 'deny' : some(d.warn) ? 'warn' : 'allow'),
  TASK: denial,
  TRIGGER: (d) => (some(d.trigger) ? 'trigger' : 'undecided'),
  NOTIFICATION: (d) => (some(d.inbox) || some(d.slack) || some(d.webhook) || some(d.pull_request) ? 'notify' : 'undecided'),
};

/** One word for what a policy said, as samples and receipts carry it. */
export function outcomeOf<T extends PolicyType>(type: T, decision: Decision<T> | null): string {
  return decision === null ? ON_ERROR[type] : WORDS[type](decision);
}

const MESSAGES: { readonly [T in PolicyType]: (decision: Decision<T>) => readonly string[] } = {
  LOGIN: () => [],
  ACCESS: () => [],
  APPROVAL: (d) => [...d.reject_with_note, ...d.approve_with_note],
  GIT_PUSH: (d) => d.message,
  INITIALIZATION: (d) => d.deny,
  PLAN: (d) => [...d.deny, ...d.warn],
  TASK: (d) => d.deny,
  TRIGGER: () => [],
  NOTIFICATION: () => [],
};

/** The texts that a policy gave for people to read. */
export function messagesOf<T extends PolicyType>(type: T, decision: Decision<T> | null): readonly string[] {
  return decision === null ? [] : MESSAGES[type](decision);
}
