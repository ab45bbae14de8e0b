import type { Ports } from '../../ports/ports.ts';
import { findSessionSubject, subjectOf, type SessionSubject } from '../session-subject-store.ts';
import { workerRefusal } from '../worker-refusals.ts';
import { sessionAudience, sessionFacts, type SessionFacts } from '../worker-session.ts';
import type { WorkerInPool } from '../worker.ts';

/** What a session token says, when it is one of ours and current; whether it still counts, only the database knows. */
export async function readSession(ports: Pick<Ports, 'signer' | 'settings'>, bearer: string | undefined): Promise<SessionFacts> {
  const claims = bearer === undefined ? undefined : await ports.signer.verify(bearer, sessionAudience(ports.settings));
  const facts = claims && sessionFacts(claims);
  if (!facts) throw workerRefusal('session_expired', 'this call needs a current worker session; register first');
  return facts;
}

/** The worker of a session. Whoever may not go on is told why, since the launcher acts upon it. */
export function requireSubject(session: SessionFacts, subject: SessionSubject | undefined, now: Date): WorkerInPool {
  if (!subject || subject.poolDeleted) throw workerRefusal('pool_reset', `worker pool ${session.poolId} was deleted`);
  if (subject.pool.certificateId !== session.certificateId)
    throw workerRefusal('pool_reset', `worker pool ${session.poolId} was reset; start the launcher with its new token and key`);
  const { worker, pool } = subject;
  if (!worker) throw workerRefusal('worker_unknown', `worker ${session.workerId} is no longer registered`);
  return worker.lastSeenAt <= now ? { ...worker, lastSeenAt: now, willAt: null, pool } : { ...worker, pool };
}

/** The worker behind a session token. */
export async function authenticateWorker(
  ports: Pick<Ports, 'db' | 'clock' | 'signer' | 'settings'>,
  bearer: string | undefined,
): Promise<WorkerInPool> {
  const session = await readSession(ports, bearer);
  const now = ports.clock.now();
  return requireSubject(session, subjectOf(await findSessionSubject(ports.db.sql, session, now)), now);
}
