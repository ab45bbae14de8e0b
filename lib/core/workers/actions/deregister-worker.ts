import type { Ports } from '../../ports/ports.ts';
import type { Worker } from '../worker.ts';
import { endWorker } from './end-worker.ts';

/** A worker leaves of its own accord. A run that it still held is treated as one whose worker was lost. */
export async function deregisterWorker(ports: Pick<Ports, 'db' | 'queue' | 'telemetry'>, worker: Worker, reason: string): Promise<void> {
  const left = await endWorker(ports, worker, { reason: `worker lost: ${worker.id} left while it held the run (${reason})` });
  if (left) ports.telemetry.log('info', 'worker left', { workerId: worker.id, poolId: worker.poolId, reason });
}
