import type { Ports } from '../../ports/ports.ts';
import { systemActor, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids'>;

const MAX_NAME = 255;

/** Notes in the audit trail that somebody signed in. */
export async function recordLogin(ports: Needs, actor: Actor, sessionId: string): Promise<void> {
  await saveAudit(ports, ports.db.sql, actor, { action: 'session.create', resourceType: 'session', resourceId: sessionId });
}

/** Notes in the audit trail that somebody could not sign in under a name, or with the key of an id. */
export async function recordFailedLogin(ports: Needs, name: string, remoteIp: string | null): Promise<void> {
  await saveAudit(ports, ports.db.sql, { ...systemActor('login'), remoteIp }, { action: 'login.failed', resourceType: 'login', resourceId: name.slice(0, MAX_NAME) });
}
