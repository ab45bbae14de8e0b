import type { CommitInfo } from '../ports/vcs.ts';
import type { Actor } from '../shared/actor.ts';
import type { Stack } from '../stacks/stack.ts';
import type { WaitsFor } from './external-dependency.ts';
import { keptCommit, titleOf, withMetadata } from './run-input.ts';
import { waitOf } from './run-waiting.ts';
import type { RunType } from './run-states.ts';
import type { Cause, Run } from './run.ts';

/** What is asked for; everything else about a new run follows from the stack and the actor. */
export interface NewRun extends Partial<
  Pick<
    Run,
    | 'title' | 'branch' | 'command' | 'driftDetection' | 'localWorkspaceId' | 'priority' | 'targets' | 'skipInitialization'
    | 'forceApply' | 'environmentOverrides' | 'runtimeConfigInput' | 'workflowId' | 'retryOf'
  >
> {
  readonly type: RunType;
  /** Known already, else found by `commitSha`, else the stack's tracked commit, else the head of its branch. */
  readonly commit?: CommitInfo;
  readonly commitSha?: string | null;
  readonly causes?: readonly Cause[];
  /** Who or what started it; null for an event of a repository. By default the person. */
  readonly triggeredBy?: string | null;
  readonly userMetadata?: string | null;
  /** Events told twice make one run: nothing is written for a key that the stack has seen. */
  readonly dedupKey?: string;
  /** What has to happen outside before the run may go on. */
  readonly waitsFor?: WaitsFor;
}

const ASKED: Readonly<Record<RunType, string>> = {
  TRACKED: 'triggered a tracked run', PROPOSED: 'triggered a proposed run', TASK: 'started a task', DESTROY: 'asked to destroy the resources',
  TESTING: 'triggered a test', PARSE: 'published a version',
};

const isPerson = (actor: Actor): boolean => actor.kind !== 'system';

/** A run that waits for its turn in the queue of its stack; of stacks without a pool of their own the shared one is to execute it. */
export function newRun(
  actor: Actor,
  stack: Pick<Stack, 'id' | 'spaceId' | 'branch' | 'workerPoolId'>,
  asked: NewRun & { readonly commit: CommitInfo },
  { id, now, sharedPoolId }: { readonly id: string; readonly now: Date; readonly sharedPoolId: string | null },
): Run {
  const commit = keptCommit(asked.commit);
  const userMetadata = withMetadata([], asked.userMetadata);
  const person: readonly Cause[] = isPerson(actor) ? [{ at: now.toISOString(), kind: 'person', text: `${actor.login} ${ASKED[asked.type]}`, subject: actor.login }] : [];
  const run: Run = {
    id,
    stackId: stack.id,
    spaceId: stack.spaceId,
    type: asked.type,
    state: 'QUEUED',
    stateVersion: 0,
    title: asked.title ?? titleOf(commit),
    branch: asked.branch === undefined ? stack.branch : asked.branch,
    commit,
    command: asked.command ?? null,
    triggeredBy: asked.triggeredBy === undefined ? (isPerson(actor) ? actor.login : null) : asked.triggeredBy,
    creatorSession: isPerson(actor)
      ? { admin: actor.isRootAdmin, creatorIp: actor.remoteIp, login: actor.login, name: actor.name, teams: actor.teams, machine: actor.machine }
      : null,
    causes: [...(asked.causes ?? []), ...person],
    driftDetection: asked.driftDetection ?? false,
    localWorkspaceId: asked.localWorkspaceId ?? null,
    priority: asked.priority ?? 'NORMAL',
    targets: asked.targets ?? [],
    skipInitialization: asked.skipInitialization ?? false,
    forceApply: asked.forceApply ?? null,
    flags: [],
    userMetadata,
    environmentOverrides: asked.environmentOverrides ?? [],
    runtimeConfigInput: asked.runtimeConfigInput ?? null,
    runtimeConfig: null,
    workflowId: asked.workflowId ?? id,
    retryOf: asked.retryOf ?? null,
    workerPoolId: stack.workerPoolId ?? sharedPoolId,
    workerId: null,
    lease: 0,
    phase: 'INITIAL',
    attempts: 0,
    againAt: null,
    handoverAt: null,
    decision: null,
    decisionNote: null,
    stopRequestedAt: null,
    stopRequestedBy: null,
    stopNote: null,
    killRequestedAt: null,
    waiting: null,
    delta: null,
    hasChanges: null,
    toolKind: null,
    toolVersion: null,
    changesKey: null,
    applyChangesKey: null,
    workspaceKey: null,
    workspaceSha256: null,
    workspaceBytes: null,
    createdAt: now,
    updatedAt: now,
    finishedAt: null,
  };
  return { ...run, waiting: waitOf(run, now) };
}
