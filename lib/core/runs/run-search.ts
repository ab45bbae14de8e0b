import { invalid } from '../shared/errors.ts';
import { pageSize } from '../shared/pages.ts';

/** As clients send it: a predicate keeps what meets its constraint or, with `exclude`, the others. */
export interface RunSearchInput {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly fullTextSearch?: string | null;
  readonly predicates?: readonly RunPredicateInput[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

export interface RunPredicateInput {
  readonly field: string;
  readonly exclude?: boolean | null;
  readonly constraint: {
    readonly booleanEquals?: readonly boolean[] | null;
    readonly enumEquals?: readonly string[] | null;
    readonly stringMatches?: readonly string[] | null;
  };
}

/** What runs can be asked for, and how its values are compared. */
export const RUN_FIELDS = {
  id: 'text', title: 'text', branch: 'text', commit: 'text', triggeredBy: 'text', stack: 'text', space: 'text', workerPool: 'text',
  type: 'enum', state: 'enum', driftDetection: 'boolean', isPrioritized: 'boolean', finished: 'boolean',
} as const;
export type RunField = keyof typeof RUN_FIELDS;

export interface RunPredicate {
  readonly field: RunField;
  readonly exclude: boolean;
  readonly values: readonly (string | boolean)[];
}

export interface RunSearch {
  readonly predicates: readonly RunPredicate[];
  readonly text: string | null;
  readonly descending: boolean;
  readonly size: number;
  /** Walks towards the start of the list from `cursor`. */
  readonly backwards: boolean;
  /** Id of the run beside the page. */
  readonly cursor: string | null;
}

const isField = (field: string): field is RunField => Object.hasOwn(RUN_FIELDS, field);

function predicateOf({ field, exclude, constraint }: RunPredicateInput): RunPredicate {
  if (!isField(field)) throw invalid(`runs cannot be searched by "${field}"; fields are ${Object.keys(RUN_FIELDS).join(', ')}`, { field });
  const kind = RUN_FIELDS[field];
  const values = kind === 'boolean' ? constraint.booleanEquals : (constraint.enumEquals ?? constraint.stringMatches);
  if (!values || values.length === 0) throw invalid(`the constraint on "${field}" needs ${kind === 'boolean' ? 'booleanEquals' : kind === 'enum' ? 'enumEquals' : 'stringMatches'}`, { field });
  return { field, exclude: exclude ?? false, values };
}

/** The question in a form that a store can answer; INVALID says which part it cannot. */
export function parseRunSearch(input: RunSearchInput): RunSearch {
  const { orderBy } = input;
  if (orderBy && orderBy.field !== 'createdAt') throw invalid(`runs cannot be ordered by "${orderBy.field}", only by createdAt`, { field: orderBy.field });
  if (orderBy && orderBy.direction !== 'ASC' && orderBy.direction !== 'DESC') throw invalid('the direction of an order is ASC or DESC');
  const text = input.fullTextSearch?.trim() ?? '';
  const backwards = input.last !== null && input.last !== undefined;
  return {
    predicates: (input.predicates ?? []).map(predicateOf),
    text: text === '' ? null : text,
    descending: orderBy?.direction !== 'ASC',
    size: pageSize(backwards ? input.last : input.first),
    backwards,
    cursor: (backwards ? input.before : input.after) || null,
  };
}
