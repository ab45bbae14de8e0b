import type { Ports } from '../../ports/ports.ts';
import { listPoolCertificates } from '../pool-store.ts';

/** Compares the certificates of pools with what is kept of them outside; both may have missed what the other did. */
export async function reconcileCertificates(ports: Pick<Ports, 'db' | 'certificates'>): Promise<void> {
  await ports.certificates.reconcile(await listPoolCertificates(ports.db.sql));
}
