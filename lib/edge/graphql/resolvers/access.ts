import { bindRoleToApiKey, unbindRole } from '../../../core/accounts/actions/bind-role.ts';
import { createApiKey } from '../../../core/accounts/actions/create-api-key.ts';
import { deleteApiKey } from '../../../core/accounts/actions/delete-api-key.ts';
import { listApiKeys, readApiKey } from '../../../core/accounts/actions/list-api-keys.ts';
import { updateApiKey } from '../../../core/accounts/actions/update-api-key.ts';
import { findBinding, type RoleBinding } from '../../../core/accounts/role-binding-store.ts';
import { findRole, listRoles } from '../../../core/accounts/role-store.ts';
import type { Role as RoleModel } from '../../../core/accounts/role.ts';
import { ADMIN_ACTIONS, READER_ACTIONS, WRITER_ACTIONS, type Action } from '../../../core/shared/actions.ts';
import { can } from '../../../core/shared/actor.ts';
import type { GraphqlContext } from '../context.ts';
import type { Action as ActionName, ApiKeyResolvers, ApiKeyRoleBindingResolvers, MutationResolvers, QueryResolvers, RoleResolvers, SpaceAccessLevel } from '../resolver-types.ts';
import { seconds, secondsOrNull } from './values.ts';

type Queries = 'apiKey' | 'apiKeys' | 'role' | 'roles' | 'apiKeyRoleBinding';
type Mutations = 'apiKeyCreate' | 'apiKeyUpdate' | 'apiKeyDelete' | 'apiKeyRoleBindingCreate' | 'apiKeyRoleBindingDelete';

export const Query: Pick<QueryResolvers, Queries> = {
  apiKey: async (_, { id }, { ports, actor }) => (await readApiKey(ports, actor, id)) ?? null,
  apiKeys: (_, __, { ports, actor }) => listApiKeys(ports, actor),
  role: async (_, { id }, { ports }) => (await findRole(ports.db.sql, id)) ?? null,
  roles: (_, __, { ports }) => listRoles(ports.db.sql),
  apiKeyRoleBinding: async (_, { id }, { ports, actor }) => {
    const binding = await findBinding(ports.db.sql, id);
    return binding?.actorType === 'api_key' && can(actor, 'space:admin', binding.spaceId) ? binding : null;
  },
};

export const Mutation: Pick<MutationResolvers, Mutations> = {
  apiKeyCreate: async (_, { input }, { ports, actor }) => {
    const expiresAt = typeof input.expiresAt === 'number' ? new Date(input.expiresAt * 1000) : null;
    const { key, secret } = await createApiKey(ports, actor, { ...input, expiresAt });
    return { ...key, secret };
  },
  apiKeyUpdate: (_, { id, input }, { ports, actor }) => updateApiKey(ports, actor, { ...input, id }),
  apiKeyDelete: async (_, { id }, { ports, actor }) => ({ ...(await deleteApiKey(ports, actor, { id })), deleted: true }),
  apiKeyRoleBindingCreate: (_, { input }, { ports, actor }) => bindRoleToApiKey(ports, actor, { apiKeyId: input.apiKeyID, roleId: input.roleID, spaceId: input.spaceID }),
  apiKeyRoleBindingDelete: (_, { id }, { ports, actor }) => unbindRole(ports, actor, { id }),
};

export const ApiKey: ApiKeyResolvers = {
  admin: (key) => key.isRootAdmin,
  createdAt: (key) => seconds(key.createdAt),
  creator: (key) => key.createdBy,
  deleted: (key) => key.deleted ?? false,
  expiresAt: (key) => secondsOrNull(key.expiresAt),
  lastUsedAt: (key) => secondsOrNull(key.lastUsedAt),
  teamCount: (key) => key.teams.length,
  apiKeyRoleBindings: (key, _, { loaders }) => bindingsOf(loaders, key.id),
  spaceCount: async (key, _, { loaders }) => new Set((await bindingsOf(loaders, key.id)).map((binding) => binding.spaceId)).size,
  accessRules: async (key, _, { loaders }) => {
    const [bindings, roles] = await Promise.all([bindingsOf(loaders, key.id), loaders.roles()]);
    const levels = new Map<string, SpaceAccessLevel>();
    for (const { roleId, spaceId } of bindings) {
      const level = levelOf(roles.get(roleId));
      if (RANK[level] > RANK[levels.get(spaceId) ?? 'NONE']) levels.set(spaceId, level);
    }
    return [...levels].map(([space, spaceAccessLevel]) => ({ space, spaceAccessLevel }));
  },
};

const bindingsOf = async (loaders: GraphqlContext['loaders'], keyId: string): Promise<readonly RoleBinding[]> => (await loaders.bindingsOfKey(keyId)) ?? [];

const RANK: Readonly<Record<SpaceAccessLevel, number>> = { NONE: 0, READ: 1, WRITE: 2, ADMIN: 3 };

function levelOf(role: RoleModel | undefined): SpaceAccessLevel {
  const holds = (action: Action) => role?.actions.includes(action) ?? false;
  return holds('space:admin') ? 'ADMIN' : holds('space:write') ? 'WRITE' : holds('space:read') ? 'READ' : 'NONE';
}

const nameOf = (action: Action) => action.toUpperCase().replace(/[:-]/g, '_') as ActionName;

/** Every action as the API writes it. */
export const ACTION_NAMES: readonly ActionName[] = [...READER_ACTIONS, ...WRITER_ACTIONS, ...ADMIN_ACTIONS].map(nameOf);

export const Role: RoleResolvers = {
  actions: (role) => role.actions.map(nameOf),
};

export const ApiKeyRoleBinding: ApiKeyRoleBindingResolvers = {
  apiKeyID: (binding) => binding.actorId,
  spaceID: (binding) => binding.spaceId,
  role: async (binding, _, { loaders }) => {
    const role = (await loaders.roles()).get(binding.roleId);
    if (role === undefined) throw new Error(`binding ${binding.id} names a role that is gone`);
    return role;
  },
};
