import { whyNoRoom } from '../../license/restricted-mode.ts';
import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { forbidden, invalid } from '../../shared/errors.ts';
import { sha256 } from '../../shared/text.ts';
import { insertApiKey } from '../api-key-store.ts';
import { keyName, type ApiKey } from '../api-key.ts';
import { countSeats, holdSeats } from '../seat-store.ts';

export interface ApiKeyInput {
  readonly name: string;
  /** A root administrator's key. */
  readonly admin: boolean;
  readonly description?: string | null;
  readonly teams?: readonly string[] | null;
  readonly machine?: boolean | null;
  readonly expiresAt?: Date | null;
}

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'license'>;

/** Adds an API key; only this answer carries the secret. One that is no machine's takes a seat of the licence. */
export async function createApiKey(ports: Needs, actor: Actor, input: ApiKeyInput): Promise<{ readonly key: ApiKey; readonly secret: string }> {
  requireRootAdmin(actor);
  const now = ports.clock.now();
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= now) throw invalid('the key would have expired already: `expiresAt` lies in the past', { field: 'expiresAt' });

  const secret = ports.ids.random(32).toString('hex');
  const key: ApiKey = {
    id: ports.ids.ulid(), name: keyName(input.name), description: input.description ?? '', type: 'SECRET', isRootAdmin: input.admin, isMachineUser: input.machine ?? false,
    teams: [...new Set(input.teams ?? [])], origin: 'api', createdBy: actor.login, createdAt: now, lastUsedAt: null, expiresAt,
  };
  const terms = await ports.license.terms();
  await ports.db.transaction(async (tx) => {
    if (!key.isMachineUser && terms.limits.users !== null) {
      await holdSeats(tx.sql);
      const full = whyNoRoom(terms, 'users', await countSeats(tx.sql, now));
      if (full !== null) throw forbidden(full);
    }
    await insertApiKey(tx.sql, key, sha256(secret));
    await saveAudit(ports, tx.sql, actor, { action: 'api-key.create', resourceType: 'api-key', resourceId: key.id, body: { name: key.name, admin: key.isRootAdmin } });
  });
  return { key, secret };
}
