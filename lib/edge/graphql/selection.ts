import { getArgumentValues, getNamedType, isObjectType, Kind, type FieldNode, type GraphQLObjectType, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/** A field that a request asks for, with its arguments. */
export interface Selected {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The fields that a request asks for below the one being resolved, at the end of `path`; what directives leave out counts as asked for. */
export function selectedBelow(info: GraphQLResolveInfo, ...path: readonly string[]): readonly Selected[] {
  let type = getNamedType(info.returnType);
  let nodes: readonly FieldNode[] = info.fieldNodes;
  for (const name of path) {
    if (!isObjectType(type)) return [];
    nodes = fieldsOf(info, nodes).filter((node) => node.name.value === name);
    const field = type.getFields()[name];
    if (field === undefined) return [];
    type = getNamedType(field.type);
  }
  const parent = type;
  return isObjectType(parent) ? fieldsOf(info, nodes).flatMap((node) => selected(info, parent, node) ?? []) : [];
}

function selected({ variableValues }: GraphQLResolveInfo, type: GraphQLObjectType, node: FieldNode): Selected | undefined {
  const field = type.getFields()[node.name.value];
  return field && { name: field.name, args: getArgumentValues(field, node, variableValues) };
}

const fieldsOf = (info: GraphQLResolveInfo, nodes: readonly FieldNode[]): readonly FieldNode[] => nodes.flatMap((node) => fieldsIn(info, node.selectionSet));

function fieldsIn(info: GraphQLResolveInfo, set: SelectionSetNode | undefined): readonly FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    return fieldsIn(info, selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : info.fragments[selection.name.value]?.selectionSet);
  });
}
