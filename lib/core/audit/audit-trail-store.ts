import { sql as raw, type RawBuilder, type Selectable, type SqlBool } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import type { Page } from '../shared/pages.ts';
import { auditSource, type AuditTrailEntry } from './audit-entry.ts';
import type { AuditField, AuditPredicate, AuditSearch } from './audit-search.ts';

const toEntry = (row: Selectable<Tables['audit']>): AuditTrailEntry => ({
  id: row.id, action: row.action, actor: row.actor, actorKind: row.actor_kind, actorRoles: row.actor_roles as readonly string[], remoteIp: row.remote_ip,
  resourceType: row.resource_type, resourceId: row.resource_id, relatedType: row.related_type, relatedId: row.related_id, spaceId: row.space_id, mutation: row.mutation,
  args: row.args as Readonly<Record<string, unknown>>, body: row.body as Readonly<Record<string, unknown>>, createdAt: row.created_at,
});

const COLUMNS: Readonly<Record<AuditField, RawBuilder<unknown>>> = {
  action: raw`audit.action`,
  actor: raw`audit.actor`,
  // Clients know types by the names of an enum.
  resourceType: raw`upper(replace(audit.resource_type, '-', '_'))`,
  resourceId: raw`audit.resource_id`,
  eventType: raw`coalesce(audit.mutation, case audit.action when 'session.create' then 'login' when 'login.failed' then 'login_failed' else audit.action end)`,
  createdAt: raw`cast(floor(extract(epoch from audit.created_at)) as text)`,
};

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

function condition({ field, exclude, values, matches }: AuditPredicate): RawBuilder<SqlBool> {
  const column = COLUMNS[field];
  const alternatives = values.map((value) => (matches ? raw<SqlBool>`${column} ilike ${escaped(value).replaceAll('*', '%')}` : raw<SqlBool>`${column} = cast(${value} as text)`));
  const any = alternatives.length === 0 ? raw<SqlBool>`false` : raw<SqlBool>`coalesce((${raw.join(alternatives, raw` or `)}), false)`;
  return exclude ? raw<SqlBool>`not ${any}` : any;
}

/** Entries by their age, one page. */
export async function searchAudit(sql: Sql, search: AuditSearch): Promise<Page<AuditTrailEntry>> {
  const downwards = search.descending !== search.backwards;
  const conditions = search.predicates.map(condition);
  if (search.text !== null) {
    const pattern = `%${escaped(search.text)}%`;
    conditions.push(raw<SqlBool>`(audit.action ilike ${pattern} or audit.actor ilike ${pattern} or audit.resource_id ilike ${pattern} or audit.mutation ilike ${pattern})`);
  }
  if (search.cursor !== null) conditions.push(downwards ? raw<SqlBool>`audit.id < ${search.cursor}` : raw<SqlBool>`audit.id > ${search.cursor}`);
  const rows = await sql
    .selectFrom('audit')
    .selectAll()
    .where((eb) => eb.and(conditions))
    .orderBy('audit.id', downwards ? 'desc' : 'asc')
    .limit(search.size + 1)
    .execute();
  const items = rows.slice(0, search.size).map(toEntry);
  if (search.backwards) items.reverse();
  const more = rows.length > search.size;
  return {
    items,
    hasNextPage: search.backwards ? search.cursor !== null : more,
    hasPreviousPage: search.backwards ? more : search.cursor !== null,
    startCursor: items[0]?.id ?? null,
    endCursor: items.at(-1)?.id ?? null,
  };
}

export async function findAuditEntry(sql: Sql, id: string): Promise<AuditTrailEntry | undefined> {
  const row = await sql.selectFrom('audit').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toEntry(row);
}

/** Entries since then that a webhook was not told of, oldest first. */
export async function untoldEntries(sql: Sql, webhookId: string, since: Date, limit: number): Promise<readonly AuditTrailEntry[]> {
  const rows = await sql
    .selectFrom('audit')
    .selectAll()
    .where('created_at', '>=', since)
    .where((eb) => eb.not(eb.exists(eb.selectFrom('webhook_deliveries as d').select('d.id').where('d.webhook_id', '=', webhookId).where('d.source', '=', raw<string>`cast(${auditSource('')} as text) || audit.id`))))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toEntry);
}

export async function removeOldEntries(sql: Sql, before: Date): Promise<void> {
  await sql.deleteFrom('audit').where('created_at', '<', before).execute();
}
