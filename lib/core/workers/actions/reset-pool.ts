import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { replaceCertificate } from '../pool-store.ts';
import { poolToken } from '../pool-token.ts';
import { poolChanged } from '../worker-messages.ts';
import type { WorkerPool } from '../worker.ts';
import type { PoolWithToken } from './create-pool.ts';
import { dismissWorkers } from './dismiss-workers.ts';
import { requirePool } from './read-pool.ts';

export const POOL_RESET_NOTE = 'worker pool was reset';

type Needs = Pick<Ports, 'db' | 'queue' | 'broker' | 'certificates' | 'clock' | 'ids' | 'settings'>;

/** Gives the pool another certificate. Sessions, connections and what its workers execute end at once. */
export async function resetPool(
  ports: Needs,
  actor: Actor,
  input: { readonly id: string; readonly certificateSigningRequest: string },
): Promise<PoolWithToken> {
  const pool = await requirePool(ports, actor, input.id);
  requireAction(actor, 'worker-pool:reset', pool.spaceId);
  return renewPool(ports, actor, pool, input.certificateSigningRequest);
}

/** The part without questions, also for the pool that the platform makes for itself. */
export async function renewPool(ports: Needs, actor: Actor, pool: WorkerPool, certificateSigningRequest: string): Promise<PoolWithToken> {
  const issued = await ports.certificates.issue(certificateSigningRequest, pool.id);
  const now = ports.clock.now();
  const renewed: WorkerPool = {
    ...pool,
    certificate: issued.pem,
    certificateId: issued.certificateId,
    spkiSha256: issued.spkiSha256,
    publicKey: issued.publicKeyPem,
    certificateIssuedAt: now,
    updatedAt: now,
  };

  const renewedFirst = await ports.db.transaction(async (tx) => {
    if (!(await replaceCertificate(tx.sql, pool, renewed))) return false;
    await saveAudit(ports, tx.sql, actor, {
      action: 'worker-pool.reset',
      resourceType: 'worker-pool',
      resourceId: pool.id,
      spaceId: pool.spaceId,
      body: { certificateId: issued.certificateId },
    });
    await dismissWorkers(ports, tx, pool, POOL_RESET_NOTE);
    // Runs that were assigned and not yet claimed wait again.
    await ports.queue.enqueue(tx.sql, poolChanged, { poolId: pool.id });
    return true;
  });
  if (!renewedFirst) {
    await ports.certificates.revoke(pool.id, issued.certificateId);
    throw conflict('the worker pool was reset or deleted by somebody else at this moment; look at it again', { workerPool: pool.id });
  }
  return { pool: renewed, token: poolToken(renewed, ports.settings) };
}
