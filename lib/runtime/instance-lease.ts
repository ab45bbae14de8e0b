import { dropLease, holdLease } from '../adapters/sql/installation-store.ts';
import type { Ports } from '../core/ports/ports.ts';
import { StartError } from './start-error.ts';

const LEASE_MS = 30_000;

/**
 * One server per database, unless servers share a key by ENCRYPTION_RSA_PRIVATE_KEY. The holder is the data folder, whose own lock
 * admits one process, so a server killed outright is back at once.
 */
export async function keepInstanceLease(ports: Pick<Ports, 'db' | 'clock' | 'telemetry'>, holder: string): Promise<{ release(): Promise<void> }> {
  const hold = () => {
    const now = ports.clock.now();
    return holdLease(ports.db.sql, { holder, now, until: new Date(now.getTime() + LEASE_MS) });
  };
  if (!(await hold())) {
    throw new StartError('DATABASE_URL: another server is running on this database; give both the same ENCRYPTION_RSA_PRIVATE_KEY, or stop the other one');
  }
  const timer = setInterval(() => {
    hold().then(
      (held) => held || ports.telemetry.log('error', 'another server took over this database'),
      (error: unknown) => ports.telemetry.log('warn', 'the instance lease could not be renewed', { error }),
    );
  }, LEASE_MS / 3);
  return {
    release: async () => {
      clearInterval(timer);
      await dropLease(ports.db.sql, holder).catch(() => {});
    },
  };
}
