import type { CommitInfo } from '../../ports/vcs.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { readSettingsBlock } from '../../stacks/read-runtime-config.ts';
import type { Stack } from '../../stacks/stack.ts';
import { recordIgnoredTrigger } from '../ignored-trigger-store.ts';
import { commitShaOf, runtimeConfigOf } from '../run-input.ts';
import { newestTrackedRun, proposedRunOfCommit, runOfDedupKey } from '../run-list-store.ts';
import { alreadyRun, proposedKey, trackedKey } from '../run-rights.ts';
import type { Cause, Priority, Run } from '../run.ts';
import type { NewRun } from '../new-run.ts';
import { createNewRun, createRun, type CreateNeeds } from './create-run.ts';
import { visibleStack } from './load-run.ts';
import type { StopNeeds } from './request-stop.ts';
import { supersedeRuns } from './supersede-runs.ts';

export interface TriggerRun {
  readonly stackId: string;
  /** TRACKED when left out; DESTROY is for deleting a stack. */
  readonly type?: 'TRACKED' | 'PROPOSED' | 'DESTROY';
  readonly commitSha?: string | null;
  readonly commit?: CommitInfo;
  readonly branch?: string | null;
  readonly causes?: readonly Cause[];
  readonly triggeredBy?: string | null;
  readonly priority?: Priority;
  /** Ids of what has to happen outside before the run may go on. */
  readonly externalDependencies?: readonly string[];
  readonly forceApply?: 'SINGLE' | 'CASCADE' | null;
  /** One settings block as YAML text, above all other settings. */
  readonly runtimeConfig?: string | null;
  readonly userMetadata?: string | null;
  readonly workflowId?: string;
  /** The run is due to an event of the repository: one commit makes one run of a type (runs.md §5.2). Needs `commit`. */
  readonly dedup?: boolean;
}

type GitRun = NewRun & { readonly commit: CommitInfo };
type Needs = CreateNeeds & StopNeeds;
interface Triggered {
  readonly run: Run;
  readonly created: boolean;
}

/** Starts a run. With `dedup`, an event that has its run already answers that one and starts nothing. */
export async function triggerRun(ports: Needs, actor: Actor, input: TriggerRun): Promise<Run> {
  return (await triggerOnce(ports, actor, input)).run;
}

/** The same, saying whether the run is new. */
export async function triggerOnce(ports: Needs, actor: Actor, input: TriggerRun): Promise<Triggered> {
  const stack = await visibleStack(ports, actor, input.stackId);
  const runtimeConfigInput = runtimeConfigOf(input.runtimeConfig);
  requireAction(actor, input.type === 'DESTROY' ? 'stack:delete' : 'run:trigger', stack);
  if (runtimeConfigInput !== null) {
    requireAction(actor, 'run:trigger-with-custom-runtime-config', stack);
    await readSettingsBlock(runtimeConfigInput, 'the runtime configuration');
  }

  const { type = 'TRACKED', commit, branch, causes, triggeredBy, priority, forceApply, userMetadata, workflowId } = input;
  const waitsFor = { ids: input.externalDependencies };
  const asked: NewRun = {
    type, commit, branch, causes, triggeredBy, priority, forceApply, userMetadata, workflowId, runtimeConfigInput, waitsFor,
    commitSha: commitShaOf(input.commitSha),
  };
  if (input.dedup !== true || commit === undefined || type === 'DESTROY') return { run: await createNewRun(ports, actor, stack, asked), created: true };
  return type === 'TRACKED' ? trackOnce(ports, actor, stack, { ...asked, commit }) : proposeOnce(ports, actor, stack, { ...asked, commit });
}

/**
 * A tracked branch moved: a run, unless the stack's last tracked run is for that commit. So a branch that is forced back to an older commit
 * runs it again, while the same move told twice, even at once, does not: the key names the run that was the last one.
 */
async function trackOnce(ports: Needs, actor: Actor, stack: Stack, asked: GitRun): Promise<Triggered> {
  const last = await newestTrackedRun(ports.db.sql, stack.id);
  if (last !== undefined && last.commit.hash === asked.commit.hash) {
    await recordIgnoredTrigger(ports, { stackId: stack.id, commitHash: asked.commit.hash, branch: asked.branch ?? null, reason: alreadyRun(last.id) });
    return { run: last, created: false };
  }
  return createOnce(ports, actor, stack, { ...asked, dedupKey: trackedKey(asked.commit.hash, last?.id) });
}

/**
 * A branch moved: one preview for a commit; older previews of the same branch are of no use any more (runs.md §4.4). These are ended for a
 * repetition as well: whoever made the run may have gone before that.
 */
async function proposeOnce(ports: Needs, actor: Actor, stack: Stack, asked: GitRun): Promise<Triggered> {
  const { hash } = asked.commit;
  const existing = await proposedRunOfCommit(ports.db.sql, stack.id, hash);
  const proposed = existing === undefined ? await createOnce(ports, actor, stack, { ...asked, dedupKey: proposedKey(hash) }) : { run: existing, created: false };
  if (proposed.run.branch !== null && proposed.run.branch !== stack.branch) await supersedeRuns(ports, proposed.run);
  return proposed;
}

/** The run of this key: made now, or by who was first. */
async function createOnce(ports: Needs, actor: Actor, stack: Stack, asked: GitRun & { readonly dedupKey: string }): Promise<Triggered> {
  const run = await createRun(ports, actor, stack, asked);
  return run === undefined ? { run: await runOfDedupKey(ports.db.sql, stack.id, asked.dedupKey), created: false } : { run, created: true };
}
