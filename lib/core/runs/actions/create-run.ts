import type { Ports } from '../../ports/ports.ts';
import type { CommitInfo } from '../../ports/vcs.ts';
import type { Actor } from '../../shared/actor.ts';
import type { Stack } from '../../stacks/stack.ts';
import { sharedPool } from '../../workers/pool-store.ts';
import { keptCommit, titleOf, withMetadata } from '../run-input.ts';
import { requireAccepts } from '../run-rights.ts';
import { insertRun } from '../run-store.ts';
import { waitOf } from '../run-waiting.ts';
import type { RunType } from '../run-states.ts';
import type { Cause, Run } from '../run.ts';
import { tellStep, type StepNeeds } from './step-run.ts';

export type CreateNeeds = StepNeeds & Pick<Ports, 'vcs'>;

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
}

async function commitOf(ports: Pick<Ports, 'vcs'>, stack: Stack, asked: NewRun): Promise<CommitInfo> {
  if (asked.commit !== undefined) return asked.commit;
  const repository = { provider: stack.provider, url: stack.repositoryUrl };
  const { commitSha } = asked;
  if (commitSha && commitSha !== stack.trackedCommit?.hash) return ports.vcs.commit(repository, { hash: commitSha });
  return stack.trackedCommit ?? ports.vcs.commit(repository, { branch: stack.branch });
}

const ASKED: Readonly<Record<RunType, string>> = {
  TRACKED: 'triggered a tracked run', PROPOSED: 'triggered a proposed run', TASK: 'started a task', DESTROY: 'asked to destroy the resources',
  TESTING: 'triggered a test', PARSE: 'published a version',
};

const isPerson = (actor: Actor): boolean => actor.kind !== 'system';

/** Puts a run into the queue of its stack. The actor's right to do so is the caller's question; whether the stack takes it is asked here. */
export async function createRun(ports: CreateNeeds, actor: Actor, stack: Stack, asked: NewRun): Promise<Run | undefined> {
  requireAccepts(stack, actor, asked.type);
  const userMetadata = withMetadata([], asked.userMetadata);
  const commit = keptCommit(await commitOf(ports, stack, asked));
  const now = ports.clock.now();
  const id = ports.ids.ulid();
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
    workerPoolId: stack.workerPoolId ?? (await sharedPool(ports.db.sql))?.id ?? null,
    workerId: null,
    lease: 0,
    phase: 'INITIAL',
    attempts: 0,
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
  const created = await insertRun(ports, ports.db.sql, { ...run, waiting: waitOf(run, now) }, { by: actor, action: asked.type === 'TASK' ? 'task.create' : 'run.create', dedupKey: asked.dedupKey });
  if (created !== undefined) tellStep(ports, undefined, created, actor);
  return created;
}

/** The same for what is always made: without a dedup key a run cannot be a repetition. */
export async function createNewRun(ports: CreateNeeds, actor: Actor, stack: Stack, asked: Omit<NewRun, 'dedupKey'>): Promise<Run> {
  const run = await createRun(ports, actor, stack, asked);
  if (run === undefined) throw new Error('a run without a dedup key was taken for a repetition');
  return run;
}
