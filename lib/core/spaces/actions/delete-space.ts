import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { requireTreeRight, requireVisibleSpace } from '../space-rights.ts';
import { contentsOfSpace, getSpace, removeSpace, spaceAdminsManageChildren } from '../space-store.ts';
import { ROOT_SPACE, type Space } from '../space.ts';

/** Removes an empty space; its role bindings go with it. */
export async function deleteSpace(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<Space> {
  requireVisibleSpace(actor, input.id);
  const space = await getSpace(ports.db.sql, input.id);
  if (space.id === ROOT_SPACE) throw invalid('the root space cannot be deleted');
  requireTreeRight(actor, space.parentId, await spaceAdminsManageChildren(ports.db.sql));

  const remove = () => ports.db.transaction(async (tx) => {
    const contents = await contentsOfSpace(tx.sql, space.id);
    const left = Object.entries(contents).filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${count === 1 ? kind.replace(/ies$/, 'y').replace(/s$/, '') : kind}`);
    if (left.length > 0) throw conflict(`space "${space.id}" is not empty: it holds ${left.join(', ')}`, { space: space.id });
    await removeSpace(tx.sql, space.id);
    await saveAudit(ports, tx.sql, actor, { action: 'space.delete', resourceType: 'space', resourceId: space.id, spaceId: space.id, body: { name: space.name } });
  });
  await unlessOvertaken({ reference: `space "${space.id}" is not empty: something was put into it at this moment` }, remove);
  return space;
}
