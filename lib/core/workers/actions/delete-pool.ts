import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { markPoolDeleted, usesOfPool } from '../pool-store.ts';
import type { WorkerPool } from '../worker.ts';
import { dismissWorkers } from './dismiss-workers.ts';
import { requirePool } from './read-pool.ts';

const NAMED = 3;

/** Removes a pool that no stack uses and in which no run is open. */
export async function deletePool(
  ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'certificates' | 'clock' | 'ids'>,
  actor: Actor,
  input: { readonly id: string },
): Promise<WorkerPool> {
  const pool = await requirePool(ports, actor, input.id);
  requireAction(actor, 'worker-pool:delete', pool.spaceId);
  if (pool.isShared) throw conflict('the shared pool serves every stack that names no pool and cannot be deleted', { workerPool: pool.id });

  await ports.db.transaction(async (tx) => {
    const { stacks, openRuns } = await usesOfPool(tx.sql, pool.id);
    if (stacks.length > 0) {
      const names =
        stacks
          .slice(0, NAMED)
          .map((stack) => stack.id)
          .join(', ') + (stacks.length > NAMED ? ` and ${stacks.length - NAMED} more` : '');
      throw conflict(`worker pool "${pool.name}" is used by stack ${names}; give the stacks another pool first`, { workerPool: pool.id });
    }
    if (openRuns > 0)
      throw conflict(
        `worker pool "${pool.name}" still has ${openRuns} unfinished ${openRuns === 1 ? 'run' : 'runs'}; let them end or discard them first`,
        { workerPool: pool.id },
      );
    if (!(await markPoolDeleted(tx.sql, pool.id, ports.clock.now()))) throw notFound(`worker pool "${pool.id}" not found`, { workerPool: pool.id });
    await saveAudit(ports, tx.sql, actor, {
      action: 'worker-pool.delete',
      resourceType: 'worker-pool',
      resourceId: pool.id,
      spaceId: pool.spaceId,
      body: { name: pool.name },
    });
    await dismissWorkers(ports, tx, pool, 'worker pool was deleted');
  });
  return pool;
}
