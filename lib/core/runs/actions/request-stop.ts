import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { markStopRequested } from '../run-stop-store.ts';
import type { Run } from '../run.ts';
import type { StepNeeds } from './step-run.ts';

export type StopNeeds = StepNeeds & Pick<Ports, 'broker'>;

/**
 * Asks the worker that executes the run to end it: gracefully, or at once. The run keeps its state until the worker answers,
 * which also finds the request when it polls.
 */
export async function requestStop(ports: StopNeeds, by: Actor, run: Run, note: string | null, kind: 'stop' | 'kill' = 'stop'): Promise<Run> {
  const now = ports.clock.now();
  const audit =
    by.kind === 'system' ? undefined : auditRow(ports, by, { action: `run.${kind}`, resourceType: 'run', resourceId: run.id, spaceId: run.spaceId, relatedType: 'stack', relatedId: run.stackId, body: { state: run.state, ...(note === null ? {} : { note }) } });
  const marked = await markStopRequested(ports.db.sql, run, { at: now, by: by.login, note, kind, audit });
  if (marked === undefined) throw conflict(`a run in state ${run.state} cannot ${kind}`, { runId: run.id, state: run.state });
  ports.wakeups.wake(`run:${run.id}`);
  if (marked.workerPoolId !== null && marked.workerId !== null) {
    const envelope = { v: 1, id: ports.ids.ulid(), ts: now.toISOString(), runId: run.id, lease: marked.lease } as const;
    const message = kind === 'stop' ? ({ ...envelope, type: 'run.stop' } as const) : ({ ...envelope, type: 'run.kill', reason: note ?? `killed by ${by.login}` } as const);
    await ports.broker.publish({ poolId: marked.workerPoolId, workerId: marked.workerId }, message);
  }
  ports.telemetry.log('info', kind === 'stop' ? 'run stop requested' : 'run kill requested', { runId: run.id, stackId: run.stackId, state: marked.state, actor: by.login });
  return marked;
}
