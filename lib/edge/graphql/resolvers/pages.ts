import type { Page } from '../../../core/shared/pages.ts';
import type { Connection } from '../search.ts';

/** A page of a store as clients expect it: absent cursors are empty strings. */
export function toConnection<Item>(page: Page<Item>): Connection<Item> {
  const { items, startCursor, endCursor, hasNextPage, hasPreviousPage } = page;
  return { edges: items.map((node) => ({ node })), pageInfo: { startCursor: startCursor ?? '', endCursor: endCursor ?? '', hasNextPage, hasPreviousPage } };
}

export const emptyConnection = <Item>(): Connection<Item> => ({ edges: [], pageInfo: { startCursor: '', endCursor: '', hasNextPage: false, hasPreviousPage: false } });
