import type { Tx } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { WorkerPool } from '../worker.ts';
import { workerLost } from '../worker-messages.ts';
import { removeWorkersOfPool } from '../worker-store.ts';

/**
 * Takes every worker of a pool away, inside the transaction that reset or deleted it: their runs fail with the reason, and after the
 * commit connections close and the certificate is revoked.
 */
export async function dismissWorkers(
  ports: Pick<Ports, 'queue' | 'broker' | 'certificates' | 'clock' | 'ids'>,
  tx: Tx,
  pool: WorkerPool,
  reason: string,
): Promise<void> {
  const removed = await removeWorkersOfPool(tx, pool.id);
  for (const { workerId, runId, lease } of removed) {
    if (runId === null || lease === null) continue;
    await ports.queue.enqueue(tx.sql, workerLost, { workerId, poolId: pool.id, runId, lease, reason, mayRequeue: false });
  }
  tx.afterCommit(() => ports.queue.flush());
  tx.afterCommit(async () => {
    await ports.broker.publish({ poolId: pool.id }, { v: 1, type: 'pool.reset', id: ports.ids.ulid(), ts: ports.clock.now().toISOString() });
    await ports.broker.disconnect(pool.id, undefined, removed.map(({ workerId }) => workerId));
  });
  tx.afterCommit(() => ports.certificates.revoke(pool.id, pool.certificateId));
}
