import type { Ports } from '../../ports/ports.ts';
import { forgetExpired } from '../registration-store.ts';
import { excuseSilence, silentWorkers } from '../worker-store.ts';
import { loseWorker } from './lose-worker.ts';

/** What one tick takes; the next continues. */
const BATCH = 200;

/** Finds workers that fell silent without any check being due, and forgets used-up assertions and answers. Returns how many were lost. */
export async function sweepWorkers(ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'clock' | 'telemetry'>): Promise<number> {
  const now = ports.clock.now();
  let lost = 0;
  for (const worker of await silentWorkers(ports.db.sql, now, BATCH)) if (await loseWorker(ports, worker)) lost++;
  await forgetExpired(ports.db.sql, now);
  return lost;
}

/**
 * At the start of a server that was alone to listen, or of an installation that was stopped: the time in which no worker could report is not
 * held against it. Answers how many there are.
 */
export async function excuseDowntime(ports: Pick<Ports, 'db' | 'clock'>): Promise<number> {
  return excuseSilence(ports.db.sql, ports.clock.now());
}
