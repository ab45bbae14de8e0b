import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { findApiKey, listApiKeys as readAll } from '../api-key-store.ts';
import type { ApiKey } from '../api-key.ts';

/** Administrators of any space see the keys; only root administrators change them. */
const maySee = (actor: Actor) => actor.isRootAdmin || [...actor.grants.values()].some((actions) => actions.has('space:admin'));

export async function listApiKeys(ports: Pick<Ports, 'db'>, actor: Actor): Promise<readonly ApiKey[]> {
  return maySee(actor) ? readAll(ports.db.sql) : [];
}

/** One key; undefined when missing or not visible. */
export async function readApiKey(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<ApiKey | undefined> {
  return maySee(actor) ? findApiKey(ports.db.sql, id) : undefined;
}
