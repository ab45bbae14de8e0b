import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import type { Action } from '../shared/actions.ts';
import { SYSTEM_ROLES, type Role } from './role.ts';

function toRole(row: Selectable<Tables['roles']>): Role {
  return { id: row.id, slug: row.slug, name: row.name, description: row.description, actions: row.actions as readonly Action[], isSystem: row.is_system };
}

/** Writes the system roles as this version knows them; their ids stay. */
export async function saveSystemRoles(sql: Sql, newId: () => string, now: Date): Promise<void> {
  await sql
    .insertInto('roles')
    .values(
      SYSTEM_ROLES.map((role) => ({
        id: newId(), slug: role.slug, name: role.name, description: role.description, actions: json(role.actions), is_system: true, created_at: now, updated_at: now,
      })),
    )
    .onConflict((clash) =>
      clash.column('slug').doUpdateSet((e) => ({
        name: e.ref('excluded.name'), description: e.ref('excluded.description'), actions: e.ref('excluded.actions'), updated_at: now,
      })),
    )
    .execute();
}

export async function listRoles(sql: Sql): Promise<readonly Role[]> {
  return (await sql.selectFrom('roles').selectAll().orderBy('slug').limit(1000).execute()).map(toRole);
}

/** A role by id or slug. */
export async function findRole(sql: Sql, idOrSlug: string): Promise<Role | undefined> {
  const row = await sql.selectFrom('roles').selectAll().where((e) => e.or([e('id', '=', idOrSlug), e('slug', '=', idOrSlug)])).executeTakeFirst();
  return row && toRole(row);
}
