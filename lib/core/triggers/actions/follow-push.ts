import type { Ports } from '../../ports/ports.ts';
import { cancelRun } from '../../runs/actions/cancel-run.ts';
import { triggerOnce } from '../../runs/actions/trigger-run.ts';
import { recordIgnoredTrigger } from '../../runs/ignored-trigger-store.ts';
import type { Cause } from '../../runs/run.ts';
import { systemActor } from '../../shared/actor.ts';
import { isAppError } from '../../shared/errors.ts';
import { setBranchHead, setTrackedCommit } from '../../stacks/stack-change-store.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { PushEvent } from '../../vcs/vcs-event.ts';
import type { LookCause } from '../../vcs/vcs-messages.ts';
import { interestIn } from '../decide-trigger.ts';
import { waitingPreviews } from '../trigger-store.ts';

export type FollowNeeds = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids' | 'wakeups' | 'telemetry' | 'vcs' | 'broker' | 'objects' | 'policyEngine' | 'settings'>;

export const GIT = systemActor('git');

const SEEN_BY: Readonly<Record<LookCause['kind'], Pick<Cause, 'kind' | 'text'>>> = {
  hook: { kind: 'delivery', text: 'the git hook was called' },
  poll: { kind: 'poll', text: 'the repository was polled' },
  api: { kind: 'poll', text: 'a stack began to follow the repository' },
};

/** How a push led to a run, oldest first. */
export function causesOf(event: PushEvent, cause: LookCause): readonly Cause[] {
  return [
    { ...SEEN_BY[cause.kind], at: cause.at, subject: cause.subject ?? null },
    { kind: 'push', at: event.receivedAt.toISOString(), text: `${event.after.slice(0, 8)} was pushed to ${event.branch}`, subject: event.after },
  ];
}

/** What one stack makes of a push: a tracked run, a proposed run, or nothing and why. Doing it twice changes nothing more. */
export async function followPush(ports: FollowNeeds, stack: Stack, event: PushEvent, cause: LookCause): Promise<void> {
  const interest = interestIn(stack, event);
  const [commit] = event.commits;
  if (commit === undefined) return;

  if (interest.kind === 'ignore') await ignore(ports, stack, event, interest.reason);
  else {
    const type = interest.kind === 'track' ? 'TRACKED' : 'PROPOSED';
    try {
      await triggerOnce(ports, GIT, {
        stackId: stack.id,
        type,
        commit,
        branch: event.branch,
        causes: causesOf(event, cause),
        triggeredBy: null,
        dedup: true,
      });
    } catch (error) {
      // The stack was disabled, or began to be deleted, since it was read.
      if (!isAppError(error, 'CONFLICT', 'NOT_FOUND', 'INVALID')) throw error;
      await ignore(ports, stack, event, error.message);
    }
  }
  if (interest.kind === 'track') await setTrackedCommit(ports.db.sql, stack.id, commit, GIT.login);
  if (event.branch === stack.branch) await setBranchHead(ports.db.sql, stack.id, commit);
}

/** Kept for the stack's own branch only: there a missing run is asked about. */
async function ignore(ports: FollowNeeds, stack: Stack, event: PushEvent, reason: string): Promise<void> {
  ports.telemetry.log('info', 'push ignored', { stackId: stack.id, branch: event.branch, commit: event.after, reason });
  if (event.branch !== stack.branch) return;
  await recordIgnoredTrigger(ports, { stackId: stack.id, commitHash: event.after, branch: event.branch, reason });
}

/** Previews of a branch that is gone, and that no worker has begun, are of no use to anybody. */
export async function cancelPreviews(ports: FollowNeeds, stacks: readonly Stack[], branch: string): Promise<void> {
  const others = stacks.filter((stack) => stack.branch !== branch);
  for (const runId of await waitingPreviews(
    ports.db.sql,
    others.map(({ id }) => id),
    branch,
  )) {
    try {
      await cancelRun(ports, GIT, { runId, note: `branch ${branch} was deleted` });
    } catch (error) {
      // It ended or began meanwhile.
      if (!isAppError(error, 'CONFLICT', 'NOT_FOUND')) throw error;
    }
  }
}
