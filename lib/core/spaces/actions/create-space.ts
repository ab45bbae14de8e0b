import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { slugOf } from '../../shared/slug.ts';
import { spaceFields, type SpaceInput } from '../space-input.ts';
import { inheritanceFor, requireTreeRight, requireVisibleSpace } from '../space-rights.ts';
import { getSpace, insertSpace, spaceAdminsManageChildren } from '../space-store.ts';
import { LEGACY_SPACE, ROOT_SPACE, type Space } from '../space.ts';

/** Adds a space below another. The one below root that is named `legacy` has this id as well. */
export async function createSpace(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: SpaceInput): Promise<Space> {
  const fields = spaceFields(input);
  requireVisibleSpace(actor, input.parentSpace);
  const parent = await getSpace(ports.db.sql, input.parentSpace);
  requireTreeRight(actor, parent.id, await spaceAdminsManageChildren(ports.db.sql));

  const now = ports.clock.now();
  const isLegacy = fields.name === LEGACY_SPACE && parent.id === ROOT_SPACE && actor.isRootAdmin;
  const id = isLegacy ? LEGACY_SPACE : `${slugOf(fields.name) || 'space'}-${ports.ids.ulid()}`;
  const space: Space = { ...fields, id, inheritEntities: inheritanceFor(actor, fields), createdAt: now, updatedAt: now };
  const insert = () => ports.db.transaction(async (tx) => {
    if (!(await insertSpace(tx.sql, space))) throw conflict(`there is a space "${space.id}" already`, { space: space.id });
    await saveAudit(ports, tx.sql, actor, { action: 'space.create', resourceType: 'space', resourceId: space.id, spaceId: space.id, body: { name: space.name, parent: space.parentId } });
  });
  await unlessOvertaken({ reference: `space "${parent.id}" was deleted at this moment` }, insert);
  return space;
}
