import type { ControlResponse } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import { planReceipts } from '../../policies/evaluation-store.ts';
import type { Run } from '../../runs/run.ts';
import type { Worker } from '../../workers/worker.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';

/** What the server has to say to the worker that holds a run; it asks now and then, in case a message was lost. */
export async function readControl(ports: Pick<Ports, 'db' | 'settings'>, worker: Pick<Worker, 'id'>, call: HandoverCall): Promise<ControlResponse> {
  const run = await loadHandover(ports, worker, call);
  const control = controlOf(ports, run);
  // A decision by itself has no note when no policy said anything.
  if (run.decision === null || run.decisionNote === null || run.decision === 'discard') return control;
  const policies = await planReceipts(ports.db.sql, run.id);
  return policies.deny.length + policies.warn.length === 0 ? control : { ...control, policies };
}

export function controlOf({ settings }: Pick<Ports, 'settings'>, run: Run): ControlResponse {
  return {
    stop: run.stopRequestedAt !== null,
    kill: run.killRequestedAt !== null,
    decision: run.decision,
    stateVersion: run.stateVersion,
    state: run.state,
    logs: { intervalMs: settings.logIntervalMs },
  };
}
