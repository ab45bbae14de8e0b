import { sql as raw, type Expression, type RawBuilder, type Selectable, type SqlBool } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { partsOf, rowsOf, type PartRow, type Parts } from '../shared/parts-store.ts';
import type { Condition, Cursor, FlagField, Order, OrderField, TextField } from './stack-search.ts';
import { toStack } from './stack-store.ts';
import type { Stack } from './stack.ts';
import type { Sight } from '../shared/actor.ts';
import { inSight, seesNone } from './stack-sight-store.ts';

export interface StackQuery {
  readonly sight: Sight | 'all';
  /** Whose favourites count. */
  readonly login: string;
  readonly words: readonly string[];
  readonly conditions: readonly Condition[];
  readonly order: Order;
  readonly after: Cursor | null;
  readonly before: Cursor | null;
  /** From the end of the order. */
  readonly backwards: boolean;
  readonly limit: number;
}

export interface FoundStack {
  readonly stack: Stack;
  readonly cursor: Cursor;
}

const isStarred = (login: string) => raw<boolean>`exists (select 1 from stack_stars as star where star.stack_id = s.id and star.login = ${login})`;

/** Order keys are texts that sort as their values do, so that one comparison serves every order and cursor. */
function orderKey(field: OrderField, login: string): RawBuilder<string> {
  const time = (column: string) => raw<string>`coalesce(to_char(${raw.ref(column)} at time zone 'UTC', 'YYYYMMDDHH24MISSUS'), '')`;
  switch (field) {
    case 'createdat': return time('s.created_at');
    case 'statesetat': return time('s.state_set_at');
    case 'lastapplyat': return time('s.last_apply_at');
    case 'name': return raw<string>`lower(s.name)`;
    case 'label': return raw<string>`cast(s.labels as text)`;
    case 'administrative': case 'autodeploy': case 'locked': case 'starred': case 'isdisabled': case 'localpreviewenabled': case 'protectfromdeletion': case 'deleting':
      return raw<string>`case when ${flagOf(field, login)} then '1' else '0' end`;
    default: return raw<string>`coalesce(${textOf(field)}, '')`;
  }
}

const unixSeconds = (column: string) => raw<string | null>`cast(cast(floor(extract(epoch from ${raw.ref(column)})) as bigint) as text)`;

/** Texts that a field has: of one kind each, except labels. */
function textOf(field: Exclude<TextField, 'label'>): RawBuilder<string | null> {
  switch (field) {
    case 'space': return raw<string>`s.space_id`;
    case 'workerpool': return raw<string | null>`s.worker_pool_id`;
    case 'projectroot': return raw<string | null>`s.project_root`;
    case 'lockedby': return raw<string | null>`s.locked_by`;
    case 'commit': return raw<string | null>`s.tracked_commit ->> 'hash'`;
    case 'createdat': return unixSeconds('s.created_at');
    case 'statesetat': return unixSeconds('s.state_set_at');
    case 'repositoryurl': return raw<string | null>`s.repository_url`;
    case 'vendor': return raw<string>`s.vendor_config ->> 'vendor'`;
    case 'id': case 'name': case 'description': case 'branch': case 'repository': case 'namespace': case 'provider': case 'state': return raw<string>`${raw.ref(`s.${field}`)}`;
  }
}

function flagOf(field: FlagField, login: string): RawBuilder<boolean> {
  switch (field) {
    case 'starred': return isStarred(login);
    case 'locked': return raw<boolean>`(s.locked_by is not null)`;
    case 'isdisabled': return raw<boolean>`s.is_disabled`;
    case 'localpreviewenabled': return raw<boolean>`s.local_preview_enabled`;
    case 'protectfromdeletion': return raw<boolean>`s.protect_from_deletion`;
    case 'administrative': case 'autodeploy': case 'deleting': return raw<boolean>`${raw.ref(`s.${field}`)}`;
  }
}

const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&');
/** `*` stands for any text, as people write it. */
const asPattern = (text: string) => escaped(text).replaceAll('*', '%');

function where(condition: Condition, login: string): Expression<SqlBool> {
  const alternatives = condition.kind === 'flag' ? flagAlternatives(condition, login) : textAlternatives(condition);
  const any = alternatives.length === 0 ? raw<SqlBool>`false` : raw<SqlBool>`(${raw.join(alternatives, raw` or `)})`;
  return condition.exclude ? raw<SqlBool>`not coalesce(${any}, false)` : any;
}

const flagAlternatives = (condition: Extract<Condition, { kind: 'flag' }>, login: string) => condition.values.map((value) => raw<SqlBool>`${flagOf(condition.field, login)} = ${value}`);

function textAlternatives({ field, exact, values }: Extract<Condition, { kind: 'text' }>): readonly RawBuilder<SqlBool>[] {
  const meets = (text: RawBuilder<string | null>, value: string) => (exact ? raw<SqlBool>`${text} = cast(${value} as text)` : raw<SqlBool>`${text} ilike ${asPattern(value)}`);
  if (field === 'label') return values.map((value) => raw<SqlBool>`exists (select 1 from jsonb_array_elements_text(s.labels) as label(text) where ${meets(raw`label.text`, value)})`);
  return values.map((value) => meets(textOf(field), value));
}

/** What else is read with a page, by parts that refer to its stacks as `page`. */
export interface FoundPage {
  readonly stacks: readonly FoundStack[];
  readonly answer: readonly PartRow[];
}

/** One page of stacks in the order asked for, with what else is to be known of them, in one statement. */
export async function searchStackRows(sql: Sql, query: StackQuery, also: Parts = {}): Promise<FoundPage> {
  if (seesNone(query.sight)) return { stacks: [], answer: [] };
  const answer = await sql
    .with('page', (q) => pageQuery(q, query))
    .selectFrom(partsOf({ stack: raw`(select * from page)`, ...also }))
    .selectAll()
    .execute();
  const rows = rowsOf<Selectable<Tables['stacks']> & { readonly order_key: string }>(answer, 'stack');
  const { order, backwards } = query;
  const inOrder = [...rows].sort((a, b) => (compareBytes(a.order_key, b.order_key) * (order.descending ? -1 : 1) || compareBytes(a.id, b.id)) * (backwards ? -1 : 1));
  return { stacks: inOrder.map((row) => ({ stack: toStack(row), cursor: { key: row.order_key, id: row.id } })), answer };
}

/** As the collation "C" compares. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function pageQuery(sql: Pick<Sql, 'selectFrom'>, query: StackQuery) {
  const key = raw<string>`(${orderKey(query.order.field, query.login)}) collate "C"`;
  const id = raw<string>`s.id collate "C"`;
  let select = sql.selectFrom('stacks as s').selectAll('s').select(key.as('order_key')).limit(query.limit);
  if (query.sight !== 'all') select = select.where(inSight(query.sight, 's'));
  for (const word of query.words) {
    const pattern = `%${escaped(word)}%`;
    select = select.where(raw<SqlBool>`(s.name ilike ${pattern} or s.id ilike ${pattern} or s.description ilike ${pattern} or cast(s.labels as text) ilike ${pattern})`);
  }
  for (const condition of query.conditions) select = select.where(where(condition, query.login));
  const { after, before, order, backwards } = query;
  const beyond = (cursor: Cursor, side: 'after' | 'before') => {
    const keyBeyond = (side === 'after') === order.descending ? raw<SqlBool>`${key} < ${cursor.key}` : raw<SqlBool>`${key} > ${cursor.key}`;
    const idBeyond = side === 'after' ? raw<SqlBool>`${id} > ${cursor.id}` : raw<SqlBool>`${id} < ${cursor.id}`;
    return raw<SqlBool>`(${keyBeyond} or (${key} = ${cursor.key} and ${idBeyond}))`;
  };
  if (after) select = select.where(beyond(after, 'after'));
  if (before) select = select.where(beyond(before, 'before'));
  return select.orderBy(key, order.descending === backwards ? 'asc' : 'desc').orderBy(id, backwards ? 'desc' : 'asc');
}
