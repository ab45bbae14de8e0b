import type { Ports } from '../../ports/ports.ts';
import { systemActor } from '../../shared/actor.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { sharedPool } from '../pool-store.ts';
import { poolToken } from '../pool-token.ts';
import { addPool, type PoolWithToken } from './create-pool.ts';
import { renewPool } from './reset-pool.ts';

export interface SharedPoolInput {
  /** Lower-case hex SHA-256 of the SPKI of the key that the embedded workers hold. */
  readonly spkiSha256: string;
  /** Makes the signing request; asked only when a certificate is needed. */
  readonly csr: () => Promise<string>;
  /** Address of this server for the workers beside it, in place of the base URL. */
  readonly api?: string;
}

/** The shared pool for the key given: made when there is none, reset when it was made for another key. Its token is always of today. */
export async function ensureSharedPool(
  ports: Pick<Ports, 'db' | 'queue' | 'broker' | 'certificates' | 'clock' | 'ids' | 'settings'>,
  input: SharedPoolInput,
): Promise<PoolWithToken> {
  const actor = systemActor('embedded-worker');
  const found = await sharedPool(ports.db.sql);
  const pool = await upToDate();
  return { pool, token: poolToken(pool, { ...ports.settings, baseUrl: input.api ?? ports.settings.baseUrl }) };

  async function upToDate() {
    if (found?.spkiSha256 === input.spkiSha256) return found;
    const certificateSigningRequest = await input.csr();
    if (found) return (await renewPool(ports, actor, found, certificateSigningRequest)).pool;
    const made = await addPool(ports, actor, {
      name: 'shared',
      description: 'Serves stacks that name no worker pool.',
      certificateSigningRequest,
      spaceId: ROOT_SPACE,
      isShared: true,
    });
    return made.pool;
  }
}
