import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { findApiKey, removeApiKey } from '../api-key-store.ts';
import type { ApiKey } from '../api-key.ts';
import { removeBindingsOf } from '../role-binding-store.ts';
import { endSessionsOf } from '../session-store.ts';

/** Removes a key and ends its sessions. */
export async function deleteApiKey(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<ApiKey> {
  requireRootAdmin(actor);
  const key = await findApiKey(ports.db.sql, input.id);
  if (!key) throw notFound(`API key "${input.id}" not found`, { apiKey: input.id });
  if (key.origin === 'environment') throw conflict('this API key comes from ADMIN_API_KEY_ID: remove it there and restart the server', { apiKey: input.id });

  const now = ports.clock.now();
  await ports.db.transaction(async (tx) => {
    await removeApiKey(tx.sql, key.id, now);
    await removeBindingsOf(tx.sql, 'api_key', key.id);
    await endSessionsOf(tx.sql, 'api_key', key.id, now);
    await saveAudit(ports, tx.sql, actor, { action: 'api-key.delete', resourceType: 'api-key', resourceId: key.id, body: { name: key.name } });
  });
  return key;
}
