import type { Ports } from '../../ports/ports.ts';
import { removeOldDeliveries } from '../delivery-store.ts';

/** A day, and some for what is tried until its end. */
const KEPT_MS = 25 * 3_600_000;

/** Forgets deliveries when their objects expire. */
export async function forgetDeliveries(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  await removeOldDeliveries(ports.db.sql, new Date(ports.clock.now().getTime() - KEPT_MS));
}
