import { evaluatePolicies, type EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import type { Verdict } from '../../policies/evaluation.ts';
import { applyFlags } from '../../policies/flag-store.ts';
import type { FlagWishes } from '../../policies/flags.ts';
import { approvalInput } from '../../policies/inputs/approval-input.ts';
import { initializationInput } from '../../policies/inputs/initialization-input.ts';
import type { Policy } from '../../policies/policy.ts';
import type { Sql } from '../../ports/database.ts';
import type { PolicyType } from '../../ports/policy-engine.ts';
import { systemActor } from '../../shared/actor.ts';
import { findStack } from '../../stacks/stack-store.ts';
import type { Stack } from '../../stacks/stack.ts';
import { noteOfMessages } from '../plan-verdicts.ts';
import { askedOf, combineApprovals, initializationDenials, standingOf, waitingFor, type CombinedApproval, type PolicyCheck } from '../policy-check.ts';
import { findCheck, holdUnreviewed, saveCheck } from '../policy-check-store.ts';
import { reviewsInput } from '../policy-run.ts';
import { listReviews } from '../run-discussion-store.ts';
import { isReviewable, type RunReview } from '../run-discussion.ts';
import { advance, type RunEvent } from '../run-states.ts';
import { findRun, patchRun, saveStep, setWaiting } from '../run-store.ts';
import { waitOf } from '../run-waiting.ts';
import type { Run } from '../run.ts';
import { describeRun, type DescribedRun, type DescribeNeeds } from './describe-run.ts';
import { scheduleStack, type ScheduleNeeds } from './schedule-stack.ts';
import { tellStep } from './step-run.ts';

export type CheckNeeds = ScheduleNeeds & EvaluateNeeds & DescribeNeeds;

const BY = systemActor('policies');

/** What becomes of the run, decided before anything is written. */
interface Finding {
  readonly approval: CombinedApproval;
  readonly orphaned: boolean;
  readonly denials: readonly string[];
  readonly wishes: readonly FlagWishes[];
}

/** Asks the policies that hold a waiting run, and moves it as they say. Told late or twice, it finds nothing left to do. */
export async function checkRun(ports: CheckNeeds, input: { readonly runId: string; readonly stateVersion: number }): Promise<void> {
  const { sql } = ports.db;
  const run = await findRun(sql, input.runId);
  if (run === undefined || run.stateVersion !== input.stateVersion || !isReviewable(run.state)) return;
  const stack = await findStack(sql, run.stackId);
  if (stack === undefined) return;
  const attached = (await policiesOfStack(sql, stack, run.state === 'QUEUED' ? ['APPROVAL', 'INITIALIZATION'] : ['APPROVAL'])).map(({ policy }) => policy);
  const [before, reviews] = [await findCheck(sql, run.id), await listReviews(sql, run.id)];
  const lastReview = reviews[0]?.id ?? null;
  const asked = askedOf(attached);
  const isSettled = standingOf(run, before, asked) === 'approved' || (before?.lastReview === lastReview && standingOf(run, before, asked) === 'undecided');
  if (!isSettled) {
    const finding = await find(ports, run, stack, attached, reviews, before);
    const check: PolicyCheck = {
      runId: run.id, stateVersion: run.stateVersion, approval: finding.approval.outcome === 'approved' ? 'approved' : 'undecided', orphaned: finding.orphaned, asked,
      missing: finding.approval.missing, notes: finding.approval.notes, lastReview, checkedAt: ports.clock.now(),
    };
    // Whoever came in between is followed by a check of their own.
    if (!(await settle(ports, run, check, finding))) return;
  }
  if (run.state === 'QUEUED') await scheduleStack(ports, { stackId: stack.id });
}

async function find(ports: CheckNeeds, run: Run, stack: Stack, attached: readonly Policy[], reviews: readonly RunReview[], before: PolicyCheck | undefined): Promise<Finding> {
  const ofType = (type: PolicyType) => attached.filter((policy) => policy.type === type);
  const described = attached.length === 0 ? undefined : await describeRun(ports, run, stack, { comparesConfig: true });
  const subject = { runId: run.id, stateVersion: run.stateVersion, stackId: stack.id, repository: stack.repository, branch: run.branch, spaceId: stack.spaceId };

  const approvals = ofType('APPROVAL');
  const wasHeld = before?.stateVersion === run.stateVersion && before.approval === 'undecided';
  const orphaned = approvals.length === 0 && (wasHeld || run.state === 'PENDING_REVIEW');
  const verdicts = described === undefined ? [] : await evaluatePolicies(ports, 'APPROVAL', approvals, approvalText(described, reviews, run, ports.settings.accountName), subject);
  const approval = orphaned ? byPersons(reviews, run, before) : combineApprovals(verdicts);

  const initializations = approval.outcome === 'approved' ? ofType('INITIALIZATION') : [];
  const denials = described === undefined || initializations.length === 0 ? [] : initializationDenials(
    await evaluatePolicies(ports, 'INITIALIZATION', initializations, initializationInput({ commit: described.commit, at: ports.clock.now(), run: described.run, stack: described.stack }), subject),
  );
  return { approval, orphaned: orphaned && approval.outcome === 'undecided', denials, wishes: wishesOf(verdicts) };
}

const approvalText = (described: DescribedRun, reviews: readonly RunReview[], run: Run, accountName: string): string =>
  approvalInput({ run: described.run, runtimeConfigChanged: described.runtimeConfigChanged, stack: described.stack, reviews: reviewsInput(reviews, run, accountName) });

const wishesOf = (verdicts: readonly Verdict<'APPROVAL'>[]): readonly FlagWishes[] =>
  verdicts.map(({ policy, decision }) => ({ policyUlid: policy.ulid, flag: decision?.flag ?? [], reset: decision?.reset_flag ?? [] }));

/** Without the policies that held it, the newest review since then decides; only administrators may give one. */
function byPersons(reviews: readonly RunReview[], run: Run, before: PolicyCheck | undefined): CombinedApproval {
  const since = before?.orphaned === true ? (before.lastReview ?? '') : (reviews[0]?.id ?? '');
  const decisive = reviews.find((review) => review.stateVersion === run.stateVersion && review.id > since);
  if (decisive === undefined) return { outcome: 'undecided', missing: [], notes: [] };
  return { outcome: decisive.decision === 'APPROVE' ? 'approved' : 'rejected', missing: [], notes: [`${decisive.author} ${decisive.decision === 'APPROVE' ? 'approved' : 'rejected'} it in place of policies that are gone`] };
}

/** Writes what was found, if the run still is as it was read; false otherwise. */
async function settle(ports: CheckNeeds, run: Run, check: PolicyCheck, { approval, denials, wishes }: Finding): Promise<boolean> {
  let moved: Run | undefined;
  const held = await ports.db.transaction(async (tx) => {
    if (!(await holdUnreviewed(tx.sql, run, check.lastReview))) return false;
    const flags = await applyFlags(tx.sql, run, wishes);
    const step = (event: RunEvent, note: string) => saveStep(ports, tx.sql, run, { ...advance(run, event, ports.clock.now()), flags }, { by: BY, note });
    if (approval.outcome === 'rejected') moved = await step('fail', noteOfMessages('rejected by policy', approval.notes));
    else if (denials.length > 0) moved = await step('fail', noteOfMessages('denied by policy', denials));
    else if (approval.outcome === 'approved' && run.state === 'PENDING_REVIEW') moved = await step('finish', approval.notes.length > 0 ? noteOfMessages('approved', approval.notes) : 'approved');
    if (moved !== undefined) return true;
    await patchRun(tx.sql, run, { flags });
    await saveCheck(tx.sql, check);
    await tellWait(ports, tx.sql, run, check);
    return true;
  });
  if (moved !== undefined) tellStep(ports, run, moved, BY);
  else if (held) ports.wakeups.wake(`run:${run.id}`);
  return held;
}

async function tellWait(ports: CheckNeeds, sql: Sql, run: Run, check: PolicyCheck): Promise<void> {
  const wait = waitOf(run, check.checkedAt);
  if (wait === null) return;
  if (check.approval === 'undecided') await setWaiting(ports, sql, run, { ...wait, reason: waitingFor(check), approvals: check.missing });
  else await setWaiting(ports, sql, run, wait);
}
