import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { slugOf, slugWithSuffix } from '../../shared/slug.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { getSpace } from '../../spaces/space-store.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { replaceConfig } from '../config-store.ts';
import { contextFields, type ContextInput } from '../context-input.ts';
import { findContext, insertContext } from '../context-store.ts';
import type { Context } from '../context.ts';
import { attachWithin } from './attach-context.ts';
import { dropConfigObjects, sealConfig } from './seal-config.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'cipher' | 'objects'>;

/** Adds a context with its elements and attachments: all of it, or nothing. */
export async function createContext(ports: Needs, actor: Actor, input: ContextInput): Promise<Context> {
  const fields = contextFields(input);
  const spaceId = input.space || ROOT_SPACE;
  requireVisibleSpace(actor, spaceId);
  await getSpace(ports.db.sql, spaceId);
  requireAction(actor, 'context:create', spaceId);

  const slug = slugOf(fields.name) || 'context';
  const taken = (await findContext(ports.db.sql, slug)) !== undefined;
  const now = ports.clock.now();
  const context: Context = { ...fields, id: taken ? slugWithSuffix(slug, ports.ids.random(5)) : slug, spaceId, createdAt: now, updatedAt: now };
  const elements = await Promise.all((input.configAttachments ?? []).map((element) => sealConfig(ports, { type: 'context', id: context.id }, element)));
  const insert = () => ports.db.transaction(async (tx) => {
    if (!(await insertContext(tx.sql, context))) throw conflict(`there is a context "${context.id}" already`, { context: context.id });
    for (const element of elements) {
      const unused = await replaceConfig(tx.sql, element);
      await dropConfigObjects(ports, tx.sql, [unused]);
    }
    for (const { stack, priority } of input.stackAttachments ?? []) await attachWithin(ports, tx.sql, actor, context, stack, priority);
    await saveAudit(ports, tx.sql, actor, { action: 'context.create', resourceType: 'context', resourceId: context.id, spaceId, body: { name: context.name, config: elements.map((element) => element.name) } });
  });
  await unlessOvertaken({ reference: 'the space, or a stack to attach to, was deleted at this moment' }, insert);
  return context;
}
