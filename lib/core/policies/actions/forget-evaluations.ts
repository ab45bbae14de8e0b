import type { Ports } from '../../ports/ports.ts';
import { INPUT_DAYS } from '../evaluation.ts';
import { removeOldEvaluations } from '../evaluation-store.ts';
import { removeOldReplays } from '../replay-store.ts';

/** Forgets evaluations that belong to no run, and replays, once their inputs are gone. */
export async function forgetEvaluations(ports: Pick<Ports, 'db' | 'objects' | 'clock'>): Promise<void> {
  const now = ports.clock.now();
  const keys = [...(await removeOldEvaluations(ports.db.sql, now)), ...(await removeOldReplays(ports.db.sql, new Date(now.getTime() - INPUT_DAYS * 86_400_000)))];
  for (const key of keys) await ports.objects.delete('documents', key);
}
