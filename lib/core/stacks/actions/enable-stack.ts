import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { setDisabled } from '../stack-change-store.ts';
import { stackEnabled } from '../stack-messages.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';

/** Lets a stack take runs again. */
export async function enableStack(ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'queue'>, actor: Actor, input: { readonly id: string }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:enable', stack);
  await ports.db.transaction(async (tx) => {
    await setDisabled(tx.sql, stack.id, false, ports.clock.now());
    await ports.queue.enqueue(tx.sql, stackEnabled, { stackId: stack.id });
    tx.afterCommit(() => ports.queue.flush());
    await saveAudit(ports, tx.sql, actor, { action: 'stack.enable', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId });
  });
  return { ...stack, isDisabled: false };
}
