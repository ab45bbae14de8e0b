import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { getSpace } from '../../spaces/space-store.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { findApiKey } from '../api-key-store.ts';
import { findBinding, insertBinding, removeBinding, type RoleBinding } from '../role-binding-store.ts';
import { findRole } from '../role-store.ts';
import { endSessionsOf } from '../session-store.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids'>;

/** Gives an API key a role in a space. The change holds from its next exchange, which this forces. */
export async function bindRoleToApiKey(ports: Needs, actor: Actor, input: { readonly apiKeyId: string; readonly roleId: string; readonly spaceId: string }): Promise<RoleBinding> {
  requireVisibleSpace(actor, input.spaceId);
  await getSpace(ports.db.sql, input.spaceId);
  requireAction(actor, 'space:admin', input.spaceId);
  const key = await findApiKey(ports.db.sql, input.apiKeyId);
  if (!key) throw notFound(`API key "${input.apiKeyId}" not found`, { apiKey: input.apiKeyId });
  const role = await findRole(ports.db.sql, input.roleId);
  if (!role) throw notFound(`role "${input.roleId}" not found`, { role: input.roleId });

  const now = ports.clock.now();
  const binding: RoleBinding = { id: ports.ids.ulid(), actorType: 'api_key', actorId: key.id, roleId: role.id, spaceId: input.spaceId, createdAt: now };
  const insert = () => ports.db.transaction(async (tx) => {
    if (!(await insertBinding(tx.sql, binding))) throw conflict(`the API key holds the role ${role.slug} in space "${input.spaceId}" already`);
    await endSessionsOf(tx.sql, 'api_key', key.id, now, actor.sessionId);
    await saveAudit(ports, tx.sql, actor, { action: 'role-binding.create', resourceType: 'api-key', resourceId: key.id, relatedType: 'role', relatedId: role.id, spaceId: input.spaceId, body: { role: role.slug } });
  });
  await unlessOvertaken({ reference: `space "${input.spaceId}" or the role was deleted at this moment` }, insert);
  return binding;
}

/** Takes a role away again. */
export async function unbindRole(ports: Needs, actor: Actor, input: { readonly id: string }): Promise<RoleBinding> {
  const binding = await findBinding(ports.db.sql, input.id);
  if (!binding) throw notFound(`role binding "${input.id}" not found`, { binding: input.id });
  requireVisibleSpace(actor, binding.spaceId);
  requireAction(actor, 'space:admin', binding.spaceId);
  await ports.db.transaction(async (tx) => {
    await removeBinding(tx.sql, binding.id);
    if (binding.actorType === 'api_key' || binding.actorType === 'user') await endSessionsOf(tx.sql, binding.actorType, binding.actorId, ports.clock.now(), actor.sessionId);
    await saveAudit(ports, tx.sql, actor, { action: 'role-binding.delete', resourceType: binding.actorType, resourceId: binding.actorId, relatedType: 'role', relatedId: binding.roleId, spaceId: binding.spaceId });
  });
  return binding;
}
