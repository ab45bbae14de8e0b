import { can, type Actor } from '../shared/actor.ts';
import { BUCKETS } from '../shared/buckets.ts';
import type { Stack } from '../stacks/stack.ts';
import { isLockedFor, promoteRefusal, retryAction, retryRefusal } from './run-rights.ts';
import { nextState } from './run-states.ts';
import type { Run } from './run.ts';

/** What a page offers this actor on this run. */
export const canConfirm = (actor: Actor, stack: Stack, run: Run): boolean =>
  nextState(run.state, 'confirm') !== undefined && (run.waiting?.approvals ?? []).length === 0 && can(actor, 'run:confirm', stack) && !isLockedFor(stack, actor);

export const canDiscard = (actor: Actor, stack: Pick<Stack, 'id' | 'spaceId'>, run: Run): boolean => nextState(run.state, 'discard') !== undefined && can(actor, 'run:discard', stack);

export const canRetry = (actor: Actor, stack: Stack, run: Run): boolean =>
  retryRefusal(run) === undefined &&
  !stack.isDisabled &&
  !stack.deleting &&
  can(actor, retryAction(run.type), stack) &&
  (run.type !== 'DESTROY' || can(actor, 'stack:delete', stack));

export const canPromote = (actor: Actor, stack: Stack, run: Run): boolean => promoteRefusal(run, stack) === undefined && can(actor, 'run:promote', stack);

/** The newest tracked run of its stack. */
export const isMostRecent = (run: Pick<Run, 'id'>, newestTrackedRunId: string | undefined): boolean => run.id === newestTrackedRunId;

const DAY_MS = 86_400_000;

/** Whether the logs of an ended run have passed their retention; the run itself stays. */
export const logsExpired = (run: Pick<Run, 'finishedAt'>, now: Date): boolean =>
  run.finishedAt !== null && now.getTime() - run.finishedAt.getTime() > BUCKETS['run-logs'].expiryDays * DAY_MS;
