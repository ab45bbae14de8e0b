import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { getSpace, listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { stacksOfContext } from '../attachment-store.ts';
import { removeConfigOf, replaceConfig } from '../config-store.ts';
import { contextFields, type ContextInput } from '../context-input.ts';
import { saveContext } from '../context-store.ts';
import type { Context } from '../context.ts';
import { attachWithin } from './attach-context.ts';
import { visibleContext } from './read-context.ts';
import { dropConfigObjects, sealConfig } from './seal-config.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'cipher' | 'objects'>;

/** Replaces a context's settings; its elements only when asked to, else those given are added. The id stays. */
export async function updateContext(ports: Needs, actor: Actor, input: ContextInput & { readonly id: string; readonly replaceConfigElements?: boolean | null }): Promise<Context> {
  const before = await visibleContext(ports.db.sql, actor, input.id);
  requireAction(actor, 'context:update', before.spaceId);
  const spaceId = input.space || before.spaceId;
  if (spaceId !== before.spaceId) {
    requireVisibleSpace(actor, spaceId);
    await getSpace(ports.db.sql, spaceId);
    requireAction(actor, 'context:update', spaceId);
  }

  const after: Context = { ...before, ...contextFields(input), spaceId, updatedAt: ports.clock.now() };
  const owner = { type: 'context', id: after.id } as const;
  const elements = await Promise.all((input.configAttachments ?? []).map((element) => sealConfig(ports, owner, element)));
  await ports.db.transaction(async (tx) => {
    await saveContext(tx.sql, after);
    const spaces = await listSpaces(tx.sql);
    const attached = (await stacksOfContext(tx.sql, after, spaces)).filter((attachment) => !attachment.isAutoattached);
    const stranded = attached.find((attachment) => !isUsableIn(spaces, spaceId, attachment.stackSpaceId));
    if (stranded) throw conflict(`context "${after.id}" would no longer be usable by stack "${stranded.stackId}": detach it first`, { context: after.id, stack: stranded.stackId });

    const unused: (string | null)[] = input.replaceConfigElements === true ? [...(await removeConfigOf(tx.sql, owner))] : [];
    for (const element of elements) unused.push(await replaceConfig(tx.sql, element));
    for (const { stack, priority } of input.stackAttachments ?? []) {
      if (!attached.some((attachment) => attachment.stackId === stack)) await attachWithin(ports, tx.sql, actor, after, stack, priority);
    }
    await dropConfigObjects(ports, tx.sql, unused);
    await saveAudit(ports, tx.sql, actor, { action: 'context.update', resourceType: 'context', resourceId: after.id, spaceId, body: { name: after.name, config: elements.map((element) => element.name) } });
  });
  return after;
}
