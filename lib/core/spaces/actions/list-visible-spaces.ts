import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { canRead } from '../space-rights.ts';
import { findSpace, listSpaces } from '../space-store.ts';
import type { Space } from '../space.ts';

/** Every space the caller can see. */
export async function listVisibleSpaces(ports: Pick<Ports, 'db'>, actor: Actor): Promise<readonly Space[]> {
  return (await listSpaces(ports.db.sql)).filter((space) => canRead(actor, space.id));
}

/** One space; undefined when missing or not visible. */
export async function readSpace(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<Space | undefined> {
  return canRead(actor, id) ? findSpace(ports.db.sql, id) : undefined;
}
