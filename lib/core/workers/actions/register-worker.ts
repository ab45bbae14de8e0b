import {
  ASSERTION_SKEW_SECONDS,
  AssertionError,
  readAssertion,
  verifyAssertion,
  type Assertion,
  type AssertionAudience,
} from '../../../protocol/assertion.ts';
import type { RegisterRequest } from '../../../protocol/worker-api.ts';
import { whyNoRoom } from '../../license/restricted-mode.ts';
import type { Ports } from '../../ports/ports.ts';
import { findPoolEverKnown, holdPool } from '../pool-store.ts';
import { checkRegistration } from '../registration.ts';
import { countOtherWorkers, spendNonce, upsertWorker } from '../registration-store.ts';
import { poolChanged } from '../worker-messages.ts';
import { workerRefusal } from '../worker-refusals.ts';
import { SESSION_SECONDS, sessionClaims } from '../worker-session.ts';
import type { Worker, WorkerInPool, WorkerPool } from '../worker.ts';

export interface WorkerSession {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Adds a worker on the word of its pool's key, and opens its session. The same process may repeat it with a new assertion. */
export async function registerWorker(
  ports: Pick<Ports, 'db' | 'queue' | 'signer' | 'clock' | 'settings' | 'license' | 'telemetry'>,
  input: { readonly assertion: string | undefined; readonly request: RegisterRequest },
): Promise<{ readonly worker: WorkerInPool; readonly session: WorkerSession }> {
  const { request } = input;
  const { pool, assertion } = await believe(ports, input.assertion, 'worker-api');
  if (assertion.claims.sub !== request.workerId) throw workerRefusal('bad_assertion', 'the assertion is for another worker');
  checkRegistration(request);

  const terms = await ports.license.terms();
  const now = ports.clock.now();
  const worker = await ports.db.transaction(async (tx) => {
    // A reset that comes in between would leave a worker with a certificate of the past.
    if (!(await holdPool(tx.sql, pool))) throw poolGone(pool);
    if (!(await spendNonce(tx, assertion.claims.jti, new Date((assertion.claims.exp + ASSERTION_SKEW_SECONDS + 1) * 1000))))
      throw workerRefusal('bad_assertion', 'this assertion was used before; make a new one for each call');
    const full = terms.limits.workers === null ? null : whyNoRoom(terms, 'workers', await countOtherWorkers(tx.sql, request.workerId));
    if (full !== null) throw workerRefusal('forbidden', full);
    const registered = await upsertWorker(tx, pool, request, now);
    if (!registered) throw workerRefusal('worker_exists', `worker ${request.workerId} is registered by another process`);
    await ports.queue.enqueue(tx.sql, poolChanged, { poolId: pool.id });
    tx.afterCommit(() => ports.queue.flush());
    return registered;
  });
  ports.telemetry.log('info', 'worker registered', {
    workerId: worker.id,
    poolId: pool.id,
    launcherVersion: worker.launcherVersion,
    execution: worker.execution,
  });
  return { worker: { ...worker, pool }, session: await openSession(ports, worker) };
}

export function openSession(
  ports: Pick<Ports, 'signer' | 'settings'>,
  worker: Pick<Worker, 'id' | 'poolId' | 'certificateId'>,
): Promise<WorkerSession> {
  return ports.signer.sign(sessionClaims(worker, ports.settings), SESSION_SECONDS);
}

const poolGone = (pool: WorkerPool) =>
  workerRefusal('pool_reset', `worker pool ${pool.id} was reset or deleted; start the launcher with its new token and key`);

/** Checks an assertion against the certificate of the pool that it names. */
export async function believe(
  ports: Pick<Ports, 'db' | 'clock'>,
  token: string | undefined,
  audience: AssertionAudience,
): Promise<{ readonly pool: WorkerPool; readonly assertion: Assertion }> {
  const claimed = token === undefined ? undefined : readAssertion(token);
  if (token === undefined || !claimed) throw workerRefusal('bad_assertion', 'this call needs a worker assertion');
  const known = await findPoolEverKnown(ports.db.sql, claimed.claims.iss);
  if (!known) throw workerRefusal('bad_assertion', 'the assertion names no worker pool of this installation');
  if (known.deleted || known.pool.certificateId !== claimed.certificateId) throw poolGone(known.pool);
  try {
    return { pool: known.pool, assertion: verifyAssertion(token, known.pool.publicKey, { audience, now: ports.clock.now() }) };
  } catch (error) {
    if (error instanceof AssertionError) throw workerRefusal('bad_assertion', error.message);
    throw error;
  }
}
