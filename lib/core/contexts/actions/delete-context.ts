import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { removeConfigOf } from '../config-store.ts';
import { removeContext } from '../context-store.ts';
import type { Context } from '../context.ts';
import { visibleContext } from './read-context.ts';
import { dropConfigObjects } from './seal-config.ts';

/** Detaches a context everywhere and erases it with its values. */
export async function deleteContext(ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'objects'>, actor: Actor, input: { readonly id: string }): Promise<Context> {
  const context = await visibleContext(ports.db.sql, actor, input.id);
  requireAction(actor, 'context:delete', context.spaceId);
  await ports.db.transaction(async (tx) => {
    const unused = await removeConfigOf(tx.sql, { type: 'context', id: context.id });
    await removeContext(tx.sql, context.id);
    await dropConfigObjects(ports, tx.sql, unused);
    await saveAudit(ports, tx.sql, actor, { action: 'context.delete', resourceType: 'context', resourceId: context.id, spaceId: context.spaceId, body: { name: context.name } });
  });
  return context;
}
