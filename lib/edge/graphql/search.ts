import { invalid } from '../../core/shared/errors.ts';
import { pageSize } from '../../core/shared/pages.ts';
import type { SearchInput } from './resolver-types.ts';

export type FieldValue = string | number | boolean | null | readonly string[];

/** How the items of a list are told apart, found and ordered. */
export interface Searchable<Item> {
  id(item: Item): string;
  /** What full-text search looks through. */
  text(item: Item): readonly (string | null)[];
  readonly fields: Readonly<Record<string, (item: Item) => FieldValue>>;
  /** Field that orders the list when the caller names none. */
  readonly order: { readonly field: string; readonly direction: 'ASC' | 'DESC' };
}

export interface Connection<Item> {
  readonly edges: readonly { readonly node: Item }[];
  readonly pageInfo: { readonly startCursor: string; readonly endCursor: string; readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
}

/** Filters, orders and pages a list that is already in memory. */
export function searchIn<Item>(items: readonly Item[], input: SearchInput, by: Searchable<Item>): Connection<Item> {
  const words = (input.fullTextSearch ?? '').toLowerCase().split(/\s+/).filter((word) => word !== '');
  const field = input.orderBy?.field ?? by.order.field;
  const descending = directionOf(input, by) === 'DESC';
  const keyOf = fieldOf(by, field);
  const place = (item: Item): Place => [sortable(keyOf(item)), by.id(item)];
  const compare = (a: Place, b: Place) => (compareValues(a[0], b[0]) || compareValues(a[1], b[1])) * (descending ? -1 : 1);

  const found = items
    .filter((item) => words.every((word) => by.text(item).some((text) => text?.toLowerCase().includes(word))))
    .filter((item) => (input.predicates ?? []).every((predicate) => meets(fieldOf(by, predicate.field)(item), predicate.constraint) !== (predicate.exclude ?? false)))
    .sort((a, b) => compare(place(a), place(b)));

  const after = readCursor(input.after);
  const before = readCursor(input.before);
  const within = found.filter((item) => (after === undefined || compare(place(item), after) > 0) && (before === undefined || compare(place(item), before) < 0));
  const backwards = typeof input.last === 'number';
  const size = pageSize(backwards ? input.last : input.first);
  const page = backwards ? within.slice(-size) : within.slice(0, size);
  const [first, last] = [page[0], page.at(-1)];
  return {
    edges: page.map((node) => ({ node })),
    pageInfo: {
      startCursor: first === undefined ? '' : writeCursor(place(first)),
      endCursor: last === undefined ? '' : writeCursor(place(last)),
      hasNextPage: last !== undefined && found.at(-1) !== last,
      hasPreviousPage: first !== undefined && found[0] !== first,
    },
  };
}

type Place = readonly [string | number, string];

function directionOf<Item>(input: SearchInput, by: Searchable<Item>): string {
  const direction = input.orderBy?.direction.toUpperCase() ?? by.order.direction;
  if (direction !== 'ASC' && direction !== 'DESC') throw invalid('the direction of an order is ASC or DESC', { direction });
  return direction;
}

function fieldOf<Item>(by: Searchable<Item>, name: string): (item: Item) => FieldValue {
  const read = Object.hasOwn(by.fields, name) ? by.fields[name] : undefined;
  if (read === undefined) throw invalid(`this list cannot be searched by "${name}"; it knows ${Object.keys(by.fields).join(', ')}`, { field: name });
  return read;
}

interface Constraint {
  readonly booleanEquals?: readonly boolean[] | null;
  readonly enumEquals?: readonly string[] | null;
  readonly stringMatches?: readonly string[] | null;
}

function meets(value: FieldValue, constraint: Constraint): boolean {
  const strings = (Array.isArray(value) ? (value as readonly string[]) : [value]).filter((item) => item !== null).map(String);
  if (constraint.booleanEquals) return constraint.booleanEquals.some((wanted) => wanted === value);
  if (constraint.enumEquals) return constraint.enumEquals.some((wanted) => strings.includes(wanted));
  if (constraint.stringMatches) return constraint.stringMatches.some((wanted) => strings.some((text) => matches(text, wanted)));
  throw invalid('a constraint needs booleanEquals, enumEquals or stringMatches');
}

/** `*` stands for anything; upper and lower case are alike. */
function matches(text: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const lower = text.toLowerCase();
  if (parts.length === 1) return lower === parts[0];
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!lower.startsWith(first) || !lower.endsWith(last) || lower.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const next = lower.indexOf(part, at);
    if (next < 0 || next + part.length > lower.length - last.length) return false;
    at = next + part.length;
  }
  return true;
}

function sortable(value: FieldValue): string | number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return Array.isArray(value) ? value.join(',') : ((value as string | null) ?? '');
}

function compareValues(a: string | number, b: string | number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

const writeCursor = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function readCursor(text: string | null | undefined): Place | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(value) && value.length === 2 && (typeof value[0] === 'string' || typeof value[0] === 'number') && typeof value[1] === 'string') return [value[0], value[1]];
  } catch {
    // Reported below, like any other text that is no cursor.
  }
  throw invalid('the cursor is not one that this API gave out');
}
