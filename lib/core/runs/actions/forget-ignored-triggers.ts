import type { Ports } from '../../ports/ports.ts';
import { expireIgnoredTriggers } from '../ignored-trigger-store.ts';

/** Events that made no run are told of for seven days. */
export async function forgetIgnoredTriggers(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  await expireIgnoredTriggers(ports.db.sql, ports.clock.now());
}
