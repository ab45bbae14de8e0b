import { getNullableType, isListType, isNonNullType, type GraphQLFieldResolver, type GraphQLOutputType } from 'graphql';
import type { GraphqlContext } from './context.ts';
import { unauthorized } from './errors.ts';

/** Fields that answer without a session: to make one, or to learn that there is none. */
export const OPEN_FIELDS: ReadonlySet<string> = new Set(['__typename', 'viewer', 'debugInfo', 'apiKeyUser', 'logout']);

/**
 * A read without a session answers null or an empty list where its type allows, so that clients can probe;
 * everything else refuses.
 */
export function signedInOnly(root: 'Query' | 'Mutation', type: GraphQLOutputType, resolve: GraphQLFieldResolver<unknown, GraphqlContext>): GraphQLFieldResolver<unknown, GraphqlContext> {
  return (source, args, context, info) => {
    if (context.visitor !== undefined) return resolve(source, args, context, info);
    if (root === 'Query' && isListType(getNullableType(type))) return [];
    if (root === 'Query' && !isNonNullType(type)) return null;
    throw unauthorized();
  };
}
