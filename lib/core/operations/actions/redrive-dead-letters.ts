import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { invalid } from '../../shared/errors.ts';
import { returnDeadLetters } from '../dead-letter-store.ts';

const MAX_AT_ONCE = 1000;

/** Sends messages that were given up once more; those that are gone are passed over. Returns how many were sent. */
export async function redriveDeadLetters(ports: Pick<Ports, 'db' | 'queue' | 'clock' | 'ids'>, actor: Actor, input: { readonly ids: readonly string[] }): Promise<number> {
  requireRootAdmin(actor);
  const ids = [...new Set(input.ids)];
  if (ids.length === 0) return 0;
  if (ids.length > MAX_AT_ONCE) throw invalid(`at most ${MAX_AT_ONCE} messages can be sent again at once`, { field: 'ids' });

  return ports.db.transaction(async (tx) => {
    const count = await returnDeadLetters(tx.sql, ids, ports.clock.now());
    await saveAudit(ports, tx.sql, actor, { action: 'dead-letter.redrive', resourceType: 'message', resourceId: ids[0] ?? '', body: { ids, count } });
    tx.afterCommit(() => ports.queue.flush());
    return count;
  });
}
