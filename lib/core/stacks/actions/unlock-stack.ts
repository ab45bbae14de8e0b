import type { Ports } from '../../ports/ports.ts';
import { can, requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, forbidden } from '../../shared/errors.ts';
import { dropLock } from '../stack-change-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';

/** Gives a lock back: one's own, or with the right to force it anybody's. */
export async function unlockStack(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  const holder = stack.lockedBy;
  if (holder === null) throw conflict(`stack "${stack.id}" is not locked`, { stack: stack.id });
  if (holder === actor.login) requireAction(actor, 'stack:unlock', stack);
  else if (!can(actor, 'stack:unlock-force', stack)) throw forbidden(`stack "${stack.id}" is locked by ${holder}: only they, or who may force it, can unlock it`, { stack: stack.id, lockedBy: holder });

  await ports.db.transaction(async (tx) => {
    if (!(await dropLock(tx.sql, stack.id, holder))) throw conflict(`the lock of stack "${stack.id}" has changed meanwhile`, { stack: stack.id });
    await saveAudit(ports, tx.sql, actor, { action: 'stack.unlock', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { lockedBy: holder, forced: holder !== actor.login } });
  });
  return { ...stack, lockedBy: null, lockedAt: null, lockNote: null };
}
