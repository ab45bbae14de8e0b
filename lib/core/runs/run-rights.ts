import type { Action } from '../shared/actions.ts';
import type { Actor } from '../shared/actor.ts';
import { conflict } from '../shared/errors.ts';
import type { Stack } from '../stacks/stack.ts';
import { isBlocking, isTerminal, type RunType } from './run-states.ts';
import type { Run } from './run.ts';

/** Runs that may change something ask for more than previews do (runs.md §3). */
export const cancelAction = (type: RunType): Action => (isBlocking(type) ? 'run:cancel-blocking' : 'run:cancel');
export const stopAction = (type: RunType): Action => (isBlocking(type) ? 'run:stop-blocking' : 'run:stop');
export const retryAction = (type: RunType): Action => (isBlocking(type) ? 'run:retry-blocking' : 'run:retry');

/** One commit makes one tracked run after the one before it, and one preview (runs.md §5.2). */
export const trackedKey = (hash: string, lastRunId: string | undefined): string => `TRACKED:${hash}:${lastRunId ?? 'first'}`;
export const proposedKey = (hash: string): string => `PROPOSED:${hash}`;
/** What is said of a tracked branch that moved to the commit of its newest run. */
export const alreadyRun = (runId: string): string => `run ${runId} is for this commit already`;

type Lockable = Pick<Stack, 'id' | 'lockedBy'>;

/** Whether a lock stands in this actor's way: the owner's own does not. */
export const isLockedFor = (stack: Lockable, actor: Pick<Actor, 'login'>): boolean => stack.lockedBy !== null && stack.lockedBy !== actor.login;

/**
 * Refuses a new run that the stack does not take: none while it is disabled or being deleted (a destruction is how it is deleted), and while
 * somebody else holds the lock no blocking run that a person asks for. Events are let through: their runs park instead of applying (runs.md §4.5).
 */
export function requireAccepts(stack: Pick<Stack, 'id' | 'isDisabled' | 'deleting' | 'protectFromDeletion' | 'lockedBy' | 'lockNote'>, actor: Actor, type: RunType): void {
  if (type === 'DESTROY') {
    if (stack.protectFromDeletion) throw conflict(`stack ${stack.id} is protected from deletion: lift the protection first`, { stackId: stack.id });
    return;
  }
  if (stack.deleting) throw conflict(`stack ${stack.id} is being deleted and takes no more runs`, { stackId: stack.id });
  if (stack.isDisabled) throw conflict(`stack ${stack.id} is disabled: enable it to start runs`, { stackId: stack.id });
  if (actor.kind !== 'system' && isBlocking(type) && isLockedFor(stack, actor)) throw conflict(lockedMessage(stack), { stackId: stack.id, lockedBy: stack.lockedBy });
}

export const lockedMessage = (stack: Pick<Stack, 'id' | 'lockedBy' | 'lockNote'>): string =>
  `stack ${stack.id} is locked by ${stack.lockedBy ?? 'nobody'}${stack.lockNote ? ` (${stack.lockNote})` : ''}: ask them to unlock it`;

/** Why the run cannot be tried again, or undefined (runs.md §10.1). */
export function retryRefusal(run: Pick<Run, 'type' | 'state'>): string | undefined {
  if (!isTerminal(run.state)) return `a run in state ${run.state} has not ended yet`;
  if (run.state === 'SKIPPED') return 'a skipped run cannot be retried';
  if (run.state === 'FINISHED' && (run.type === 'TRACKED' || run.type === 'DESTROY')) return 'a finished run cannot be retried: trigger a new one';
  return undefined;
}

/** Why the preview cannot become a deployment, or undefined; whether its commit is newer is asked of the repository (runs.md §10.3). */
export function promoteRefusal(run: Pick<Run, 'type' | 'state' | 'localWorkspaceId' | 'driftDetection'>, stack: Pick<Stack, 'githubActionDeploy'>): string | undefined {
  if (!stack.githubActionDeploy) return 'the stack does not allow to promote proposed runs';
  if (run.type !== 'PROPOSED') return 'only a proposed run can be promoted';
  if (run.localWorkspaceId !== null) return 'a local preview has no commit to promote';
  if (run.driftDetection) return 'a drift detection run cannot be promoted';
  if (run.state === 'FAILED' || run.state === 'SKIPPED') return `a ${run.state.toLowerCase()} run cannot be promoted`;
  if (!isTerminal(run.state) && run.state !== 'PENDING_REVIEW') return `a run in state ${run.state} has not ended yet`;
  return undefined;
}
