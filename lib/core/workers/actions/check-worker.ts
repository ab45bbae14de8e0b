import type { Ports } from '../../ports/ports.ts';
import { healthOf, secondsUntilLost } from '../worker-health.ts';
import { workerCheck } from '../worker-messages.ts';
import { findWorker } from '../worker-store.ts';
import { loseWorker } from './lose-worker.ts';

/** Looks whether a worker still lives, and comes back as long as there is a handover or a dropped connection to watch. */
export async function checkWorker(
  ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'telemetry'>,
  input: { readonly workerId: string; readonly runId?: string; readonly lease?: number },
): Promise<void> {
  const worker = await findWorker(ports.db.sql, input.workerId);
  if (!worker) return;
  if (input.runId !== undefined && (worker.runId !== input.runId || worker.lease !== input.lease)) return;

  const now = ports.clock.now();
  if (healthOf(worker, now) === 'lost' && (await loseWorker(ports, worker))) return;
  if (input.runId === undefined && worker.willAt === null) return;
  await ports.queue.enqueue(ports.db.sql, workerCheck, input, { delaySeconds: secondsUntilLost(worker, now) });
  ports.queue.flush();
}
