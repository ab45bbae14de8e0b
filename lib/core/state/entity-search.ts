import { invalid } from '../shared/errors.ts';
import { pageSize } from '../shared/pages.ts';

/** As clients send it: a predicate keeps what meets its constraint or, with `exclude`, the others. */
export interface EntitySearchInput {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly fullTextSearch?: string | null;
  readonly predicates?: readonly EntityPredicateInput[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

export interface EntityPredicateInput {
  readonly field: string;
  readonly exclude?: boolean | null;
  readonly constraint: {
    readonly booleanEquals?: readonly boolean[] | null;
    readonly enumEquals?: readonly string[] | null;
    readonly stringMatches?: readonly string[] | null;
  };
}

/** What entities can be asked for, and how its values are compared. */
export const ENTITY_FIELDS = { stack: 'text', space: 'text', vendor: 'text', provider: 'text', type: 'text', address: 'text', name: 'text', drifted: 'boolean' } as const;
export type EntityField = keyof typeof ENTITY_FIELDS;

export interface EntityPredicate {
  readonly field: EntityField;
  readonly exclude: boolean;
  readonly values: readonly (string | boolean)[];
}

/** The place of an entity in the list: address, then id. */
export type EntityCursor = readonly [address: string, id: string];

export interface EntitySearch {
  readonly predicates: readonly EntityPredicate[];
  readonly text: string | null;
  readonly descending: boolean;
  readonly size: number;
  readonly backwards: boolean;
  readonly cursor: EntityCursor | null;
}

const isField = (field: string): field is EntityField => Object.hasOwn(ENTITY_FIELDS, field);

function predicateOf({ field, exclude, constraint }: EntityPredicateInput): EntityPredicate {
  if (!isField(field)) throw invalid(`resources cannot be searched by "${field}"; fields are ${Object.keys(ENTITY_FIELDS).join(', ')}`, { field });
  const isBoolean = ENTITY_FIELDS[field] === 'boolean';
  const values = isBoolean ? constraint.booleanEquals : (constraint.stringMatches ?? constraint.enumEquals);
  if (!values || values.length === 0) throw invalid(`the constraint on "${field}" needs ${isBoolean ? 'booleanEquals' : 'stringMatches'}`, { field });
  return { field, exclude: exclude ?? false, values };
}

/** The question in a form that a store can answer; INVALID says which part it cannot. */
export function parseEntitySearch(input: EntitySearchInput): EntitySearch {
  const { orderBy } = input;
  if (orderBy && orderBy.field !== 'address') throw invalid(`resources cannot be ordered by "${orderBy.field}", only by address`, { field: orderBy.field });
  if (orderBy && orderBy.direction !== 'ASC' && orderBy.direction !== 'DESC') throw invalid('the direction of an order is ASC or DESC');
  const text = input.fullTextSearch?.trim() ?? '';
  const backwards = input.last !== null && input.last !== undefined;
  return {
    predicates: (input.predicates ?? []).map(predicateOf),
    text: text === '' ? null : text,
    descending: orderBy?.direction === 'DESC',
    size: pageSize(backwards ? input.last : input.first),
    backwards,
    cursor: readCursor(backwards ? input.before : input.after),
  };
}

export const writeCursor = (cursor: EntityCursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

function readCursor(text: string | null | undefined): EntityCursor | null {
  if (!text) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'string') return [value[0], value[1]];
  } catch {
    // Reported below, like any other text that is no cursor.
  }
  throw invalid('the cursor is not one that this API gave out');
}
