import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import type { Sql } from '../../ports/database.ts';
import { notFound } from '../../shared/errors.ts';
import { pageSize, type Page } from '../../shared/pages.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { findContext, listContexts } from '../context-store.ts';
import type { Context } from '../context.ts';

/** One context; undefined when missing or not visible. */
export async function readContext(ports: Pick<Ports, 'db'>, actor: Actor, id: string): Promise<Context | undefined> {
  const context = await findContext(ports.db.sql, id);
  return context && canRead(actor, context.spaceId) ? context : undefined;
}

/** The context, which the caller must see. */
export async function visibleContext(sql: Sql, actor: Actor, id: string): Promise<Context> {
  const context = await findContext(sql, id);
  if (!context || !canRead(actor, context.spaceId)) throw notFound(`context "${id}" not found`, { context: id });
  return context;
}

const readableSpaces = (actor: Actor) => (actor.isRootAdmin ? ('all' as const) : [...actor.grants.keys()].filter((id) => canRead(actor, id)));

/** Every context the caller can see, by id. */
export async function listVisibleContexts(ports: Pick<Ports, 'db'>, actor: Actor): Promise<readonly Context[]> {
  return listContexts(ports.db.sql, { spaceIds: readableSpaces(actor) });
}

/** Contexts that stacks of a space can have, as far as the caller sees them. */
export async function listAttachableContexts(ports: Pick<Ports, 'db'>, actor: Actor, spaceId: string): Promise<readonly Context[]> {
  const spaces = await listSpaces(ports.db.sql);
  return (await listVisibleContexts(ports, actor)).filter((context) => isUsableIn(spaces, context.spaceId, spaceId));
}

export interface ContextSearch {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly fullTextSearch?: string | null;
}

/** One page of visible contexts, by id. */
export async function searchContexts(ports: Pick<Ports, 'db'>, actor: Actor, search: ContextSearch): Promise<Page<Context>> {
  const size = pageSize(search.first);
  const found = await listContexts(ports.db.sql, { spaceIds: readableSpaces(actor), text: search.fullTextSearch, after: search.after, limit: size + 1 });
  const items = found.slice(0, size);
  return { items, hasNextPage: found.length > size, hasPreviousPage: Boolean(search.after), startCursor: items[0]?.id ?? null, endCursor: items.at(-1)?.id ?? null };
}
