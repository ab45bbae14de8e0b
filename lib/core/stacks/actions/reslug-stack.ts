import type { Ports } from '../../ports/ports.ts';
import { renameConfigOwner } from '../../contexts/config-store.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { slugOf, slugWithSuffix } from '../../shared/slug.ts';
import { renameStack } from '../stack-change-store.ts';
import { openRunsOf } from '../stack-removal-store.ts';
import { stackClashes } from '../stack-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';
import { requireNotDeleting } from './update-stack.ts';

/** Makes a stack's id anew from its name; whatever names the old one from outside breaks. Not while a run is on its way, since workers know the id. */
export async function reslugStack(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:reslug', stack);
  requireNotDeleting(stack);
  const slug = slugOf(stack.name) || 'stack';
  if (slug === stack.id) return stack;

  const now = ports.clock.now();
  const reslug = () => ports.db.transaction(async (tx) => {
    const open = (await openRunsOf(tx.sql, stack.id))[0];
    if (open) throw conflict(`stack "${stack.id}" has a run that has not ended, ${open.id}: wait for it, or end it`, { stack: stack.id, run: open.id });
    const newId = (await stackClashes(tx.sql, { id: slug })).id ? slugWithSuffix(slug, ports.ids.random(5)) : slug;
    await renameStack(tx.sql, stack.id, newId, now);
    await renameConfigOwner(tx.sql, { type: 'stack', id: stack.id }, newId);
    await saveAudit(ports, tx.sql, actor, { action: 'stack.reslug', resourceType: 'stack', resourceId: newId, spaceId: stack.spaceId, body: { before: stack.id } });
    return newId;
  });
  const id = await unlessOvertaken({ unique: `another stack took the id "${slug}" at this moment: try again` }, reslug);
  return { ...stack, id, updatedAt: now };
}
