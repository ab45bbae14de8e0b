import type { Ports } from '../../ports/ports.ts';
import { sightOf, type Actor } from '../../shared/actor.ts';
import { pageSize, type Page } from '../../shared/pages.ts';
import type { PartRow, Parts } from '../../shared/parts-store.ts';
import { condition, cursorText, order, parseCursor, type StackSearch } from '../stack-search.ts';
import { searchStackRows } from '../stack-search-store.ts';
import type { Stack } from '../stack.ts';

/** One page of the stacks that the caller sees; the text is looked for in names, ids, descriptions and labels. `also` is read along with them; `atOnce` is a page size of our own. */
export async function searchStacks(ports: Pick<Ports, 'db'>, actor: Actor, search: StackSearch, { also, atOnce }: { readonly also?: Parts; readonly atOnce?: number } = {}): Promise<Page<Stack> & { readonly answer: readonly PartRow[] }> {
  const backwards = typeof search.last === 'number';
  const size = atOnce ?? pageSize(backwards ? search.last : search.first);
  const { stacks: found, answer } = await searchStackRows(ports.db.sql, {
    sight: sightOf(actor),
    login: actor.login,
    words: (search.fullTextSearch ?? '').split(/\s+/).filter((word) => word !== ''),
    conditions: (search.predicates ?? []).map(condition),
    order: order(search.orderBy),
    after: search.after ? parseCursor(search.after) : null,
    before: search.before ? parseCursor(search.before) : null,
    backwards,
    limit: size + 1,
  }, also);
  const items = found.slice(0, size);
  if (backwards) items.reverse();
  const more = found.length > size;
  const first = items[0];
  const last = items.at(-1);
  return {
    items: items.map(({ stack }) => stack),
    hasNextPage: backwards ? Boolean(search.before) : more,
    hasPreviousPage: backwards ? more : Boolean(search.after),
    startCursor: first ? cursorText(first.cursor) : null,
    endCursor: last ? cursorText(last.cursor) : null,
    answer,
  };
}
