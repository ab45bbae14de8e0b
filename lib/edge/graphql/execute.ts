import { execute, getOperationAST, GraphQLError, Kind, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { GraphqlContext } from './context.ts';
import { documentChecker } from './documents.ts';
import { presentError, reportDefects, unauthorized } from './errors.ts';
import { OPEN_FIELDS } from './signed-in.ts';
import { holdsUnstorable, UNSTORABLE } from './storable-text.ts';

export interface GraphqlQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | null;
  readonly operationName: string | null;
}

export type Execute = (query: GraphqlQuery, context: GraphqlContext, session: 'good' | 'bad' | 'none') => Promise<ExecutionResult>;

/** Runs requests against the schema; whatever goes wrong is in `errors`, presented for the caller. */
export function executor(schema: GraphQLSchema): Execute {
  const check = documentChecker(schema);
  return async ({ query, variables, operationName }, context, session) => {
    const { requestId } = context.request;
    const checked = check(query);
    if ('errors' in checked) return { errors: checked.errors };
    const refused = session === 'bad' ? !isOpen(checked.document, operationName) : session === 'none' && checked.introspects;
    if (refused) return { data: null, errors: [presentError(new GraphQLError('', { originalError: unauthorized() }), requestId)] };

    if (holdsUnstorable(variables)) return { errors: [new GraphQLError(UNSTORABLE)] };

    const result = await execute({ schema, document: checked.document, variableValues: variables, operationName, contextValue: context });
    if (result.errors === undefined) return result;
    reportDefects(context.ports.telemetry, result.errors, requestId);
    return { ...result, errors: result.errors.map((error) => presentError(error, requestId)) };
  };
}

/** Whether the operation asks only for what needs no session. */
function isOpen(document: DocumentNode, operationName: string | null): boolean {
  const operation = getOperationAST(document, operationName);
  return operation?.selectionSet.selections.every((selection) => selection.kind === Kind.FIELD && OPEN_FIELDS.has(selection.name.value)) ?? true;
}
