import { GraphQLError, Kind, parse, validate, type DocumentNode, type FragmentDefinitionNode, type GraphQLSchema, type SelectionSetNode } from 'graphql';
import { readableText } from './request-text.ts';
import { spellsUnstorable, UNSTORABLE } from './storable-text.ts';

export const MAX_DEPTH = 30;
const MAX_TOKENS = 20_000;
const MAX_ERRORS = 20;
const CACHED = 500;
const CACHED_TEXT = 16_384;

export interface CheckedDocument {
  readonly document: DocumentNode;
  /** Selects `__schema` or `__type`. */
  readonly introspects: boolean;
}

export type Checked = CheckedDocument | { readonly errors: readonly GraphQLError[] };

/** Parses and validates requests; clients repeat a few texts, so the latest are remembered. */
export function documentChecker(schema: GraphQLSchema): (text: string) => Checked {
  const known = new Map<string, Checked>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) {
      known.delete(text);
      known.set(text, found);
      return found;
    }
    const checked = check(schema, text);
    if (text.length <= CACHED_TEXT) known.set(text, checked);
    const [oldest] = known.keys();
    if (known.size > CACHED && oldest !== undefined) known.delete(oldest);
    return checked;
  };
}

const refusal = (message: string): Checked => ({ errors: [new GraphQLError(message)] });
const tooDeep = `the query is nested too deeply: at most ${MAX_DEPTH} levels of fields are allowed`;

function check(schema: GraphQLSchema, text: string): Checked {
  const readable = readableText(text);
  if (readable === undefined) return refusal(tooDeep);
  let document: DocumentNode;
  try {
    document = parse(readable, { noLocation: false, maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const depths = new Map<string, number>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION && depthOf(definition.selectionSet, fragments, depths) > MAX_DEPTH) return refusal(tooDeep);
  }
  const errors = validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
  if (errors.length > 0) return { errors };
  if (spellsUnstorable(document)) return refusal(UNSTORABLE);
  return { document, introspects: /\b__(schema|type)\b/.test(text) };
}

/** Levels of fields below a selection. Fragments in a circle count once here; validation refuses them. */
function depthOf(selection: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, known: Map<string, number>): number {
  let deepest = 0;
  for (const node of selection.selections) {
    if (node.kind === Kind.FIELD) deepest = Math.max(deepest, 1 + (node.selectionSet === undefined ? 0 : depthOf(node.selectionSet, fragments, known)));
    else if (node.kind === Kind.INLINE_FRAGMENT) deepest = Math.max(deepest, depthOf(node.selectionSet, fragments, known));
    else {
      const name = node.name.value;
      const fragment = fragments.get(name);
      if (fragment !== undefined && !known.has(name)) {
        known.set(name, 0);
        known.set(name, depthOf(fragment.selectionSet, fragments, known));
      }
      deepest = Math.max(deepest, known.get(name) ?? 0);
    }
  }
  return deepest;
}
