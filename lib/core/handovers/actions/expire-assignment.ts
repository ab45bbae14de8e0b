import type { Ports } from '../../ports/ports.ts';
import { passOver } from '../../workers/worker-claims-store.ts';
import { poolChanged } from '../../workers/worker-messages.ts';
import { removeExpiredAssignment } from '../assignment-store.ts';
import { PASSED_OVER_SECONDS } from '../handover.ts';

/** Takes an assignment back that its worker did not claim in time: the run waits again, and other workers come first for a while. */
export async function expireAssignment(ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'ids' | 'telemetry'>, { assignmentId }: { readonly assignmentId: string }): Promise<void> {
  await ports.db.transaction(async (tx) => {
    const now = ports.clock.now();
    const expired = await removeExpiredAssignment(tx, assignmentId, now);
    if (expired === undefined) return;
    const { poolId, workerId } = expired;
    await passOver(tx, workerId, new Date(now.getTime() + PASSED_OVER_SECONDS * 1000));
    await ports.queue.enqueue(tx.sql, poolChanged, { poolId });
    tx.afterCommit(() => ports.queue.flush());
    // The worker may be alive with only its messages lost: then this one may reach it, and it asks for work.
    tx.afterCommit(() => ports.broker.publish({ poolId }, { v: 1, type: 'job.available', id: ports.ids.ulid(), ts: now.toISOString() }));
    tx.afterCommit(() => ports.telemetry.log('warn', 'assignment expired', { assignmentId, poolId, workerId }));
  });
}
