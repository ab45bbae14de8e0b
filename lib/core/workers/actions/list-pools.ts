import type { Ports } from '../../ports/ports.ts';
import { can, type Actor } from '../../shared/actor.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { NO_NUMBERS, poolNumbers, type PoolNumbers } from '../pool-numbers-store.ts';
import { listPrivatePools, sharedPool } from '../pool-store.ts';
import type { WorkerPool } from '../worker.ts';

type Needs = Pick<Ports, 'db'>;

/** Private pools in spaces that the actor can see, by name. */
export async function listPools(ports: Needs, actor: Actor): Promise<readonly WorkerPool[]> {
  const pools = await listPrivatePools(ports.db.sql);
  return pools.filter((pool) => can(actor, 'space:read', pool.spaceId));
}

/** Private pools that a stack in the space may use; empty when the actor cannot see the space. */
export async function listAttachablePools(ports: Needs, actor: Actor, spaceId: string): Promise<readonly WorkerPool[]> {
  if (!can(actor, 'space:read', spaceId)) return [];
  const spaces = await listSpaces(ports.db.sql);
  const pools = await listPrivatePools(ports.db.sql);
  return pools.filter((pool) => isUsableIn(spaces, pool.spaceId, spaceId));
}

/** The shared pool in numbers; all zero when there is none. */
export async function publicPoolNumbers(ports: Needs): Promise<PoolNumbers> {
  const pool = await sharedPool(ports.db.sql);
  if (!pool) return NO_NUMBERS;
  return (await poolNumbers(ports.db.sql, [pool.id])).get(pool.id) ?? NO_NUMBERS;
}
