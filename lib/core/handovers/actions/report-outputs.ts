import type { OutputsReport } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import { findRun, historyOf, patchRun } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { isTerminal } from '../../runs/run-states.ts';
import { saveStateResources } from '../../state/actions/save-state-resources.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { Worker } from '../../workers/worker.ts';
import { findArtifact } from '../artifact-store.ts';
import { isWriting } from '../worker-transitions.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';
import { takeResults } from './take-results.ts';

type Needs = Pick<Ports, 'db' | 'objects' | 'cipher' | 'clock' | 'ids' | 'wakeups'>;

/** What the state holds after something was executed that may have changed it: the stack's resources and outputs from now on. */
export async function reportOutputs(ports: Needs, worker: Pick<Worker, 'id'>, call: HandoverCall & { readonly report: OutputsReport }): Promise<void> {
  const run = await loadHandover(ports, worker, call);
  if (!(await hasWritten(ports, run))) throw workerRefusal('bad_transition', `run ${run.id} is ${run.state} and has changed nothing yet`, { runId: run.id, state: run.state });

  const { report } = call;
  const { changes, resources } = await takeResults(ports, run, { inline: report.inline, named: { changes: report.changesArtifactId, resources: report.artifactId } });
  if (resources === undefined) throw invalid('a report on the outputs brings the resources of the state, or names them', { field: 'artifactId' });
  const reported = changes === undefined ? run : await patchRun(ports.db.sql, run, { applyChangesKey: changes.objectKey });
  await saveStateResources(ports, { run: reported, phase: 'apply', artifactKey: resources.objectKey });
  ports.wakeups.wake(`run:${run.id}`);
}

/** A worker may report after it has said that the run ended. */
async function hasWritten(ports: Pick<Ports, 'db'>, run: Run): Promise<boolean> {
  if (isWriting(run.state)) return true;
  return isTerminal(run.state) && (await historyOf(ports.db.sql, run.id)).some((entry) => isWriting(entry.state));
}

/** Takes what a plan saw in the state before it; handler of `resources.reported`. */
export async function saveReportedResources(ports: Needs, input: { readonly runId: string; readonly artifactId: string }): Promise<void> {
  const run = await findRun(ports.db.sql, input.runId);
  const artifact = await findArtifact(ports.db.sql, input.runId, input.artifactId);
  if (run === undefined || artifact === undefined) return;
  await saveStateResources(ports, { run, phase: 'plan', artifactKey: artifact.objectKey });
}
