import type { Ports } from '../../ports/ports.ts';
import { can, type Actor } from '../../shared/actor.ts';
import { notFound } from '../../shared/errors.ts';
import { findPool } from '../pool-store.ts';
import type { WorkerPool } from '../worker.ts';

type Needs = Pick<Ports, 'db'>;

/** The pool, or undefined when it is missing or in a space that the actor cannot see. The shared pool shows itself to those who manage it. */
export async function readPool(ports: Needs, actor: Actor, id: string): Promise<WorkerPool | undefined> {
  const pool = await findPool(ports.db.sql, id);
  if (!pool) return undefined;
  return can(actor, pool.isShared ? 'worker-pool:update' : 'space:read', pool.spaceId) ? pool : undefined;
}

/** The same for callers that cannot go on without it. */
export async function requirePool(ports: Needs, actor: Actor, id: string): Promise<WorkerPool> {
  const pool = await readPool(ports, actor, id);
  if (!pool) throw notFound(`worker pool "${id}" not found`, { workerPool: id });
  return pool;
}
