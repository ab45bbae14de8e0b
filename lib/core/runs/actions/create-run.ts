import type { Ports } from '../../ports/ports.ts';
import type { CommitInfo } from '../../ports/vcs.ts';
import type { Actor } from '../../shared/actor.ts';
import type { Stack } from '../../stacks/stack.ts';
import { sharedPool } from '../../workers/pool-store.ts';
import { newRun, type NewRun } from '../new-run.ts';
import { requireAccepts } from '../run-rights.ts';
import { insertRun } from '../run-store.ts';
import type { Run } from '../run.ts';
import { tellStep, type StepNeeds } from './step-run.ts';

export type CreateNeeds = StepNeeds & Pick<Ports, 'vcs'>;

async function commitOf(ports: Pick<Ports, 'vcs'>, stack: Stack, asked: NewRun): Promise<CommitInfo> {
  if (asked.commit !== undefined) return asked.commit;
  const repository = { provider: stack.provider, url: stack.repositoryUrl };
  const { commitSha } = asked;
  if (commitSha && commitSha !== stack.trackedCommit?.hash) return ports.vcs.commit(repository, { hash: commitSha });
  return stack.trackedCommit ?? ports.vcs.commit(repository, { branch: stack.branch });
}

/** Puts a run into the queue of its stack. The actor's right to do so is the caller's question; whether the stack takes it is asked here. */
export async function createRun(ports: CreateNeeds, actor: Actor, stack: Stack, asked: NewRun): Promise<Run | undefined> {
  requireAccepts(stack, actor, asked.type);
  const commit = await commitOf(ports, stack, asked);
  const sharedPoolId = stack.workerPoolId === null ? ((await sharedPool(ports.db.sql))?.id ?? null) : null;
  const run = newRun(actor, stack, { ...asked, commit }, { id: ports.ids.ulid(), now: ports.clock.now(), sharedPoolId });
  const created = await insertRun(ports, ports.db.sql, run, {
    by: actor, action: asked.type === 'TASK' ? 'task.create' : 'run.create', dedupKey: asked.dedupKey, waitsFor: asked.waitsFor,
  });
  if (created !== undefined) tellStep(ports, undefined, created, actor);
  return created;
}

/** The same for what is always made: without a dedup key a run cannot be a repetition. */
export async function createNewRun(ports: CreateNeeds, actor: Actor, stack: Stack, asked: Omit<NewRun, 'dedupKey'>): Promise<Run> {
  const run = await createRun(ports, actor, stack, asked);
  if (run === undefined) throw new Error('a run without a dedup key was taken for a repetition');
  return run;
}
