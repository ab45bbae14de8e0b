import type { GraphQLFieldResolver } from 'graphql';
import { recordDenial } from '../../core/audit/actions/record-denial.ts';
import { auditedArguments } from '../../core/shared/call-arguments.ts';
import { isAppError } from '../../core/shared/errors.ts';
import type { GraphqlContext } from './context.ts';

/** A mutation whose caller carries along, for the audit trail, what was called; a refusal is an entry too. */
export function audited(mutation: string, resolve: GraphQLFieldResolver<unknown, GraphqlContext>): GraphQLFieldResolver<unknown, GraphqlContext> {
  return async (source, args, context, info) => {
    if (context.visitor === undefined) return resolve(source, args, context, info);
    const caller = { ...context.visitor, call: { mutation, args: auditedArguments(args as Readonly<Record<string, unknown>>) } };
    try {
      return await resolve(source, args, { ...context, visitor: caller, actor: caller }, info);
    } catch (error) {
      if (isAppError(error, 'FORBIDDEN')) await recordDenial(context.ports, caller, error.message);
      throw error;
    }
  };
}
