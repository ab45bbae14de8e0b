import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { pageSize, type Page } from '../../shared/pages.ts';
import { listDeadLetters, type DeadLetter } from '../dead-letter-store.ts';

/** One page of the messages that were given up, newest first. */
export async function deadLetters(ports: Pick<Ports, 'db'>, actor: Actor, page: { readonly first?: number | null; readonly after?: string | null }): Promise<Page<DeadLetter>> {
  requireRootAdmin(actor);
  const size = pageSize(page.first);
  const found = await listDeadLetters(ports.db.sql, { after: page.after || null, limit: size + 1 });
  const items = found.slice(0, size);
  return { items, hasNextPage: found.length > size, hasPreviousPage: Boolean(page.after), startCursor: items[0]?.id ?? null, endCursor: items.at(-1)?.id ?? null };
}
