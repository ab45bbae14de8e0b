import type { Insertable, Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import type { Entity, EntityKind } from './entity.ts';

const ROWS_AT_ONCE = 200;
const MAX_ENTITIES = 50_000;

export function toEntity(row: Selectable<Tables['entities']>): Entity {
  return {
    id: row.id,
    stackId: row.stack_id,
    kind: row.kind as EntityKind,
    address: row.address,
    name: row.name,
    type: row.type,
    parentId: row.parent_id,
    provider: row.provider,
    mode: row.mode,
    tainted: row.tainted,
    sensitive: row.sensitive,
    phantom: row.phantom,
    values: row.values_key === null ? null : { key: row.values_key, offset: row.values_offset ?? 0, length: row.values_length ?? 0 },
    valuesSha256: row.values_sha256,
    outputHash: row.output_hash,
    creatorRunId: row.creator_run_id,
    updaterRunId: row.updater_run_id,
    driftedAt: row.drifted_at,
    thirdPartyMetadata: row.third_party_metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const toRow = (entity: Entity): Insertable<Tables['entities']> => ({
  id: entity.id,
  stack_id: entity.stackId,
  kind: entity.kind,
  address: entity.address,
  name: entity.name,
  type: entity.type,
  parent_id: entity.parentId,
  provider: entity.provider,
  mode: entity.mode,
  tainted: entity.tainted,
  sensitive: entity.sensitive,
  phantom: entity.phantom,
  values_key: entity.values?.key ?? null,
  values_offset: entity.values?.offset ?? null,
  values_length: entity.values?.length ?? null,
  values_sha256: entity.valuesSha256,
  output_hash: entity.outputHash,
  creator_run_id: entity.creatorRunId,
  updater_run_id: entity.updaterRunId,
  drifted_at: entity.driftedAt,
  third_party_metadata: entity.thirdPartyMetadata,
  created_at: entity.createdAt,
  updated_at: entity.updatedAt,
});

/** A stack's whole list by address, fetched in pages that fit an answer. */
export async function entitiesOfStack(sql: Sql, stackId: string): Promise<readonly Entity[]> {
  const entities: Entity[] = [];
  for (let after = ''; entities.length < MAX_ENTITIES; ) {
    const rows = await sql.selectFrom('entities').selectAll().where('stack_id', '=', stackId).where('id', '>', after).orderBy('id').limit(1000).execute();
    entities.push(...rows.map(toEntity));
    after = rows.at(-1)?.id ?? '';
    if (rows.length < 1000) break;
  }
  return entities.sort((a, b) => (a.address === b.address ? 0 : a.address < b.address ? -1 : 1));
}

/** Replaces a stack's list; the caller's transaction holds it. */
export async function replaceEntityRows(sql: Sql, stackId: string, entities: readonly Entity[]): Promise<void> {
  await sql.deleteFrom('entities').where('stack_id', '=', stackId).execute();
  for (let from = 0; from < entities.length; from += ROWS_AT_ONCE) {
    await sql.insertInto('entities').values(entities.slice(from, from + ROWS_AT_ONCE).map(toRow)).execute();
  }
}

/** How many managed resources each stack has; data sources do not count. */
export async function countResources(sql: Sql, stackIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (stackIds.length === 0) return new Map();
  const rows = await sql
    .selectFrom('entities')
    .select(({ fn }) => ['stack_id', fn.countAll<number>().as('count')])
    .where('stack_id', 'in', stackIds)
    .where('kind', '=', 'resource')
    .where('mode', '=', 'managed')
    .groupBy('stack_id')
    .limit(1000)
    .execute();
  return new Map(rows.map((row) => [row.stack_id, Number(row.count)]));
}

export type ListPhase = 'none' | 'plan' | 'apply';
const RANK: Readonly<Record<ListPhase, number>> = { none: 0, plan: 1, apply: 2 };

/** Takes a stack's list for this transaction; false when what it shows already is newer than this source. */
export async function takeEntityList(sql: Sql, stackId: string, source: { readonly id: string; readonly phase: ListPhase }, now: Date): Promise<boolean> {
  await sql.insertInto('entity_lists').values({ stack_id: stackId, source_id: '', phase: 'none', updated_at: now }).onConflict((conflict) => conflict.column('stack_id').doNothing()).execute();
  const shown = await sql.selectFrom('entity_lists').select(['source_id', 'phase']).where('stack_id', '=', stackId).forUpdate().executeTakeFirst();
  if (shown === undefined || shown.source_id > source.id) return false;
  if (shown.source_id === source.id && RANK[shown.phase as ListPhase] > RANK[source.phase]) return false;
  await sql.updateTable('entity_lists').set({ source_id: source.id, phase: source.phase, updated_at: now }).where('stack_id', '=', stackId).execute();
  return true;
}
