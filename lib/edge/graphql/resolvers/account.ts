import { exchangeApiKey } from '../../../core/accounts/actions/exchange-api-key.ts';
import { logOut } from '../../../core/accounts/actions/log-out.ts';
import type { Actor } from '../../../core/shared/actor.ts';
import type { MutationResolvers, QueryResolvers, User } from '../resolver-types.ts';
import { seconds } from './values.ts';

/** The API that clients may count on: those that compare versions ask for 3.0.0 at most. */
const API_VERSION = '6.0.0';

const TYPES = { user: 'USER', api_key: 'API_KEY', run: 'RUN', worker: 'WORKER', system: 'SYSTEM' } as const;

const toUser = (actor: Actor): User => ({ id: actor.login, name: actor.name, login: actor.login, type: TYPES[actor.kind], admin: actor.isRootAdmin });

export const Query: Pick<QueryResolvers, 'viewer' | 'name' | 'debugInfo'> = {
  viewer: (_, __, { visitor }) => (visitor === undefined ? null : toUser(visitor)),
  name: (_, __, { ports }) => ports.settings.accountName,
  debugInfo: () => ({ selfHostedVersion: API_VERSION }),
};

export const Mutation: Pick<MutationResolvers, 'apiKeyUser' | 'logout'> = {
  apiKeyUser: async (_, { id, secret }, { ports, request }) => {
    const { token, validUntil, actor } = await exchangeApiKey(ports, { id, secret, remoteIp: request.remoteIp });
    return { ...toUser(actor), jwt: token, validUntil: seconds(validUntil) };
  },
  logout: async (_, __, { ports, visitor }) => {
    if (visitor === undefined) return null;
    await logOut(ports, visitor);
    return toUser(visitor);
  },
};
