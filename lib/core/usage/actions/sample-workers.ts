import type { Ports } from '../../ports/ports.ts';
import { countWorkers } from '../worker-count-store.ts';

const HOUR_MS = 3_600_000;

/** Counts the workers of each pool for this hour. Where there are any the database is awake; where none are, nothing is written. */
export async function sampleWorkers(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  const now = ports.clock.now().getTime();
  await countWorkers(ports.db.sql, new Date(now - (now % HOUR_MS)));
}
