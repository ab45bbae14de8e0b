import type { Ports } from '../../ports/ports.ts';
import { removeOldSessions } from '../session-store.ts';

const KEPT_MS = 24 * 60 * 60 * 1000;

/** Forgets sessions a day after their end, and old tries to sign in. */
export async function sweepSessions(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  await removeOldSessions(ports.db.sql, new Date(ports.clock.now().getTime() - KEPT_MS));
}
