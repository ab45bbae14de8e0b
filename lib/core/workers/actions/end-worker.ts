import type { Ports } from '../../ports/ports.ts';
import { poolChanged, workerLost } from '../worker-messages.ts';
import { dropAssignment, removeWorker } from '../worker-store.ts';
import type { Worker } from '../worker.ts';

export interface WorkerEnd {
  /** The note of its run, if it holds one that cannot be repeated. */
  readonly reason: string;
  /** Only when it has not been heard of since it was read. */
  readonly onlyIfSilent?: boolean;
  /** Whether another worker may take its run where nothing was executed yet; by default it may. */
  readonly mayRequeue?: boolean;
}

/** Removes a worker; a run that it held is announced as lost, one that was only assigned to it waits again. False when there is nothing to remove. */
export async function endWorker(
  ports: Pick<Ports, 'db' | 'queue'>,
  worker: Pick<Worker, 'id' | 'poolId' | 'lastSeenAt'>,
  end: WorkerEnd,
): Promise<boolean> {
  return ports.db.transaction(async (tx) => {
    const hadAssignment = await dropAssignment(tx, worker.id);
    if (hadAssignment) await ports.queue.enqueue(tx.sql, poolChanged, { poolId: worker.poolId });
    tx.afterCommit(() => ports.queue.flush());
    const removed = await removeWorker(tx, worker.id, end.onlyIfSilent === true ? { lastSeenAt: worker.lastSeenAt } : {});
    if (!removed) return false;
    const { runId, lease } = removed;
    if (runId !== null && lease !== null) {
      await ports.queue.enqueue(tx.sql, workerLost, {
        workerId: worker.id,
        poolId: worker.poolId,
        runId,
        lease,
        reason: end.reason,
        mayRequeue: end.mayRequeue ?? true,
      });
    }
    return true;
  });
}
