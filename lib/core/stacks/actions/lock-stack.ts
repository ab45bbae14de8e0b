import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { takeLock } from '../stack-change-store.ts';
import { getStack } from '../stack-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';

/** Takes the lock of a stack until it is given back; taking one's own again replaces the note. */
export async function lockStack(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string; readonly note?: string | null }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:lock', stack);
  return ports.db.transaction(async (tx) => {
    if (!(await takeLock(tx.sql, stack.id, actor.login, input.note || null, ports.clock.now()))) {
      const holder = (await getStack(tx.sql, stack.id)).lockedBy ?? 'someone else';
      throw conflict(`stack "${stack.id}" is locked by ${holder}`, { stack: stack.id, lockedBy: holder });
    }
    await saveAudit(ports, tx.sql, actor, { action: 'stack.lock', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { note: input.note ?? null } });
    return getStack(tx.sql, stack.id);
  });
}
