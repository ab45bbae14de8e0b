import type { Ports } from '../../ports/ports.ts';
import { findSessionSubject } from '../registration-store.ts';
import { workerRefusal } from '../worker-refusals.ts';
import { sessionAudience, sessionFacts } from '../worker-session.ts';
import { markSeen } from '../worker-store.ts';
import type { WorkerInPool } from '../worker.ts';

/** A call counts as a sign of life; noted at most this often, so that a busy worker does not write with each call. */
const SEEN_MS = 5_000;

/** The worker behind a session token. Whoever may not go on is told why, since the launcher acts upon it. */
export async function authenticateWorker(
  ports: Pick<Ports, 'db' | 'clock' | 'signer' | 'settings'>,
  bearer: string | undefined,
): Promise<WorkerInPool> {
  const claims = bearer === undefined ? undefined : await ports.signer.verify(bearer, sessionAudience(ports.settings));
  const facts = claims && sessionFacts(claims);
  if (!facts) throw workerRefusal('session_expired', 'this call needs a current worker session; register first');

  const now = ports.clock.now();
  const subject = await findSessionSubject(ports.db.sql, facts.poolId, facts.workerId);
  if (!subject || subject.poolDeleted) throw workerRefusal('pool_reset', `worker pool ${facts.poolId} was deleted`);
  if (subject.pool.certificateId !== facts.certificateId)
    throw workerRefusal('pool_reset', `worker pool ${facts.poolId} was reset; start the launcher with its new token and key`);
  const { worker } = subject;
  if (!worker) throw workerRefusal('worker_unknown', `worker ${facts.workerId} is no longer registered`);

  if (worker.willAt !== null || now.getTime() - worker.lastSeenAt.getTime() >= SEEN_MS) {
    await markSeen(ports.db.sql, worker.id, now);
    return { ...worker, lastSeenAt: now, willAt: null, pool: subject.pool };
  }
  return { ...worker, pool: subject.pool };
}
