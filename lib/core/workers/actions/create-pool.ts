import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { getSpace } from '../../spaces/space-store.ts';
import { checkedPoolSettings, NO_DRIFT_LIMIT } from '../pool-settings.ts';
import { insertPool } from '../pool-store.ts';
import { poolToken } from '../pool-token.ts';
import type { WorkerPool } from '../worker.ts';

type Needs = Pick<Ports, 'db' | 'certificates' | 'clock' | 'ids' | 'settings'>;

export interface CreatePoolInput {
  readonly name: string;
  /** PEM, or base64 of PEM. */
  readonly certificateSigningRequest: string;
  readonly description?: string | null;
  readonly labels?: readonly string[] | null;
  readonly spaceId?: string | null;
  readonly driftRunLimit?: number | null;
}

/** A pool with the token that its launchers start with. */
export interface PoolWithToken {
  readonly pool: WorkerPool;
  readonly token: string;
}

/** Adds a pool whose workers prove themselves by the key behind the signing request. */
export async function createPool(ports: Needs, actor: Actor, input: CreatePoolInput): Promise<PoolWithToken> {
  const spaceId = input.spaceId ?? ROOT_SPACE;
  requireAction(actor, 'worker-pool:create', spaceId);
  await getSpace(ports.db.sql, spaceId);
  return addPool(ports, actor, { ...input, spaceId, isShared: false });
}

/** The part without questions, also for the pool that the platform makes for itself. */
export async function addPool(
  ports: Needs,
  actor: Actor,
  input: CreatePoolInput & { readonly spaceId: string; readonly isShared: boolean },
): Promise<PoolWithToken> {
  const settings = checkedPoolSettings({
    name: input.name,
    description: input.description ?? '',
    labels: input.labels ?? [],
    driftRunLimit: input.driftRunLimit ?? NO_DRIFT_LIMIT,
  });
  const id = ports.ids.ulid();
  const issued = await ports.certificates.issue(input.certificateSigningRequest, id);
  const now = ports.clock.now();
  const pool: WorkerPool = {
    id,
    ...settings,
    spaceId: input.spaceId,
    isShared: input.isShared,
    certificate: issued.pem,
    certificateId: issued.certificateId,
    spkiSha256: issued.spkiSha256,
    publicKey: issued.publicKeyPem,
    certificateIssuedAt: now,
    createdAt: now,
    updatedAt: now,
  };
  const audit = auditRow(ports, actor, {
    action: 'worker-pool.create',
    resourceType: 'worker-pool',
    resourceId: id,
    spaceId: input.spaceId,
    body: { name: pool.name, certificateId: pool.certificateId },
  });
  await insertPool(ports.db.sql, pool, audit);
  return { pool, token: poolToken(pool, ports.settings) };
}
