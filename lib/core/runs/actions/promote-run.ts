import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { conflict, isAppError } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { promoteRefusal } from '../run-rights.ts';
import type { Run } from '../run.ts';
import { createNewRun, type CreateNeeds } from './create-run.ts';
import { loadRun, type RunChoice } from './load-run.ts';

/** Newer than what the stack tracks: a descendant of it or, where histories have parted, of a later date. */
async function isNewerThanTracked(ports: Pick<Ports, 'vcs'>, stack: Stack, run: Run): Promise<boolean> {
  const tracked = stack.trackedCommit;
  if (tracked === null) return true;
  if (tracked.hash === run.commit.hash) return false;
  if (run.commit.timestamp > tracked.timestamp) return true;
  return ports.vcs.isAncestor({ provider: stack.provider, url: stack.repositoryUrl }, tracked.hash, run.commit.hash).catch((error: unknown) => {
    if (isAppError(error, 'NOT_FOUND')) return false;
    throw error;
  });
}

/** Deploys the commit of a proposed run: makes a tracked run of it. */
export async function promoteRun(ports: CreateNeeds, actor: Actor, input: RunChoice & { readonly userMetadata?: string | null }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:promote', stack);

  const refusal = promoteRefusal(run, stack);
  if (refusal !== undefined) throw conflict(refusal, { runId: run.id, state: run.state });
  if (!(await isNewerThanTracked(ports, stack, run)))
    throw conflict(`commit ${run.commit.hash.slice(0, 8)} is not newer than the stack's tracked commit ${stack.trackedCommit?.hash.slice(0, 8) ?? ''}`, { runId: run.id });
  const cause = { at: ports.clock.now().toISOString(), kind: 'promotion', text: `promotes run ${run.id}`, subject: run.id };
  return createNewRun(ports, actor, stack, {
    type: 'TRACKED', commit: run.commit, branch: run.branch, causes: [cause], userMetadata: input.userMetadata, waitsFor: { asRun: run.id },
  });
}
