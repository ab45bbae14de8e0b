import { REPAIRED_AT_ONCE, type PoolCertificate } from '../../ports/certificates.ts';
import type { Ports } from '../../ports/ports.ts';
import { listPoolCertificates } from '../pool-store.ts';
import { certificatesDue } from '../worker-messages.ts';

/** Rows of one answer. */
const PAGE = 200;

interface Step {
  /** The pool behind which to go on. */
  readonly after: string | null;
  /** Pools are done; the orphan behind which to go on. */
  readonly orphan: string | null;
}

type Needs = Pick<Ports, 'db' | 'certificates' | 'queue'>;

/**
 * Compares the certificates of pools with what is kept of them outside; both may have missed what the other did. As much as one call of a
 * function gets done; a message asks for the rest.
 */
export async function reconcileCertificates(ports: Needs, step: Step = { after: null, orphan: null }): Promise<void> {
  const pools = await listPoolCertificates(ports.db.sql, { after: step.after, limit: REPAIRED_AT_ONCE + 1 });
  const slice = pools.slice(0, REPAIRED_AT_ONCE);
  if (slice.length > 0) await ports.certificates.repair(slice);
  const after = slice.at(-1)?.poolId ?? step.after;
  if (pools.length > slice.length) return goOn(ports, { after, orphan: null });

  const orphan = await ports.certificates.removeOrphans(await allPools(ports), step.orphan);
  if (orphan !== null) await goOn(ports, { after, orphan });
}

async function goOn({ db, queue }: Needs, step: Step): Promise<void> {
  await queue.enqueue(db.sql, certificatesDue, step);
  queue.flush();
}

async function allPools({ db }: Needs): Promise<readonly PoolCertificate[]> {
  const pools: PoolCertificate[] = [];
  for (;;) {
    const page = await listPoolCertificates(db.sql, { after: pools.at(-1)?.poolId ?? null, limit: PAGE });
    pools.push(...page);
    if (page.length < PAGE) return pools;
  }
}
