import type { Ports } from '../../ports/ports.ts';
import { conflict, invalid } from '../../shared/errors.ts';
import { sha256 } from '../../shared/text.ts';
import { environmentKeys, insertApiKey, removeApiKey } from '../api-key-store.ts';
import { MIN_SECRET_LENGTH } from '../api-key.ts';
import { endSessionsOf } from '../session-store.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids'>;

/** Brings the root administrator's key in line with the server's variables: replaced when they change, gone when they go. */
export async function ensureEnvironmentKey(ports: Needs, input: { readonly id: string; readonly secret: string } | undefined): Promise<void> {
  if (input && input.secret.length < MIN_SECRET_LENGTH) throw invalid(`ADMIN_API_KEY_SECRET must have at least ${MIN_SECRET_LENGTH} characters`);
  const secretSha256 = input && sha256(input.secret);
  const there = await environmentKeys(ports.db.sql);
  if (there.length === (input ? 1 : 0) && there.every((key) => key.id === input?.id && key.secretSha256 === secretSha256)) return;

  const now = ports.clock.now();
  await ports.db.transaction(async (tx) => {
    for (const key of there) {
      await removeApiKey(tx.sql, key.id, now);
      await endSessionsOf(tx.sql, 'api_key', key.id, now);
    }
    if (!input || !secretSha256) return;
    const added = await insertApiKey(
      tx.sql,
      {
        id: input.id, name: 'environment', description: 'Set by ADMIN_API_KEY_ID and ADMIN_API_KEY_SECRET.', type: 'SECRET', isRootAdmin: true, isMachineUser: true,
        teams: [], origin: 'environment', createdBy: 'system::environment', createdAt: now, lastUsedAt: null, expiresAt: null,
      },
      secretSha256,
    );
    if (!added) throw conflict(`ADMIN_API_KEY_ID: there is an API key "${input.id}" made by a person already; choose another id`);
  });
}
