import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';

export type BoundActorType = 'user' | 'api_key' | 'group' | 'stack';

/** A role that an actor holds in a space. */
export interface RoleBinding {
  readonly id: string;
  readonly actorType: BoundActorType;
  /** Row id of the user or key, name of the group, slug of the stack. */
  readonly actorId: string;
  readonly roleId: string;
  readonly spaceId: string;
  readonly createdAt: Date;
}

function toBinding(row: Selectable<Tables['role_bindings']>): RoleBinding {
  return { id: row.id, actorType: row.actor_type as BoundActorType, actorId: row.actor_id, roleId: row.role_id, spaceId: row.space_id, createdAt: row.created_at };
}

export async function findBinding(sql: Sql, id: string): Promise<RoleBinding | undefined> {
  const row = await sql.selectFrom('role_bindings').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toBinding(row);
}

/** Bindings of several actors in one statement. */
export async function listBindingsOf(sql: Sql, actorType: BoundActorType, actorIds: readonly string[]): Promise<readonly RoleBinding[]> {
  if (actorIds.length === 0) return [];
  const rows = await sql.selectFrom('role_bindings').selectAll().where('actor_type', '=', actorType).where('actor_id', 'in', actorIds).orderBy('id').limit(5000).execute();
  return rows.map(toBinding);
}

/** Adds the binding; false when the actor holds that role there already. */
export async function insertBinding(sql: Sql, binding: RoleBinding): Promise<boolean> {
  const row = await sql
    .insertInto('role_bindings')
    .values({ id: binding.id, actor_type: binding.actorType, actor_id: binding.actorId, role_id: binding.roleId, space_id: binding.spaceId, created_at: binding.createdAt })
    .onConflict((clash) => clash.columns(['actor_type', 'actor_id', 'role_id', 'space_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function removeBinding(sql: Sql, id: string): Promise<void> {
  await sql.deleteFrom('role_bindings').where('id', '=', id).execute();
}

export async function removeBindingsOf(sql: Sql, actorType: BoundActorType, actorId: string): Promise<void> {
  await sql.deleteFrom('role_bindings').where('actor_type', '=', actorType).where('actor_id', '=', actorId).execute();
}
