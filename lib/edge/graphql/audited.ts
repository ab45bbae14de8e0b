import type { GraphQLFieldResolver } from 'graphql';
import { auditedArguments } from '../../core/shared/call-arguments.ts';
import type { GraphqlContext } from './context.ts';

/** A mutation whose caller carries along, for the audit trail, what was called. */
export function audited(mutation: string, resolve: GraphQLFieldResolver<unknown, GraphqlContext>): GraphQLFieldResolver<unknown, GraphqlContext> {
  return (source, args, context, info) => {
    if (context.visitor === undefined) return resolve(source, args, context, info);
    const caller = { ...context.visitor, call: { mutation, args: auditedArguments(args as Readonly<Record<string, unknown>>) } };
    return resolve(source, args, { ...context, visitor: caller, actor: caller }, info);
  };
}
