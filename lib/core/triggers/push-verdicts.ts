import { faultText, type Verdict } from '../policies/evaluation.ts';
import type { PolicyDecisions } from '../ports/policy-engine.ts';
import { dependenciesRefusal } from '../runs/external-dependency.ts';

type Decision = PolicyDecisions['GIT_PUSH'];

/** What push policies make of an event together. */
export interface PushVerdict {
  readonly kind: 'track' | 'propose' | 'move' | 'ignore';
  /** Why nothing comes of it. */
  readonly reason: string;
  readonly priority: 'HIGH' | undefined;
  /** Runs to be taken back when this event makes one. */
  readonly cancel: readonly string[];
  /** What has to happen outside before the run may go on. */
  readonly waitsFor: readonly string[];
  readonly lock: string;
  readonly unlock: string;
}

export const DISMISSED = 'dismissed by push policy';

type Flag = { readonly [K in keyof Decision]: Decision[K] extends boolean ? K : never }[keyof Decision];
type Key = 'lock' | 'unlock';

/** Unites the verdicts, in the order of the policies' ids. One that could not be asked ignores the event. */
export function pushVerdict(verdicts: readonly Verdict<'GIT_PUSH'>[]): PushVerdict {
  const inOrder = [...verdicts].sort((a, b) => (a.policy.id < b.policy.id ? -1 : 1));
  const fault = inOrder.find((verdict) => verdict.decision === null);
  const decisions = inOrder.flatMap(({ decision }) => decision ?? []);
  const any = (name: Flag) => decisions.some((decision) => decision[name]);
  const first = (name: Key) => decisions.map((decision) => decision[name]).find((value) => value !== '') ?? '';
  const union = (name: 'cancel' | 'message' | 'external_dependency') => [...new Set(decisions.flatMap((decision) => decision[name]))].sort();
  const waitsFor = union('external_dependency');
  const priority = any('prioritize') ? ('HIGH' as const) : undefined;
  const common = { waitsFor, priority, cancel: union('cancel'), lock: first('lock'), unlock: first('unlock') };

  if (fault !== undefined) return { ...common, kind: 'ignore', reason: faultText(fault), lock: '', unlock: '' };
  const messages = union('message');
  const dismissed = messages.length === 0 ? DISMISSED : `${DISMISSED}: ${messages.join('; ')}`;
  if (any('ignore')) return { ...common, kind: 'ignore', reason: dismissed };
  const tracks = any('track') && !any('ignore_track');
  if (!tracks && !any('propose')) return { ...common, kind: 'ignore', reason: dismissed };
  if (tracks && any('notrigger')) return { ...common, kind: 'move', reason: '' };
  // A run that waits for less would come too early.
  const refusal = dependenciesRefusal(waitsFor);
  if (refusal !== undefined) return { ...common, kind: 'ignore', reason: refusal };
  return { ...common, kind: tracks ? 'track' : 'propose', reason: '' };
}
