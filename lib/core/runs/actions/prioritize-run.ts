import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { setPriority } from '../run-discussion-store.ts';
import type { Priority, Run } from '../run.ts';
import { loadRun, type RunChoice } from './load-run.ts';

export type Prioritize = RunChoice & ({ readonly prioritize: boolean } | { readonly preset: Priority });

/** Puts a run ahead of its pool's queue, back, or behind. */
export async function prioritizeRun(ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'wakeups'>, actor: Actor, input: Prioritize): Promise<Run> {
  const { run, stack } = await loadRun(ports, actor, input);
  requireAction(actor, 'run:prioritize-set', stack);

  const priority = 'preset' in input ? input.preset : input.prioritize ? 'HIGH' : 'NORMAL';
  const audit = auditRow(ports, actor, { action: 'run.prioritize', resourceType: 'run', resourceId: run.id, spaceId: run.spaceId, relatedType: 'stack', relatedId: run.stackId, body: { priority } });
  const prioritized = await setPriority(ports.db.sql, run.id, priority, audit);
  if (prioritized === undefined) throw conflict(`a run in state ${run.state} has ended: its priority means nothing any more`, { runId: run.id, state: run.state });
  ports.wakeups.wake(`run:${run.id}`);
  return prioritized;
}
