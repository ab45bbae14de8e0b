import type { Ports } from '../../ports/ports.ts';
import { removeOldDeliveries } from '../delivery-store.ts';

/** A day, and some for what is tried until its end. */
const KEPT_MS = 25 * 3_600_000;
/** Of entries of the audit trail: while the sweep looks for those that were not told of, it must see which were. */
const AUDIT_KEPT_MS = 50 * 3_600_000;

/** Forgets deliveries when their objects expire. */
export async function forgetDeliveries(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  const now = ports.clock.now().getTime();
  await removeOldDeliveries(ports.db.sql, { before: new Date(now - KEPT_MS), auditBefore: new Date(now - AUDIT_KEPT_MS) });
}
