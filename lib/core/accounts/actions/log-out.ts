import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { endSession } from '../session-store.ts';

/** Ends the caller's session: its token and cookie are dead from here on. */
export async function logOut(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor): Promise<void> {
  const sessionId = actor.sessionId;
  if (sessionId === null) return;
  await ports.db.transaction(async (tx) => {
    await endSession(tx.sql, sessionId, ports.clock.now());
    await saveAudit(ports, tx.sql, actor, { action: 'session.end', resourceType: 'session', resourceId: sessionId });
  });
}
