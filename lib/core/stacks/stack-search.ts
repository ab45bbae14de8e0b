import { invalid } from '../shared/errors.ts';

/** One search request as clients send it. */
export interface StackSearch {
  readonly first?: number | null;
  readonly after?: string | null;
  /** The last ones, of those before the cursor if there is one. */
  readonly last?: number | null;
  readonly before?: string | null;
  readonly fullTextSearch?: string | null;
  readonly predicates?: readonly SearchPredicate[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

/** Keeps stacks whose field meets the constraint, or the others; several values are alternatives. */
export interface SearchPredicate {
  readonly field: string;
  readonly constraint: {
    readonly booleanEquals?: readonly boolean[] | null;
    readonly enumEquals?: readonly string[] | null;
    readonly stringMatches?: readonly string[] | null;
  };
  readonly exclude?: boolean | null;
}

const TEXT_FIELDS = ['id', 'name', 'description', 'branch', 'commit', 'repository', 'repositoryurl', 'namespace', 'projectroot', 'provider', 'space', 'state', 'vendor', 'workerpool', 'lockedby', 'label', 'createdat', 'statesetat'] as const;
const FLAG_FIELDS = ['administrative', 'autodeploy', 'locked', 'starred', 'isdisabled', 'localpreviewenabled', 'protectfromdeletion', 'deleting'] as const;
const ORDER_FIELDS = [...TEXT_FIELDS, ...FLAG_FIELDS, 'lastapplyat'] as const;

export type TextField = (typeof TEXT_FIELDS)[number];
export type FlagField = (typeof FLAG_FIELDS)[number];
export type OrderField = (typeof ORDER_FIELDS)[number];

const OTHER_NAMES: Readonly<Record<string, string>> = { slug: 'id', repo: 'repository', labels: 'label', spaceid: 'space', disabled: 'isdisabled', workerpoolid: 'workerpool' };

/** `project_root`, `projectRoot` and `ProjectRoot` are one. */
function plain(field: string): string {
  const name = field.toLowerCase().replace(/_/g, '');
  return OTHER_NAMES[name] ?? name;
}

export type Condition =
  /** Whole values, or patterns with `*` in any case. */
  | { readonly kind: 'text'; readonly field: TextField; readonly exact: boolean; readonly values: readonly string[]; readonly exclude: boolean }
  | { readonly kind: 'flag'; readonly field: FlagField; readonly values: readonly boolean[]; readonly exclude: boolean };

/** The predicate as a condition that the store knows, or INVALID. */
export function condition({ field, constraint, exclude }: SearchPredicate): Condition {
  const name = plain(field);
  const flag = FLAG_FIELDS.find((known) => known === name);
  if (flag) {
    if (!constraint.booleanEquals) throw invalid(`the field ${field} takes booleanEquals`, { field });
    return { kind: 'flag', field: flag, values: constraint.booleanEquals, exclude: exclude ?? false };
  }
  const text = TEXT_FIELDS.find((known) => known === name);
  if (!text) throw invalid(`stacks cannot be searched by "${field}"`, { field });
  const values = constraint.enumEquals ?? constraint.stringMatches;
  if (!values) throw invalid(`the field ${field} takes stringMatches or enumEquals`, { field });
  return { kind: 'text', field: text, exact: Boolean(constraint.enumEquals), values: text === 'vendor' ? values.map(vendorName) : values, exclude: exclude ?? false };
}

/** `OPEN_TOFU` and `OpenTofu` are one. */
const vendorName = (text: string): string => text.toLowerCase().replaceAll('_', '');

export interface Order {
  readonly field: OrderField;
  readonly descending: boolean;
}

/** The caller's favourites come first unless another order is asked for. */
export function order(orderBy: StackSearch['orderBy']): Order {
  if (!orderBy) return { field: 'starred', descending: true };
  const field = ORDER_FIELDS.find((known) => known === plain(orderBy.field));
  if (!field) throw invalid(`stacks cannot be ordered by "${orderBy.field}"`, { field: orderBy.field });
  const direction = orderBy.direction.toUpperCase();
  if (direction !== 'ASC' && direction !== 'DESC') throw invalid(`a direction is ASC or DESC, not "${orderBy.direction}"`, { field: 'direction' });
  return { field, descending: direction === 'DESC' };
}

/** Where a page ends: the last stack's place in the order, and its id among equals. */
export interface Cursor {
  readonly key: string;
  readonly id: string;
}

export const cursorText = (cursor: Cursor): string => Buffer.from(JSON.stringify([cursor.key, cursor.id]), 'utf8').toString('base64url');

export function parseCursor(text: string): Cursor {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && typeof parsed[0] === 'string' && typeof parsed[1] === 'string') return { key: parsed[0], id: parsed[1] };
  } catch {
    // Told below, like a well-formed text of another shape.
  }
  throw invalid('`after` is not a cursor of this list', { field: 'after' });
}
