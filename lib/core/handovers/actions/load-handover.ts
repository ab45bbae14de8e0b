import type { Ports } from '../../ports/ports.ts';
import { getRun } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import type { Worker } from '../../workers/worker.ts';
import { requireHandover } from '../handover.ts';

/** What each call of a worker about a run names. */
export interface HandoverCall {
  readonly runId: string;
  readonly lease: number;
  /** As it was when the caller was authenticated. */
  readonly run?: Run | undefined;
}

/** The run that the worker holds under this lease; anybody else is refused. */
export async function loadHandover(ports: Pick<Ports, 'db'>, worker: Pick<Worker, 'id'>, call: HandoverCall): Promise<Run> {
  const run = call.run ?? await getRun(ports.db.sql, call.runId);
  requireHandover(run, worker, call.lease);
  return run;
}
