import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import type { ApiKey } from './api-key.ts';

function toApiKey(row: Selectable<Tables['api_keys']>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    type: 'SECRET',
    isRootAdmin: row.is_root_admin,
    isMachineUser: row.is_machine_user,
    teams: row.teams as readonly string[],
    origin: row.origin as ApiKey['origin'],
    createdBy: row.created_by,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}

export async function findApiKey(sql: Sql, id: string): Promise<ApiKey | undefined> {
  const row = await sql.selectFrom('api_keys').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst();
  return row && toApiKey(row);
}

export async function listApiKeys(sql: Sql): Promise<readonly ApiKey[]> {
  const rows = await sql.selectFrom('api_keys').selectAll().where('deleted_at', 'is', null).orderBy('created_at').orderBy('id').limit(1000).execute();
  return rows.map(toApiKey);
}

/** Keys given by the server's variables, with the hash of their secret. */
export async function environmentKeys(sql: Sql): Promise<readonly { readonly id: string; readonly secretSha256: string | null }[]> {
  const rows = await sql.selectFrom('api_keys').select(['id', 'secret_sha256']).where('origin', '=', 'environment').where('deleted_at', 'is', null).limit(100).execute();
  return rows.map((row) => ({ id: row.id, secretSha256: row.secret_sha256 }));
}

/** Adds the key; one from the environment replaces an earlier one of that kind and id. False when the id belongs to another kind. */
export async function insertApiKey(sql: Sql, key: ApiKey, secretSha256: string): Promise<boolean> {
  const row = await sql
    .insertInto('api_keys')
    .values({
      id: key.id, name: key.name, description: key.description, type: key.type, secret_sha256: secretSha256, is_root_admin: key.isRootAdmin, is_machine_user: key.isMachineUser,
      teams: json(key.teams), origin: key.origin, created_by: key.createdBy, created_at: key.createdAt, last_used_at: key.lastUsedAt, expires_at: key.expiresAt, deleted_at: null,
    })
    .onConflict((clash) =>
      clash
        .column('id')
        .doUpdateSet({ secret_sha256: secretSha256, deleted_at: null, created_at: key.createdAt })
        .where('api_keys.origin', '=', 'environment'),
    )
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function saveApiKey(sql: Sql, key: ApiKey): Promise<void> {
  await sql.updateTable('api_keys').set({ name: key.name, description: key.description, teams: json(key.teams) }).where('id', '=', key.id).where('deleted_at', 'is', null).execute();
}

export async function removeApiKey(sql: Sql, id: string, now: Date): Promise<void> {
  await sql.updateTable('api_keys').set({ deleted_at: now, secret_sha256: null }).where('id', '=', id).execute();
}
