import type { Job } from '../../../protocol/job.ts';
import { conflict } from '../../shared/errors.ts';
import { getStack } from '../../stacks/stack-store.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { WorkerInPool } from '../../workers/worker.ts';
import { buildPackage, type PackageNeeds } from './build-package.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';

/**
 * The configuration file of a person's archive, which only the worker has unpacked: it gets its package anew, made under that file.
 * A file that does not parse is refused with file, line and key, and the worker fails the run with these words.
 */
export async function reportConfig(ports: PackageNeeds, worker: WorkerInPool, call: HandoverCall & { readonly text: string }): Promise<Pick<Job, 'package' | 'choice'>> {
  const run = await loadHandover(ports, worker, call);
  if (run.localWorkspaceId === null) throw conflict(`run ${run.id} is no local preview: its configuration was read from the repository`, { runId: run.id });
  if (run.state !== 'PREPARING') throw workerRefusal('bad_transition', `run ${run.id} is ${run.state}, not PREPARING`, { runId: run.id, state: run.state });

  const stack = await getStack(ports.db.sql, run.stackId);
  const built = await buildPackage(ports, { run, stack, worker, configText: call.text });
  await built.store();
  return { package: built.package, ...(built.choice === undefined ? {} : { choice: built.choice }) };
}
