import { sql as raw, type Expression, type RawBuilder, type SqlBool } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Page } from '../shared/pages.ts';
import { writeCursor, type EntityField, type EntityPredicate, type EntitySearch } from './entity-search.ts';
import { toEntity } from './entity-store.ts';
import type { Entity } from './entity.ts';
import type { Sight } from '../shared/actor.ts';
import { inSight, seesNone } from '../stacks/stack-sight-store.ts';

export interface StackEntity extends Entity {
  readonly stackName: string;
}

export interface EntityGroup {
  readonly id: string;
  readonly count: number;
  readonly stackName: string | null;
}

const COLUMNS: Readonly<Record<EntityField, RawBuilder<unknown>>> = {
  stack: raw`entities.stack_id`,
  space: raw`stacks.space_id`,
  vendor: raw`'terraform'`,
  provider: raw`entities.provider`,
  type: raw`entities.type`,
  address: raw`entities.address`,
  name: raw`entities.name`,
  drifted: raw`(entities.drifted_at is not null)`,
};

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
/** `*` stands for anything; upper and lower case are alike. */
const pattern = (text: string): string => escaped(text).replace(/\*/g, '%');

function condition({ field, exclude, values }: EntityPredicate): RawBuilder<SqlBool> {
  const column = COLUMNS[field];
  const alternatives = values.map((value) => (typeof value === 'boolean' ? raw<SqlBool>`${column} = cast(${value} as boolean)` : raw<SqlBool>`${column} ilike cast(${pattern(value)} as text)`));
  const any = raw<SqlBool>`coalesce((${raw.join(alternatives, raw` or `)}), false)`;
  return exclude ? raw<SqlBool>`not ${any}` : any;
}

function conditionsOf(sight: Sight | 'all', search: EntitySearch): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = search.predicates.map(condition);
  if (search.text !== null) {
    const text = `%${escaped(search.text)}%`;
    conditions.push(raw<SqlBool>`(entities.address ilike ${text} or entities.type ilike ${text} or entities.stack_id ilike ${text} or stacks.name ilike ${text})`);
  }
  if (sight !== 'all') conditions.push(inSight(sight, 'stacks'));
  return conditions;
}

const NOTHING: Page<never> = { items: [], hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };

/** Entities of stacks that somebody sees, by address, one page. */
export async function selectEntities(sql: Sql, sight: Sight | 'all', search: EntitySearch): Promise<Page<StackEntity>> {
  if (seesNone(sight)) return NOTHING;
  const upwards = search.descending === search.backwards;
  const conditions = conditionsOf(sight, search);
  if (search.cursor !== null) {
    const [address, id] = search.cursor;
    conditions.push(upwards ? raw<SqlBool>`(entities.address, entities.id) > (cast(${address} as text), cast(${id} as text))` : raw<SqlBool>`(entities.address, entities.id) < (cast(${address} as text), cast(${id} as text))`);
  }
  const direction = upwards ? 'asc' : 'desc';
  const rows = await sql
    .selectFrom('entities')
    .innerJoin('stacks', 'stacks.id', 'entities.stack_id')
    .selectAll('entities')
    .select('stacks.name as stack_name')
    .where((eb) => eb.and(conditions))
    .orderBy('entities.address', direction)
    .orderBy('entities.id', direction)
    .limit(search.size + 1)
    .execute();
  const items = rows.slice(0, search.size).map((row) => ({ ...toEntity(row), stackName: row.stack_name }));
  if (search.backwards) items.reverse();
  const more = rows.length > search.size;
  const cursorOf = (entity: StackEntity | undefined) => (entity === undefined ? null : writeCursor([entity.address, entity.id]));
  return {
    items,
    hasNextPage: search.backwards ? search.cursor !== null : more,
    hasPreviousPage: search.backwards ? more : search.cursor !== null,
    startCursor: cursorOf(items[0]),
    endCursor: cursorOf(items.at(-1)),
  };
}

const GROUPS = { provider: raw<string>`coalesce(entities.provider, '')`, stack: raw<string>`entities.stack_id`, type: raw<string>`entities.type` } as const;
export type EntityGrouping = keyof typeof GROUPS;

/** How many resources there are of each provider, stack or type. */
export async function countGroups(sql: Sql, sight: Sight | 'all', search: EntitySearch, by: EntityGrouping): Promise<readonly EntityGroup[]> {
  if (seesNone(sight)) return [];
  const id = GROUPS[by];
  const rows = await sql
    .selectFrom('entities')
    .innerJoin('stacks', 'stacks.id', 'entities.stack_id')
    .select((eb) => [id.as('id'), eb.fn.countAll<number>().as('count'), raw<string>`min(stacks.name)`.as('stack_name')])
    .where((eb) => eb.and([eb('entities.kind', '=', 'resource'), ...conditionsOf(sight, search)]))
    .groupBy(id)
    .orderBy(id)
    .limit(1000)
    .execute();
  return rows.map((row) => ({ id: row.id, count: Number(row.count), stackName: by === 'stack' ? row.stack_name : null }));
}
