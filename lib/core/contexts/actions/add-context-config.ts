import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { replaceConfig } from '../config-store.ts';
import type { ConfigInput } from '../config.ts';
import { showConfig, type ShownConfig } from './list-config.ts';
import { visibleContext } from './read-context.ts';
import { dropConfigObjects, sealConfig } from './seal-config.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'cipher' | 'objects'>;

/** Adds a variable or file to a context, or replaces the one of that name. */
export async function addContextConfig(ports: Needs, actor: Actor, input: { readonly contextId: string; readonly config: ConfigInput }): Promise<ShownConfig> {
  const context = await visibleContext(ports.db.sql, actor, input.contextId);
  requireAction(actor, 'context:update', context.spaceId);
  const element = await sealConfig(ports, { type: 'context', id: context.id }, input.config);
  // Opened now: once another has replaced it, its value is gone.
  const shown = await showConfig(ports, element);
  await ports.db.transaction(async (tx) => {
    const unused = await replaceConfig(tx.sql, element);
    await dropConfigObjects(ports, tx.sql, [unused]);
    await saveAudit(ports, tx.sql, actor, {
      action: 'context.add-config', resourceType: 'context', resourceId: context.id, spaceId: context.spaceId, body: { name: element.name, type: element.type, writeOnly: element.writeOnly },
    });
  });
  return shown;
}
