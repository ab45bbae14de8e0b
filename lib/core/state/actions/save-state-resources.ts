import type { Change } from '../../../protocol/worker-api.ts';
import type { Run } from '../../runs/run.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { replaceEntities, type EntityPorts } from './replace-entities.ts';

export interface StateResourcesReport {
  readonly run: Run;
  /** `plan`: the state as it was before the plan. `apply`: as it is after APPLYING, PERFORMING or DESTROYING, however that ended. */
  readonly phase: 'plan' | 'apply';
  /** Object in `documents` with the `StateResources` document. */
  readonly artifactKey: string;
}

/** Takes what a worker says the state holds. Proposed runs change no list; what is older than the list is dropped. */
export async function saveStateResources(ports: EntityPorts, report: StateResourcesReport): Promise<void> {
  const { run, phase } = report;
  if (run.type === 'PROPOSED' || (phase === 'plan' && run.type !== 'TRACKED')) return;
  const stack = await findStack(ports.db.sql, run.stackId);
  if (stack === undefined) return;

  const applied = phase === 'apply';
  await replaceEntities(ports, {
    stack,
    documentKey: report.artifactKey,
    source: { id: run.id, phase },
    runId: run.id,
    kind: applied ? 'applied' : 'seen',
    changes: await changesOf(ports, applied ? (run.applyChangesKey ?? run.changesKey) : run.changesKey),
    // Only a run that deploys makes values which dependants may rely on.
    outputs: applied ? { runId: run.type === 'TRACKED' ? run.id : null } : 'keep',
  });
}

async function changesOf(ports: EntityPorts, key: string | null): Promise<readonly Change[] | undefined> {
  const body = key === null ? undefined : await ports.objects.get('documents', key);
  if (body === undefined) return undefined;
  const changes = JSON.parse(body.toString('utf8')) as unknown;
  return Array.isArray(changes) ? (changes as readonly Change[]) : undefined;
}
