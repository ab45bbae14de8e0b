import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import { hookLists, type HookKey } from '../shared/hooks.ts';
import { isUsableIn, type Space, type SpaceNode } from '../spaces/space.ts';
import { attachesItself, autoAttachmentId, byPrecedence, type AttachedContext, type Context } from './context.ts';

export function toContext(row: Selectable<Tables['contexts']>): Context {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    labels: row.labels as readonly string[],
    spaceId: row.space_id,
    hooks: hookLists(row.hooks as Partial<Record<HookKey, readonly string[]>>),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function settingsColumns(context: Context) {
  return { name: context.name, description: context.description, labels: json(context.labels), space_id: context.spaceId, hooks: json(context.hooks), updated_at: context.updatedAt };
}

export async function findContext(sql: Sql, id: string): Promise<Context | undefined> {
  const row = await sql.selectFrom('contexts').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toContext(row);
}

/** Adds the context; false when its id is taken. */
export async function insertContext(sql: Sql, context: Context): Promise<boolean> {
  const row = await sql
    .insertInto('contexts')
    .values({ ...settingsColumns(context), id: context.id, created_at: context.createdAt })
    .onConflict((clash) => clash.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function saveContext(sql: Sql, context: Context): Promise<void> {
  await sql.updateTable('contexts').set(settingsColumns(context)).where('id', '=', context.id).execute();
}

/** Removes the context with its attachments; its elements are removed apart, for their objects. */
export async function removeContext(sql: Sql, id: string): Promise<void> {
  await sql.deleteFrom('contexts').where('id', '=', id).execute();
}

export interface ContextListing {
  readonly spaceIds: readonly string[] | 'all';
  readonly text?: string | null;
  readonly after?: string | null;
  readonly limit?: number;
}

/** Contexts of some spaces in the order of their ids; `text` is looked for in name, id and labels. */
export async function listContexts(sql: Sql, listing: ContextListing): Promise<readonly Context[]> {
  let query = sql.selectFrom('contexts').selectAll().orderBy('id').limit(listing.limit ?? 1000);
  if (listing.spaceIds !== 'all') {
    if (listing.spaceIds.length === 0) return [];
    query = query.where('space_id', 'in', listing.spaceIds);
  }
  if (listing.after) query = query.where('id', '>', listing.after);
  for (const word of (listing.text ?? '').split(/\s+/).filter((part) => part !== '')) {
    const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
    query = query.where((e) => e.or([e('name', 'ilike', pattern), e('id', 'ilike', pattern), e(e.cast<string>('labels', 'text'), 'ilike', pattern)]));
  }
  return (await query.execute()).map(toContext);
}

type StackRef = { readonly id: string; readonly labels: readonly string[]; readonly spaceId: string };

/** The contexts that a stack has, strongest first: attached by a person, or by a label and usable in its space. */
export async function contextsOfStack(sql: Sql, stack: StackRef, spaces: readonly Space[]): Promise<readonly AttachedContext[]> {
  const rows = await sql
    .selectFrom('contexts')
    .leftJoin('context_attachments as a', (join) => join.onRef('a.context_id', '=', 'contexts.id').on('a.stack_id', '=', stack.id))
    .selectAll('contexts')
    .select(['a.id as attachment_id', 'a.priority as priority'])
    .where((e) => e.or([e('a.id', 'is not', null), e(raw<string>`cast(contexts.labels as text)`, 'like', '%"autoattach:%')]))
    .limit(1000)
    .execute();
  return toAttached(rows, stack, spaces);
}

export type AttachmentRow = Selectable<Tables['contexts']> & { readonly attachment_id: string | null; readonly priority: number | null };

/** The same of rows that another statement read along: those attached, and some that may attach themselves. */
export function toAttached(rows: readonly AttachmentRow[], stack: StackRef, spaces: readonly SpaceNode[]): readonly AttachedContext[] {
  return rows
    .map((row): AttachedContext => {
      const context = toContext(row);
      return { context, attachmentId: row.attachment_id ?? autoAttachmentId(context.id, stack.id), priority: row.priority ?? 0, isAutoattached: row.attachment_id === null };
    })
    .filter(({ context, isAutoattached }) => !isAutoattached || (attachesItself(context.labels, stack.labels) && isUsableIn(spaces, context.spaceId, stack.spaceId)))
    .sort(byPrecedence);
}
