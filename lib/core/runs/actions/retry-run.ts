import { requireAction, type Actor } from '../../shared/actor.ts';
import { conflict } from '../../shared/errors.ts';
import { findLocalWorkspace } from '../local-workspace-store.ts';
import { retryAction, retryRefusal } from '../run-rights.ts';
import type { Run } from '../run.ts';
import { createNewRun, type CreateNeeds } from './create-run.ts';
import { loadRun, type RunChoice } from './load-run.ts';

/** Makes a new run of the same kind, commit and settings as one that has ended. */
export async function retryRun(ports: CreateNeeds, actor: Actor, input: RunChoice & { readonly userMetadata?: string | null }): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, retryAction(run.type), stack);
  // It ends the stack again.
  if (run.type === 'DESTROY') requireAction(actor, 'stack:delete', stack);

  const refusal = retryRefusal(run);
  if (refusal !== undefined) throw conflict(refusal, { runId: run.id, state: run.state });
  if (run.localWorkspaceId !== null && (await findLocalWorkspace(ports.db.sql, run.localWorkspaceId, ports.clock.now())) === undefined)
    throw conflict('the uploaded workspace of this run is gone: upload it again', { runId: run.id });
  return createNewRun(ports, actor, stack, {
    type: run.type,
    title: run.title,
    commit: run.commit,
    branch: run.branch,
    command: run.command,
    targets: run.targets,
    skipInitialization: run.skipInitialization,
    runtimeConfigInput: run.runtimeConfigInput,
    environmentOverrides: run.environmentOverrides,
    localWorkspaceId: run.localWorkspaceId,
    driftDetection: run.driftDetection,
    retryOf: run.id,
    // What came, came for this one too; the rest has to be reported anew.
    waitsFor: { asRun: run.id },
    userMetadata: input.userMetadata,
  });
}
