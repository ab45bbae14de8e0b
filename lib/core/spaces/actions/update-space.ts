import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { spaceFields, type SpaceInput } from '../space-input.ts';
import { inheritanceFor, requireTreeRight, requireVisibleSpace } from '../space-rights.ts';
import { listSpaces, saveSpace, spaceAdminsManageChildren, usesAcrossSpaces } from '../space-store.ts';
import { isUsableIn, isWithin, ROOT_SPACE, type Space } from '../space.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids'>;

/** Replaces a space's settings; moving it or ending its inheritance must break no attachment. */
export async function updateSpace(ports: Needs, actor: Actor, input: SpaceInput & { readonly id: string }): Promise<Space> {
  requireVisibleSpace(actor, input.id);
  const spaces = await listSpaces(ports.db.sql);
  const before = spaces.find((space) => space.id === input.id);
  if (!before) throw notFound(`space "${input.id}" not found`, { space: input.id });
  if (before.id === ROOT_SPACE) throw invalid('the root space cannot be changed');
  const delegated = await spaceAdminsManageChildren(ports.db.sql);
  requireTreeRight(actor, before.parentId, delegated);

  const fields = spaceFields(input);
  if (fields.parentId !== before.parentId) {
    requireVisibleSpace(actor, input.parentSpace);
    if (!spaces.some((space) => space.id === input.parentSpace)) throw notFound(`space "${input.parentSpace}" not found`, { space: input.parentSpace });
    if (isWithin(spaces, input.parentSpace, before.id)) throw invalid('a space cannot lie below itself', { space: before.id, parent: input.parentSpace });
    requireTreeRight(actor, fields.parentId, delegated);
  }

  const after: Space = { ...before, ...fields, inheritEntities: inheritanceFor(actor, fields), updatedAt: ports.clock.now() };
  await ports.db.transaction(async (tx) => {
    await saveSpace(tx.sql, after);
    const tree = await listSpaces(tx.sql);
    const broken = (await usesAcrossSpaces(tx.sql)).find((use) => !isUsableIn(tree, use.entitySpaceId, use.stackSpaceId));
    if (broken) {
      throw conflict(`${broken.kind} "${broken.entityId}" would no longer be usable by stack "${broken.stackId}": detach it first`, { stack: broken.stackId, entity: broken.entityId });
    }
    await saveAudit(ports, tx.sql, actor, {
      action: 'space.update', resourceType: 'space', resourceId: after.id, spaceId: after.id,
      body: { name: after.name, parent: after.parentId, inheritEntities: after.inheritEntities },
    });
  });
  return after;
}
