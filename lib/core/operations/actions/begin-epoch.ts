import { awaitWorkers } from '../../workers/worker-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { noteEpoch, sendAllAgain } from '../region-epoch-store.ts';

export interface EpochBegun {
  readonly epoch: number;
  /** Messages that are sent once more. */
  readonly messages: number;
  /** Workers that are waited for; the run of one that does not return in time fails. */
  readonly workers: number;
}

/**
 * Has the database go on in another region: a new epoch begins, what was on its way is sent again, and workers have the time to return before
 * their runs count as lost. For the same failover again, nothing is sent twice and workers that have not returned have that time anew.
 */
export async function beginEpoch(
  ports: Pick<Ports, 'db' | 'clock' | 'ids'>,
  input: { readonly failover: string; readonly region: string; readonly after: number },
): Promise<EpochBegun> {
  const now = ports.clock.now();
  return ports.db.transaction(async (tx) => {
    const { epoch, isNew } = await noteEpoch(tx, { ...input, begunAt: now });
    const messages = isNew ? await sendAllAgain(tx, now) : 0;
    const workers = await awaitWorkers(tx, { since: now, all: isNew });
    const begun = { epoch, messages, workers };
    const entry = { action: 'region.failover', resourceType: 'region', resourceId: input.region, body: { failover: input.failover, ...begun } };
    if (isNew) await saveAudit(ports, tx.sql, systemActor('operations'), entry);
    return begun;
  });
}
