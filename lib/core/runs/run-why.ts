import type { Evaluation } from '../policies/evaluation.ts';
import type { RunReview } from './run-discussion.ts';
import type { Cause, Run, RunHistoryEntry } from './run.ts';
import type { RunState } from './run-states.ts';

/** What a person did, by the state it led to. */
const DEEDS: Partial<Record<RunState, string>> = {
  QUEUED: 'created the run',
  CONFIRMED: 'confirmed the run',
  DISCARDED: 'discarded the run',
  CANCELED: 'canceled the run',
  STOPPED: 'stopped the run',
  REPLAN_REQUESTED: 'asked for a targeted replan',
};

const withNote = (text: string, note: string | null): string => (note === null ? text : `${text}: ${note}`);

function causeOf(entry: RunHistoryEntry): Cause | undefined {
  const at = entry.at.toISOString();
  if (entry.username !== null) {
    // What led to the run tells more than its first row.
    if (entry.state === 'QUEUED') return undefined;
    return { at, kind: 'person', text: withNote(`${entry.username} ${DEEDS[entry.state] ?? `moved the run to ${entry.state}`}`, entry.note), subject: entry.username };
  }
  if (entry.note === null && !entry.terminal) return undefined;
  return { at, kind: 'decision', text: withNote(entry.state, entry.note), subject: null };
}

/** The chain from what led to a run to what became of it, oldest first: events, people's deeds, decisions with their notes. */
export function whyOf(run: Pick<Run, 'causes'>, history: readonly RunHistoryEntry[], receipts: readonly Evaluation[] = [], reviews: readonly RunReview[] = []): readonly Cause[] {
  const steps = [...history].sort((a, b) => a.stateVersion - b.stateVersion).map(causeOf).filter((cause) => cause !== undefined);
  // What policies said comes before what was made of it at the same moment.
  const later = [...reviews.map(causeOfReview), ...receipts.map(causeOfPolicy), ...steps].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return [...run.causes, ...later];
}

const causeOfReview = ({ createdAt, author, decision, note }: RunReview): Cause => ({
  at: createdAt.toISOString(), kind: 'person', text: withNote(`${author} ${decision === 'APPROVE' ? 'approved' : 'rejected'} the run`, note), subject: author,
});

type Said = Pick<Evaluation, 'createdAt' | 'type' | 'policyId' | 'policyName' | 'outcome' | 'messages' | 'error'>;

function causeOfPolicy({ createdAt, type, policyId, policyName, outcome, messages, error }: Said): Cause {
  const kind = type.toLowerCase().replace('_', ' ');
  const said = error === null ? `said ${outcome}` : `could not be evaluated (${error}), which counts as ${outcome}`;
  return { at: createdAt.toISOString(), kind: 'policy', text: withNote(`${kind} policy "${policyName}" ${said}`, messages.length === 0 ? null : messages.join('; ')), subject: policyId };
}

/** An event on a tracked branch that made no run. */
export interface IgnoredTrigger {
  readonly id: string;
  readonly stackId: string;
  readonly commitHash: string;
  readonly branch: string | null;
  readonly reason: string;
  readonly createdAt: Date;
}

/** Why the repository that a stack follows could not be looked at, the last time that was tried. */
export interface UnreadRepository {
  readonly at: Date;
  readonly error: string;
}

type MadeRun = Pick<Run, 'id' | 'type' | 'title' | 'createdAt' | 'causes'>;

/** Why the latest events of a stack did, or did not, make a run, and why there may be none; newest first. */
export function whyOfStack(facts: { readonly runs: readonly MadeRun[]; readonly ignored: readonly IgnoredTrigger[]; readonly unread: UnreadRepository | undefined; readonly evaluations?: readonly Said[] }, first: number): readonly Cause[] {
  const { unread } = facts;
  const made = facts.runs.map((run): Cause => {
    const last = run.causes.at(-1);
    return { at: run.createdAt.toISOString(), kind: last?.kind ?? 'run', text: `${last?.text ?? run.title}: made the ${run.type.toLowerCase()} run ${run.id}`, subject: run.id };
  });
  const not = facts.ignored.map((trigger): Cause => ({
    at: trigger.createdAt.toISOString(),
    kind: 'ignored',
    text: `commit ${trigger.commitHash.slice(0, 8)}${trigger.branch === null ? '' : ` on ${trigger.branch}`} made no run: ${trigger.reason}`,
    subject: trigger.commitHash,
  }));
  const latest = [...made, ...not, ...(facts.evaluations ?? []).map(causeOfPolicy)].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  // It stands until a look succeeds, so it comes before what happened since, such as a task.
  const standing: readonly Cause[] = unread === undefined ? [] : [{ at: unread.at.toISOString(), kind: 'delivery', text: `the repository could not be looked at, so no push is heard of: ${unread.error}`, subject: null }];
  return [...standing, ...latest].slice(0, first);
}
