import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';

/** Notes that somebody called what they may not. */
export async function recordDenial(ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'queue' | 'telemetry'>, actor: Actor, reason: string): Promise<void> {
  try {
    await saveAudit(ports, ports.db.sql, actor, { action: 'call.denied', resourceType: 'session', resourceId: actor.sessionId ?? actor.id, body: { reason } });
    ports.queue.flush();
  } catch (error) {
    ports.telemetry.log('warn', 'a refused call could not be recorded', { actor: actor.login, error });
  }
}
