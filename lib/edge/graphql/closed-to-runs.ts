import { getNamedType, getNullableType, isListType, isNonNullType, type GraphQLFieldResolver, type GraphQLOutputType } from 'graphql';
import { forbidden } from '../../core/shared/errors.ts';
import type { GraphqlContext } from './context.ts';

/** Runs with their logs: what the code that a run executes never gets to see, whatever roles its stack holds. */
const CLOSED_TYPES: ReadonlySet<string> = new Set(['Run', 'RunResourceState']);

export const isClosedToRuns = (type: GraphQLOutputType): boolean => CLOSED_TYPES.has(getNamedType(type).name);

/** A field that leads to a run: for a run as caller there is nothing there. */
export function closedToRuns(type: GraphQLOutputType, resolve: GraphQLFieldResolver<unknown, GraphqlContext>): GraphQLFieldResolver<unknown, GraphqlContext> {
  return (source, args, context, info) => {
    if (context.visitor?.kind !== 'run') return resolve(source, args, context, info);
    if (isListType(getNullableType(type))) return [];
    if (!isNonNullType(type)) return null;
    throw forbidden('a run may not look at runs or change them with its own token');
  };
}
