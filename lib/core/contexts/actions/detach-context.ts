import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { notFound } from '../../shared/errors.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { findAttachment, removeAttachment } from '../attachment-store.ts';
import type { ContextAttachment } from '../context.ts';

/** Takes a context off a stack, by the id of the attachment. */
export async function detachContext(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<ContextAttachment> {
  const found = await findAttachment(ports.db.sql, input.id);
  if (!found || !canRead(actor, found.stackSpaceId)) throw notFound(`context attachment "${input.id}" not found`, { attachment: input.id });
  const { stackSpaceId, ...attachment } = found;
  requireAction(actor, 'stack:update', stackSpaceId);
  await ports.db.transaction(async (tx) => {
    await removeAttachment(tx.sql, attachment.id);
    await saveAudit(ports, tx.sql, actor, {
      action: 'context.detach', resourceType: 'context', resourceId: attachment.contextId, relatedType: 'stack', relatedId: attachment.stackId, spaceId: stackSpaceId,
    });
  });
  return attachment;
}
