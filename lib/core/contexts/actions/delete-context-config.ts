import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { notFound } from '../../shared/errors.ts';
import { findConfig, removeConfig } from '../config-store.ts';
import { showConfig, type ShownConfig } from './list-config.ts';
import { visibleContext } from './read-context.ts';
import { dropConfigObjects } from './seal-config.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'cipher' | 'objects'>;

/** Removes a variable or file of a context, by its name. */
export async function deleteContextConfig(ports: Needs, actor: Actor, input: { readonly contextId: string; readonly name: string }): Promise<ShownConfig> {
  const context = await visibleContext(ports.db.sql, actor, input.contextId);
  requireAction(actor, 'context:update', context.spaceId);
  const owner = { type: 'context', id: context.id } as const;
  const element = await findConfig(ports.db.sql, owner, input.name);
  if (!element) throw notFound(`config element "${input.name}" of context "${context.id}" not found`, { context: context.id, config: input.name });
  const shown = await showConfig(ports, element);
  await ports.db.transaction(async (tx) => {
    await removeConfig(tx.sql, owner, element.name);
    await dropConfigObjects(ports, tx.sql, [element.objectKey]);
    await saveAudit(ports, tx.sql, actor, { action: 'context.delete-config', resourceType: 'context', resourceId: context.id, spaceId: context.spaceId, body: { name: element.name } });
  });
  return shown;
}
