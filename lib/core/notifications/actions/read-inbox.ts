import type { Ports } from '../../ports/ports.ts';
import { can, requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { pageSize, type Page } from '../../shared/pages.ts';
import { listNotifications, listUndelivered, markRead, removeNotifications, removeOldNotifications, type UndeliveredNotice } from '../notification-store.ts';
import { INBOX_DAYS, type Notification } from '../notification.ts';

/** Spaces whose inbox the caller has: those that they administer. */
const inboxSpaces = (actor: Actor): readonly string[] | 'all' => (actor.isRootAdmin ? 'all' : [...actor.grants.keys()].filter((id) => can(actor, 'space:admin', id)));

/** One page of the caller's inbox, newest first; whoever administers nothing has none. */
export async function readInbox(ports: Pick<Ports, 'db'>, actor: Actor, page: { readonly first?: number | null; readonly after?: string | null; readonly unread?: boolean | null }): Promise<Page<Notification>> {
  const size = pageSize(page.first);
  const found = await listNotifications(ports.db.sql, { spaceIds: inboxSpaces(actor), unread: page.unread ?? false, after: page.after || null, limit: size + 1 });
  const items = found.slice(0, size);
  return { items, hasNextPage: found.length > size, hasPreviousPage: Boolean(page.after), startCursor: items[0]?.id ?? null, endCursor: items.at(-1)?.id ?? null };
}

/** Notes that entries were read; entries that the caller does not have stay as they are. */
export async function readNotifications(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly ids: readonly string[] }): Promise<number> {
  return ports.db.transaction(async (tx) => {
    const count = await markRead(tx.sql, input.ids, inboxSpaces(actor), actor.login, ports.clock.now());
    if (count > 0) await saveAudit(ports, tx.sql, actor, { action: 'notification.read', resourceType: 'notification', resourceId: input.ids[0] ?? '', body: { count } });
    return count;
  });
}

/** Takes entries out of the inbox, for everybody who has it. */
export async function dismissNotifications(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly ids: readonly string[] }): Promise<number> {
  return ports.db.transaction(async (tx) => {
    const count = await removeNotifications(tx.sql, input.ids, inboxSpaces(actor));
    if (count > 0) await saveAudit(ports, tx.sql, actor, { action: 'notification.dismiss', resourceType: 'notification', resourceId: input.ids[0] ?? '', body: { count } });
    return count;
  });
}

/** The latest notices of policies that reach nobody until their integration is there. */
export async function readUndelivered(ports: Pick<Ports, 'db'>, actor: Actor, input: { readonly first?: number | null }): Promise<readonly UndeliveredNotice[]> {
  requireRootAdmin(actor);
  return listUndelivered(ports.db.sql, pageSize(input.first));
}

/** Forgets entries after two weeks. */
export async function forgetNotifications(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  await removeOldNotifications(ports.db.sql, new Date(ports.clock.now().getTime() - INBOX_DAYS * 86_400_000));
}
