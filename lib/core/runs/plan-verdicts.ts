import { faultText, type Verdict } from '../policies/evaluation.ts';

/** What policies said of a plan, all together. */
export interface PlanVerdicts {
  readonly deny: readonly string[];
  readonly warn: readonly string[];
  /** The run's stack has approval policies, so that a preview with warnings waits for reviews. */
  readonly hasApprovals: boolean;
}

export const NO_POLICIES: PlanVerdicts = { deny: [], warn: [], hasApprovals: false };

/** Unites what the policies said; one that could not be asked denies. */
export function planVerdicts(verdicts: readonly Verdict<'PLAN'>[], hasApprovals: boolean): PlanVerdicts {
  const union = (list: readonly (readonly string[])[]): readonly string[] => [...new Set(list.flat())];
  return {
    deny: union(verdicts.map((verdict) => verdict.decision?.deny ?? [faultText(verdict)])),
    warn: union(verdicts.map(({ decision }) => decision?.warn ?? [])),
    hasApprovals,
  };
}

const MAX_NOTE = 1000;

/** Several messages as one note. */
export function noteOfMessages(intro: string, messages: readonly string[]): string {
  const note = `${intro}: ${messages.join('; ')}`;
  return note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE).toWellFormed()}…` : note;
}
