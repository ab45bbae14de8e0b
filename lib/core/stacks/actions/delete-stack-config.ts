import { showConfig, type ShownConfig } from '../../contexts/actions/list-config.ts';
import { dropConfigObjects } from '../../contexts/actions/seal-config.ts';
import { findConfig, removeConfig } from '../../contexts/config-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { notFound } from '../../shared/errors.ts';
import { visibleStack } from './read-stack.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'cipher' | 'objects'>;

/** Removes a variable or file of a stack, by its name. */
export async function deleteStackConfig(ports: Needs, actor: Actor, input: { readonly stackId: string; readonly name: string }): Promise<ShownConfig> {
  const stack = await visibleStack(ports.db.sql, actor, input.stackId);
  requireAction(actor, 'stack:delete-config', stack);
  const owner = { type: 'stack', id: stack.id } as const;
  const element = await findConfig(ports.db.sql, owner, input.name);
  if (!element) throw notFound(`config element "${input.name}" of stack "${stack.id}" not found`, { stack: stack.id, config: input.name });
  const shown = await showConfig(ports, element);
  await ports.db.transaction(async (tx) => {
    await removeConfig(tx.sql, owner, element.name);
    await dropConfigObjects(ports, tx.sql, [element.objectKey]);
    await saveAudit(ports, tx.sql, actor, { action: 'stack.delete-config', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { name: element.name } });
  });
  return shown;
}
