import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { pageSize, type Page } from '../../shared/pages.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { condition, cursorText, order, parseCursor, type StackSearch } from '../stack-search.ts';
import { searchStackRows } from '../stack-search-store.ts';
import { listStacks } from '../stack-store.ts';
import type { Stack } from '../stack.ts';

const readableSpaces = (actor: Actor) => (actor.isRootAdmin ? ('all' as const) : [...actor.grants.keys()].filter((id) => canRead(actor, id)));

/** One page of the stacks that the caller sees; the text is looked for in names, ids and labels. */
export async function searchStacks(ports: Pick<Ports, 'db'>, actor: Actor, search: StackSearch): Promise<Page<Stack>> {
  const size = pageSize(search.first);
  const found = await searchStackRows(ports.db.sql, {
    spaceIds: readableSpaces(actor),
    login: actor.login,
    words: (search.fullTextSearch ?? '').split(/\s+/).filter((word) => word !== ''),
    conditions: (search.predicates ?? []).map(condition),
    order: order(search.orderBy),
    after: search.after ? parseCursor(search.after) : null,
    limit: size + 1,
  });
  const items = found.slice(0, size);
  const first = items[0];
  const last = items.at(-1);
  return {
    items: items.map(({ stack }) => stack),
    hasNextPage: found.length > size,
    hasPreviousPage: Boolean(search.after),
    startCursor: first ? cursorText(first.cursor) : null,
    endCursor: last ? cursorText(last.cursor) : null,
  };
}

/** Every stack that the caller sees, by id. */
export async function listVisibleStacks(ports: Pick<Ports, 'db'>, actor: Actor): Promise<readonly Stack[]> {
  return listStacks(ports.db.sql, { spaceIds: readableSpaces(actor) });
}
