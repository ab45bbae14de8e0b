import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { setDisabled } from '../stack-change-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';

/** Stops a stack from taking new runs; those that it has go on. */
export async function disableStack(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:disable', stack);
  await ports.db.transaction(async (tx) => {
    await setDisabled(tx.sql, stack.id, true, ports.clock.now());
    await saveAudit(ports, tx.sql, actor, { action: 'stack.disable', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId });
  });
  return { ...stack, isDisabled: true };
}
