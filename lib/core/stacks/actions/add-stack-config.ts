import { showConfig, type ShownConfig } from '../../contexts/actions/list-config.ts';
import { dropConfigObjects, sealConfig } from '../../contexts/actions/seal-config.ts';
import { replaceConfig } from '../../contexts/config-store.ts';
import type { ConfigInput } from '../../contexts/config.ts';
import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { visibleStack } from './read-stack.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'cipher' | 'objects'>;

/** Adds a variable or file to a stack, or replaces the one of that name. */
export async function addStackConfig(ports: Needs, actor: Actor, input: { readonly stackId: string; readonly config: ConfigInput }): Promise<ShownConfig> {
  const stack = await visibleStack(ports.db.sql, actor, input.stackId);
  requireAction(actor, 'stack:add-config', stack);
  const element = await sealConfig(ports, { type: 'stack', id: stack.id }, input.config);
  // Opened now: once another has replaced it, its value is gone.
  const shown = await showConfig(ports, element);
  await ports.db.transaction(async (tx) => {
    const unused = await replaceConfig(tx.sql, element);
    await dropConfigObjects(ports, tx.sql, [unused]);
    await saveAudit(ports, tx.sql, actor, {
      action: 'stack.add-config', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { name: element.name, type: element.type, writeOnly: element.writeOnly },
    });
  });
  return shown;
}
