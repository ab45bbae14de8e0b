import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { markCycling } from '../worker-store.ts';
import { requirePool } from './read-pool.ts';

/** Makes every worker of the pool end itself: at once when idle, else after its run. A worker that missed it is told again at its next heartbeat. */
export async function cyclePool(ports: Pick<Ports, 'db' | 'broker' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<void> {
  const pool = await requirePool(ports, actor, input.id);
  requireAction(actor, 'worker-pool:cycle', pool.spaceId);

  await ports.db.transaction(async (tx) => {
    await markCycling(tx.sql, pool.id);
    await saveAudit(ports, tx.sql, actor, { action: 'worker-pool.cycle', resourceType: 'worker-pool', resourceId: pool.id, spaceId: pool.spaceId });
    tx.afterCommit(() =>
      ports.broker.publish({ poolId: pool.id }, { v: 1, type: 'pool.cycle', id: ports.ids.ulid(), ts: ports.clock.now().toISOString() }),
    );
  });
}
