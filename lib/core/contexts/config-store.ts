import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { notFound } from '../shared/errors.ts';
import type { ConfigElement, ConfigOwner, ConfigType } from './config.ts';

/** An element with its sealed value: in the row, or as an object when it is large. */
export interface SealedConfig extends ConfigElement {
  readonly ciphertext: string | null;
  readonly objectKey: string | null;
}

export function toSealed(row: Selectable<Tables['config_elements']>): SealedConfig {
  return {
    id: row.id,
    owner: { type: row.owner_type as ConfigOwner['type'], id: row.owner_id },
    name: row.name,
    type: row.type as ConfigType,
    description: row.description,
    writeOnly: row.write_only,
    checksum: row.checksum,
    fileMode: row.file_mode,
    createdAt: row.created_at,
    ciphertext: row.ciphertext,
    objectKey: row.object_key,
  };
}

/** Rows may hold 40 KiB each, so long lists are read in parts. */
const PART = 200;

/** Elements of some owners, by owner and name. */
export async function listConfig(sql: Sql, owners: readonly ConfigOwner[]): Promise<readonly SealedConfig[]> {
  if (owners.length === 0) return [];
  const found: SealedConfig[] = [];
  for (let last = ''; ; last = found.at(-1)?.id ?? '') {
    const rows = await sql
      .selectFrom('config_elements')
      .selectAll()
      .where((e) => e.or(owners.map((owner) => e.and([e('owner_type', '=', owner.type), e('owner_id', '=', owner.id)]))))
      .where('id', '>', last)
      .orderBy('id')
      .limit(PART)
      .execute();
    found.push(...rows.map(toSealed));
    if (rows.length < PART) break;
  }
  return found.sort((a, b) => compare(a.owner.type, b.owner.type) || compare(a.owner.id, b.owner.id) || compare(a.name, b.name));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export async function findConfig(sql: Sql, owner: ConfigOwner, name: string): Promise<SealedConfig | undefined> {
  const row = await sql.selectFrom('config_elements').selectAll().where('owner_type', '=', owner.type).where('owner_id', '=', owner.id).where('name', '=', name).executeTakeFirst();
  return row && toSealed(row);
}

/**
 * Adds the element in place of one of the same name; returns the object key that is now unused, if any. The owner's row is held for it:
 * of two who set one name at once, the second replaces what the first has set.
 */
export async function replaceConfig(sql: Sql, element: SealedConfig): Promise<string | null> {
  const { type, id } = element.owner;
  const owner = await sql.selectFrom(type === 'stack' ? 'stacks' : 'contexts').select('id').where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
  if (owner === undefined) throw notFound(`${type} "${id}" not found`, { [type]: id });
  const old = await removeConfig(sql, element.owner, element.name);
  await sql
    .insertInto('config_elements')
    .values({
      id: element.id, owner_type: element.owner.type, owner_id: element.owner.id, name: element.name, type: element.type, description: element.description,
      ciphertext: element.ciphertext, object_key: element.objectKey, write_only: element.writeOnly, checksum: element.checksum, file_mode: element.fileMode, created_at: element.createdAt,
    })
    .execute();
  return old?.objectKey ?? null;
}

export async function removeConfig(sql: Sql, owner: ConfigOwner, name: string): Promise<SealedConfig | undefined> {
  const row = await sql.deleteFrom('config_elements').where('owner_type', '=', owner.type).where('owner_id', '=', owner.id).where('name', '=', name).returningAll().executeTakeFirst();
  return row && toSealed(row);
}

/** Removes all elements of an owner; returns the keys of their objects. */
export async function removeConfigOf(sql: Sql, owner: ConfigOwner): Promise<readonly string[]> {
  const rows = await sql.deleteFrom('config_elements').where('owner_type', '=', owner.type).where('owner_id', '=', owner.id).returning('object_key').execute();
  return rows.flatMap((row) => row.object_key ?? []);
}

/** Takes note of objects that no row names any more, to be deleted from then on. */
export async function leaveConfigObjects(sql: Sql, keys: readonly string[], dueAt: Date): Promise<void> {
  if (keys.length === 0) return;
  await sql.insertInto('unused_objects').values(keys.map((key) => ({ bucket: 'documents', object_key: key, due_at: dueAt }))).onConflict((clash) => clash.doNothing()).execute();
}

/** Moves the elements of a stack along when its id changes. */
export async function renameConfigOwner(sql: Sql, owner: ConfigOwner, newId: string): Promise<void> {
  await sql.updateTable('config_elements').set({ owner_id: newId }).where('owner_type', '=', owner.type).where('owner_id', '=', owner.id).execute();
}
