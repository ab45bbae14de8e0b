import type { ReleaseRequest } from '../../../protocol/worker-api.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { isTerminal } from '../../runs/run-states.ts';
import type { Run } from '../../runs/run.ts';
import { findStack } from '../../stacks/stack-store.ts';
import type { Worker } from '../../workers/worker.ts';
import { keptNote } from '../handover.ts';
import { NO_DECISION, NOT_ASKED, stepOnRelease, type ReleaseStep } from '../release.ts';
import { endHandover, type EndNeeds } from './end-handover.ts';
import { forgetWorkspace } from './forget-workspace.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';
import { dropOlderWorkspaces, isWorkspaceSaved } from './workspace-transfer.ts';

type Needs = EndNeeds & Pick<Ports, 'objects'>;

/** The worker gives the run back and may have another. Told again, nothing more happens. */
export async function releaseRun(ports: Needs, worker: Pick<Worker, 'id' | 'poolId' | 'runId'>, call: HandoverCall & { readonly request: ReleaseRequest }): Promise<void> {
  const run = await loadHandover(ports, worker, call);
  if (worker.runId !== run.id) return;
  const { outcome } = call.request;
  const needsWorkspace = !isTerminal(run.state) && outcome !== 'requeue';
  const isSaved = needsWorkspace && (await isWorkspaceSaved(ports, run));
  const step = await unlessUnasked(ports, run, stepOnRelease(run, outcome, keptNote(call.request.note), isSaved));
  // A worker that ended its log said all it had to say; one that was told to kill the run left it open.
  const lastLine = step.event === 'fail' || step.event === 'stop' ? (step.note ?? 'the run was ended') : undefined;
  const released = await endHandover(ports, worker, run, { ...step, ...(lastLine === undefined ? {} : { lastLine }) });
  if (isSaved && !isTerminal(released.state)) await dropOlderWorkspaces(ports, released);
  if (isTerminal(released.state) && released.workspaceKey !== null) await forgetWorkspace(ports, { runId: released.id, key: released.workspaceKey });
}

/** Nobody may confirm a plan that its policies were not asked about. */
async function unlessUnasked(ports: Needs, run: Run, step: ReleaseStep): Promise<ReleaseStep> {
  if (step.event !== 'park' || step.note !== NO_DECISION) return step;
  const stack = await findStack(ports.db.sql, run.stackId);
  const policies = stack === undefined ? [] : await policiesOfStack(ports.db.sql, stack, ['PLAN']);
  return policies.length === 0 ? step : { event: 'fail', note: NOT_ASKED };
}
