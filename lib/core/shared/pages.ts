/** One page of a list: the last row's cursor leads to the next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export const MAX_PAGE = 100;

/** A page size within the limits; clients may leave it out. */
export function pageSize(asked: number | null | undefined, fallback = 50): number {
  return Math.min(Math.max(asked ?? fallback, 1), MAX_PAGE);
}
