import type { Ports } from '../../ports/ports.ts';
import { isAwaited, lossNote } from '../worker-health.ts';
import type { Worker } from '../worker.ts';
import { endWorker } from './end-worker.ts';

/** Gives up a worker that fell silent, unless it was heard of at this moment. */
export async function loseWorker(ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'telemetry'>, worker: Worker): Promise<boolean> {
  const reason = lossNote(worker, ports.clock.now());
  const lost = await endWorker(ports, worker, {
    reason,
    onlyIfSilent: true,
    // What the old region still took down of it may be lost: it may have begun what its run's row says is only prepared.
    mayRequeue: !isAwaited(worker),
  });
  if (!lost) return false;
  ports.telemetry.log('warn', 'worker lost', { workerId: worker.id, poolId: worker.poolId, runId: worker.runId, lastSeenAt: worker.lastSeenAt });
  ports.telemetry.count('workers.lost', { held: worker.runId === null ? 'nothing' : 'run' });
  await ports.broker.disconnect(worker.poolId, worker.id);
  return true;
}
