import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { setStar } from '../stack-change-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';

/** Adds a stack to the caller's favourites, or takes it out. */
export async function starStack(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string; readonly star: boolean }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:set-star', stack);
  await ports.db.transaction(async (tx) => {
    await setStar(tx.sql, actor.login, stack.id, input.star);
    await saveAudit(ports, tx.sql, actor, { action: 'stack.set-star', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { star: input.star } });
  });
  return stack;
}
