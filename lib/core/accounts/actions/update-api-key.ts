import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { findApiKey, saveApiKey } from '../api-key-store.ts';
import { keyName, type ApiKey } from '../api-key.ts';
import { endSessionsOf } from '../session-store.ts';

export interface ApiKeyUpdate {
  readonly id: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly teams?: readonly string[] | null;
}

/** Changes what is given of a key; other groups mean other rights, so they end its sessions. */
export async function updateApiKey(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: ApiKeyUpdate): Promise<ApiKey> {
  requireRootAdmin(actor);
  const before = await findApiKey(ports.db.sql, input.id);
  if (!before) throw notFound(`API key "${input.id}" not found`, { apiKey: input.id });
  if (before.origin === 'environment') throw conflict('this API key comes from ADMIN_API_KEY_ID: change it there and restart the server', { apiKey: input.id });

  const after: ApiKey = {
    ...before,
    name: input.name === undefined || input.name === null ? before.name : keyName(input.name),
    description: input.description ?? before.description,
    teams: input.teams ? [...new Set(input.teams)] : before.teams,
  };
  await ports.db.transaction(async (tx) => {
    await saveApiKey(tx.sql, after);
    if (input.teams) await endSessionsOf(tx.sql, 'api_key', after.id, ports.clock.now(), actor.sessionId);
    await saveAudit(ports, tx.sql, actor, { action: 'api-key.update', resourceType: 'api-key', resourceId: after.id, body: { name: after.name } });
  });
  return after;
}
