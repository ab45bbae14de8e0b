import { readFile } from 'node:fs/promises';
import { getNamedType, isObjectType, isUnionType, Kind, parseType, type GraphQLField, type GraphQLNamedType, type GraphQLSchema, type TypeNode } from 'graphql';

export const CLIENTS = ['spacectl', 'terraform-provider', 'operator', 'prometheus-exporter', 'ec2-workerpool-autoscaler'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** What a public client asks in one request, as seen on the wire. */
export interface ClientOperation {
  readonly name: string;
  readonly kind: 'query' | 'mutation';
  /** Variable → type. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Path of a field → argument → value or `$variable`. An empty object stands for empty parentheses. */
  readonly arguments?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Leaves by path: `a.b`, with `[Type]` behind a field whose fragment on that type is meant, and `alias:` before an aliased one. */
  readonly selects: readonly string[];
}

export async function operationsOf(client: ClientName): Promise<readonly ClientOperation[]> {
  const text = await readFile(new URL(`./${client}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly operations: readonly ClientOperation[] }).operations;
}

export async function operationOf(client: ClientName, name: string): Promise<ClientOperation> {
  const found = (await operationsOf(client)).find((operation) => operation.name === name);
  if (found === undefined) throw new Error(`${client} has no operation "${name}"`);
  return found;
}

interface Step {
  /** Field as written, with its alias. */
  readonly field: string;
  readonly name: string;
  readonly onType: string | undefined;
  /** Path up to here, as `arguments` names it. */
  readonly path: string;
}

function stepsOf(select: string): readonly Step[] {
  let path = '';
  return select.split('.').map((segment) => {
    const [, field = '', onType] = /^([^[]+)(?:\[(\w+)\])?$/.exec(segment) ?? [];
    const at = path === '' ? field : `${path}.${field}`;
    path = onType === undefined ? at : `${at}[${onType}]`;
    return { field, name: field.split(':').at(-1) ?? field, onType, path: at };
  });
}

interface Selection {
  readonly path: string | undefined;
  readonly inside: Map<string, Selection>;
}

/** The document of an operation, composed from its facts. */
export function documentOf(operation: ClientOperation): string {
  const root: Selection = { path: undefined, inside: new Map() };
  const enter = (selection: Selection, key: string, path: string | undefined): Selection => {
    const known = selection.inside.get(key) ?? { path, inside: new Map<string, Selection>() };
    selection.inside.set(key, known);
    return known;
  };
  for (const select of operation.selects) {
    let selection = root;
    for (const step of stepsOf(select)) {
      selection = enter(selection, step.field.replace(':', ': '), step.path);
      if (step.onType !== undefined) selection = enter(selection, `... on ${step.onType}`, undefined);
    }
  }
  const print = ({ inside }: Selection): string => {
    if (inside.size === 0) return '';
    return `{${[...inside].map(([key, selection]) => `${key}${parentheses(operation.arguments?.[selection.path ?? ''])}${print(selection)}`).join(' ')}}`;
  };
  return `${operation.kind}${parentheses(variables(operation))}${print(root)}`;
}

const parentheses = (pairs: Readonly<Record<string, string>> | undefined) => (pairs === undefined ? '' : `(${Object.entries(pairs).map(([name, value]) => `${name}: ${value}`).join(', ')})`);

const variables = ({ variables: types }: ClientOperation) => types && Object.fromEntries(Object.entries(types).map(([name, type]) => [`$${name}`, type]));

/** What a schema lacks for an operation: `Query.policy`, `Stack.runs(before)`, `input PolicyCreateInput`; each once. */
export function missingFor(schema: GraphQLSchema, operation: ClientOperation): readonly string[] {
  const missing = new Set<string>();
  for (const type of Object.values(operation.variables ?? {})) {
    const name = namedIn(parseType(type));
    if (schema.getType(name) === undefined) missing.add(`input ${name}`);
  }
  const root = operation.kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  for (const select of operation.selects) {
    let type: GraphQLNamedType | null | undefined = root;
    for (const step of stepsOf(select)) {
      if (step.name === '__typename') break;
      const owner: string = type?.name ?? '?';
      const field: GraphQLField<unknown, unknown> | undefined = isObjectType(type) ? type.getFields()[step.name] : undefined;
      if (field === undefined) {
        missing.add(`${owner}.${step.name}`);
        break;
      }
      for (const argument of Object.keys(operation.arguments?.[step.path] ?? {})) {
        if (!field.args.some(({ name }) => name === argument)) missing.add(`${owner}.${step.name}(${argument})`);
      }
      const answer: GraphQLNamedType = getNamedType(field.type);
      type = step.onType === undefined ? answer : isUnionType(answer) ? answer.getTypes().find(({ name }) => name === step.onType) : undefined;
      if (type === undefined) {
        missing.add(`${answer.name} as ${step.onType}`);
        break;
      }
    }
  }
  return [...missing];
}

function namedIn(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedIn(type.type);
}
