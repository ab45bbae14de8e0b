import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { notFound } from '../../shared/errors.ts';
import { poolChanged } from '../worker-messages.ts';
import { dropAssignment, findWorker, setDrained } from '../worker-store.ts';
import type { Worker } from '../worker.ts';
import { requirePool } from './read-pool.ts';

export interface SetWorkerDrainInput {
  readonly poolId: string;
  readonly workerId: string;
  readonly drain: boolean;
}

/**
 * Stops a worker from taking runs, or lets it again. It writes the row that a claim writes: once this answers that a drained worker is
 * free, the worker never starts a run, and its machine can go.
 */
export async function setWorkerDrain(
  ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'ids'>,
  actor: Actor,
  input: SetWorkerDrainInput,
): Promise<Worker> {
  const pool = await requirePool(ports, actor, input.poolId);
  requireAction(actor, 'worker:drain-set', pool.spaceId);

  const { workerId, drain } = input;
  return ports.db.transaction(async (tx) => {
    const now = ports.clock.now();
    if (drain) await dropAssignment(tx, workerId);
    const worker = await setDrained(tx, { poolId: pool.id, workerId, drain, now });
    if (!worker) throw notFound(`worker "${workerId}" not found in worker pool "${pool.id}"`, { worker: workerId });
    const action = drain ? 'worker.drain' : 'worker.undrain';
    await saveAudit(ports, tx.sql, actor, {
      action,
      resourceType: 'worker',
      resourceId: workerId,
      relatedType: 'worker-pool',
      relatedId: pool.id,
      spaceId: pool.spaceId,
    });
    // Undrained it may have a run; drained, another may have the run that was assigned to it.
    await ports.queue.enqueue(tx.sql, poolChanged, { poolId: pool.id });
    tx.afterCommit(() => ports.queue.flush());
    tx.afterCommit(() =>
      ports.broker.publish({ poolId: pool.id, workerId }, { v: 1, type: 'worker.drain', id: ports.ids.ulid(), ts: now.toISOString(), drain }),
    );
    return drain ? worker : ((await findWorker(tx.sql, workerId)) ?? worker);
  });
}
