import { supersede } from '../../runs/actions/supersede-runs.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { newRun } from '../../runs/new-run.ts';
import { keptCommit } from '../../runs/run-input.ts';
import { findRuns } from '../../runs/run-list-store.ts';
import { alreadyRun, proposedKey, trackedKey } from '../../runs/run-rights.ts';
import type { Run } from '../../runs/run.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { CommitInfo } from '../../ports/vcs.ts';
import type { PushEvent } from '../../vcs/vcs-event.ts';
import type { LookCause } from '../../vcs/vcs-messages.ts';
import { interestIn } from '../decide-trigger.ts';
import type { Following } from '../following-store.ts';
import { savePushes, type IgnoredPush, type MovedStack, type PushedRun } from '../push-batch-store.ts';
import { followByPolicies } from './follow-by-policies.ts';
import { causesOf, followPush, GIT, type FollowNeeds } from './follow-push.ts';

/** How many stacks one statement is for. */
const AT_ONCE = 100;

interface Heard {
  readonly stack: Stack;
  readonly event: PushEvent;
  readonly run: Run;
}

/** What many stacks make of pushes: gathered, and written for a hundred stacks at a time. */
export interface PushGathering {
  hear(stack: Stack, event: PushEvent): Promise<void>;
  /** The stack starts from this commit; no run. */
  adopt(stack: Stack, commit: CommitInfo): Promise<void>;
  /** Writes what is left. */
  finish(): Promise<void>;
}

export function gatherPushes(ports: FollowNeeds, following: Following, cause: LookCause): PushGathering {
  let runs: PushedRun[] = [];
  let heard: Heard[] = [];
  let moved: MovedStack[] = [];
  let ignored: IgnoredPush[] = [];
  let commits = new Map<string, CommitInfo>();
  const take = () => {
    const batch = { runs, moved, ignored, commits };
    [runs, moved, ignored] = [[], [], []];
    commits = new Map();
    return batch;
  };

  const ignore = (stack: Stack, event: PushEvent, reason: string) => {
    ports.telemetry.log('info', 'push ignored', { stackId: stack.id, branch: event.branch, commit: event.after, reason });
    // Kept for the stack's own branch only: there a missing run is asked about.
    if (event.branch === stack.branch) ignored.push({ stackId: stack.id, hash: event.after, branch: event.branch, reason });
  };

  const ask = (stack: Stack, event: PushEvent, type: 'TRACKED' | 'PROPOSED', commit: CommitInfo) => {
    const last = following.lastTracked.get(stack.id);
    if (type === 'TRACKED' && last?.hash === commit.hash) {
      ignored.push({ stackId: stack.id, hash: commit.hash, branch: event.branch, reason: alreadyRun(last.id) });
      return;
    }
    const facts = { id: ports.ids.ulid(), now: ports.clock.now(), sharedPoolId: following.sharedPoolId };
    const run = newRun(GIT, stack, { type, commit, branch: event.branch, causes: causesOf(event, cause), triggeredBy: null }, facts);
    runs.push({ run, dedupKey: type === 'TRACKED' ? trackedKey(commit.hash, last?.id) : proposedKey(commit.hash) });
    heard.push({ stack, event, run });
  };

  const move = (stack: Stack, commit: CommitInfo, tracks: boolean) => {
    commits.set(commit.hash, keptCommit(commit));
    moved.push({ stackId: stack.id, hash: commit.hash, tracks });
  };

  async function finish(): Promise<void> {
    if (runs.length + moved.length + ignored.length === 0) return;
    const asked = heard;
    heard = [];
    const batch = take();
    const { created, superseded } = await savePushes(ports, ports.db.sql, batch, GIT.login);
    for (const { run } of asked) if (created.has(run.id)) tellStep(ports, undefined, run, GIT);
    await endSuperseded(ports, asked, superseded);
    // Made before, or refused since the stack was read: each is told apart.
    for (const { stack, event, run } of asked) if (!created.has(run.id)) await followPush(ports, stack, event, cause);
  }

  const full = () => Math.max(runs.length, moved.length, ignored.length) >= AT_ONCE;
  return {
    finish,
    async hear(stack, event) {
      if (following.hasPushPolicies && (await followByPolicies(ports, stack, event, cause))) return;
      const interest = interestIn(stack, event);
      const [commit] = event.commits;
      if (commit === undefined) return;
      commits.set(commit.hash, keptCommit(commit));
      if (interest.kind === 'ignore') ignore(stack, event, interest.reason);
      else ask(stack, event, interest.kind === 'track' ? 'TRACKED' : 'PROPOSED', commit);
      if (event.branch === stack.branch) move(stack, commit, interest.kind === 'track');
      if (full()) await finish();
    },
    async adopt(stack, commit) {
      move(stack, commit, true);
      if (full()) await finish();
    },
  };
}

async function endSuperseded(ports: FollowNeeds, asked: readonly Heard[], superseded: ReadonlyMap<string, string>): Promise<void> {
  if (superseded.size === 0) return;
  const older = await findRuns(ports.db.sql, [...superseded.keys()]);
  for (const { run } of asked) await supersede(ports, run, older.filter(({ id }) => superseded.get(id) === run.id));
}
