import { getNamedType, isLeafType, isObjectType, isRequiredArgument, isUnionType, type GraphQLNamedType, type GraphQLSchema } from 'graphql';

/**
 * A selection of all that a type answers without arguments, `depth` levels down; fields of one name in variants of a union
 * get aliases, for their types may differ.
 */
export function everythingOf(schema: GraphQLSchema, typeName: string, depth: number, leaveOut: readonly string[] = []): string {
  const fieldsOf = (type: GraphQLNamedType, left: number, alias = ''): string => {
    if (isUnionType(type)) return `{ __typename ${type.getTypes().map((variant) => `... on ${variant.name} ${fieldsOf(variant, left, `${variant.name}_`)}`).join(' ')} }`;
    if (!isObjectType(type)) return '';
    const fields = Object.values(type.getFields()).filter((field) => !field.args.some(isRequiredArgument) && !leaveOut.includes(`${type.name}.${field.name}`));
    const selected = fields.flatMap((field) => {
      const named = getNamedType(field.type);
      const name = alias === '' ? field.name : `${alias}${field.name}: ${field.name}`;
      if (isLeafType(named)) return [name];
      return left > 0 ? [`${name} ${fieldsOf(named, left - 1)}`] : [];
    });
    return `{ ${['__typename', ...selected].join(' ')} }`;
  };
  const type = schema.getType(typeName);
  if (type === undefined) throw new Error(`no type ${typeName}`);
  return fieldsOf(type, depth);
}
