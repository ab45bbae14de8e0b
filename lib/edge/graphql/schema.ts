import { buildASTSchema, defaultFieldResolver, isObjectType, parse, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { audited } from './audited.ts';
import { closedToRuns, isClosedToRuns } from './closed-to-runs.ts';
import type { GraphqlContext } from './context.ts';
import { resolvers } from './resolvers.ts';
import { schemaText } from './schema-text.ts';
import { OPEN_FIELDS, signedInOnly } from './signed-in.ts';

/** The schema with its resolvers. It is validated by the tests, which saves the time at every start. */
export function executableSchema(options: { readonly validate?: boolean } = {}): GraphQLSchema {
  const trusted = options.validate !== true;
  const schema = buildASTSchema(parse(schemaText, { noLocation: trusted }), { assumeValid: trusted, assumeValidSDL: trusted });
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`resolvers for ${typeName}, which is no object type of the schema`);
    const known = type.getFields();
    for (const [name, resolve] of Object.entries(fields ?? {})) {
      const field = known[name];
      if (field === undefined) throw new Error(`a resolver for ${typeName}.${name}, which the schema does not have`);
      field.resolve = resolve as GraphQLFieldResolver<unknown, GraphqlContext>;
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) if (isClosedToRuns(field.type)) field.resolve = closedToRuns(field.type, field.resolve ?? defaultFieldResolver);
  }
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) field.resolve = audited(field.name, field.resolve ?? defaultFieldResolver);
  for (const [root, type] of [['Query', schema.getQueryType()], ['Mutation', schema.getMutationType()]] as const) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      if (!OPEN_FIELDS.has(field.name)) field.resolve = signedInOnly(root, field.type, field.resolve ?? defaultFieldResolver);
    }
  }
  return schema;
}
