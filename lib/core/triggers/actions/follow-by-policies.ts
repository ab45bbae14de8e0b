import type { EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import { applyFlags } from '../../policies/flag-store.ts';
import { cancelRun } from '../../runs/actions/cancel-run.ts';
import { discardRun } from '../../runs/actions/discard-run.ts';
import { triggerOnce } from '../../runs/actions/trigger-run.ts';
import { recordIgnoredTrigger } from '../../runs/ignored-trigger-store.ts';
import { findRuns } from '../../runs/run-list-store.ts';
import { patchRun } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { dropLock, setBranchHead, setTrackedCommit, takeLock } from '../../stacks/stack-change-store.ts';
import { getStack } from '../../stacks/stack-store.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { PushEvent } from '../../vcs/vcs-event.ts';
import type { LookCause } from '../../vcs/vcs-messages.ts';
import type { PushVerdict } from '../push-verdicts.ts';
import { askPushPolicies, type PushAnswer } from './ask-push-policies.ts';
import { causesOf, GIT, type FollowNeeds } from './follow-push.ts';

type Needs = FollowNeeds & EvaluateNeeds;

const BY = systemActor('push-policies');

/** Lets the push policies of a stack decide what comes of a push; false where none is attached, so that the usual rules hold. */
export async function followByPolicies(ports: Needs, stack: Stack, event: PushEvent, cause: LookCause): Promise<boolean> {
  const [commit] = event.commits;
  if (commit === undefined || stack.isDisabled || stack.deleting) return false;
  const answer = await askPushPolicies(ports, stack, event);
  if (answer === undefined) return false;

  const { verdict } = answer;
  const locked = await keepLocks(ports, stack, verdict);
  if (locked !== undefined && verdict.kind !== 'ignore') await ignore(ports, stack, event, locked);
  else if (verdict.kind === 'ignore') await ignore(ports, stack, event, verdict.reason);
  else {
    if (verdict.kind === 'track' || verdict.kind === 'propose') await run(ports, stack, event, cause, answer);
    if (verdict.kind === 'track' || verdict.kind === 'move') await setTrackedCommit(ports.db.sql, stack.id, commit, GIT.login);
  }
  if (event.branch === stack.branch) await setBranchHead(ports.db.sql, stack.id, commit);
  return true;
}

/** Frees and takes the stack's lock as the policies ask; why runs of this event are refused, if somebody else holds it. */
async function keepLocks(ports: Needs, stack: Stack, { lock, unlock }: PushVerdict): Promise<string | undefined> {
  const { sql } = ports.db;
  if (unlock !== '') await dropLock(sql, stack.id, unlock);
  if (lock === '' || (await takeLock(sql, stack.id, lock, 'taken by a push policy', ports.clock.now()))) return undefined;
  return `the stack is locked by ${(await getStack(sql, stack.id)).lockedBy ?? 'somebody'}, and the event asks for the lock "${lock}"`;
}

async function run(ports: Needs, stack: Stack, event: PushEvent, cause: LookCause, { verdict, wishes }: PushAnswer): Promise<void> {
  const [commit] = event.commits;
  const type = verdict.kind === 'track' ? 'TRACKED' : 'PROPOSED';
  const said = { at: ports.clock.now().toISOString(), kind: 'policy', text: `the push policies said ${verdict.kind}`, subject: null };
  // Whoever shares a pool with everybody does not get ahead of them.
  const priority = stack.workerPoolId === null ? undefined : verdict.priority;
  try {
    const { run: made, created } = await triggerOnce(ports, GIT, {
      stackId: stack.id, type, commit, branch: event.branch, causes: [...causesOf(event, cause), said], triggeredBy: null, dedup: true, priority,
      externalDependencies: verdict.waitsFor,
    });
    if (!created) return;
    await ports.db.transaction(async (tx) => void (await patchRun(tx.sql, made, { flags: await applyFlags(tx.sql, made, wishes) })));
    await takeBack(ports, made, verdict.cancel);
  } catch (error) {
    // The stack was disabled, or began to be deleted, since it was read.
    if (!isAppError(error, 'CONFLICT', 'NOT_FOUND', 'INVALID')) throw error;
    await ignore(ports, stack, event, error.message);
  }
}

/** Ends listed runs of the same type and stack that no worker has begun, as far as they still can be. */
async function takeBack(ports: Needs, made: Run, ids: readonly string[]): Promise<void> {
  const listed = (await findRuns(ports.db.sql, ids.slice(0, 200))).filter((one) => one.stackId === made.stackId && one.type === made.type && one.id !== made.id);
  const note = `taken back by a push policy for run ${made.id}`;
  for (const { id, state } of listed) {
    try {
      if (state === 'QUEUED' || state === 'READY') await cancelRun(ports, BY, { runId: id, note });
      else if (state === 'UNCONFIRMED') await discardRun(ports, BY, { runId: id, note });
    } catch (error) {
      if (!isAppError(error, 'CONFLICT', 'NOT_FOUND')) throw error;
    }
  }
}

async function ignore(ports: Needs, stack: Stack, event: PushEvent, reason: string): Promise<void> {
  ports.telemetry.log('info', 'push ignored', { stackId: stack.id, branch: event.branch, commit: event.after, reason });
  if (event.branch !== stack.branch) return;
  await recordIgnoredTrigger(ports, { stackId: stack.id, commitHash: event.after, branch: event.branch, reason });
}
