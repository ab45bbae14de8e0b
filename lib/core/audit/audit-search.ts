import { invalid } from '../shared/errors.ts';
import { pageSize } from '../shared/pages.ts';

export const AUDIT_FIELDS = ['action', 'actor', 'resourceType', 'resourceId', 'eventType', 'createdAt'] as const;
export type AuditField = (typeof AUDIT_FIELDS)[number];

export interface AuditPredicate {
  readonly field: AuditField;
  readonly exclude: boolean;
  /** Alternatives; `*` stands for anything where `matches` is set. */
  readonly values: readonly string[];
  readonly matches: boolean;
}

export interface AuditSearch {
  readonly predicates: readonly AuditPredicate[];
  readonly text: string | null;
  readonly descending: boolean;
  readonly backwards: boolean;
  readonly cursor: string | null;
  readonly size: number;
}

/** As clients ask. */
export interface AuditSearchInput {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly fullTextSearch?: string | null;
  readonly predicates?: readonly {
    readonly field: string;
    readonly exclude?: boolean | null;
    readonly constraint: { readonly booleanEquals?: readonly boolean[] | null; readonly enumEquals?: readonly string[] | null; readonly stringMatches?: readonly string[] | null };
  }[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

/** The question that a client asks, checked; entries stand by their age. */
export function auditSearch(input: AuditSearchInput): AuditSearch {
  const direction = input.orderBy?.direction.toUpperCase() ?? 'DESC';
  if (direction !== 'ASC' && direction !== 'DESC') throw invalid('the direction of an order is ASC or DESC', { direction });
  if (input.orderBy && input.orderBy.field !== 'createdAt') throw invalid(`the audit trail is ordered by createdAt, not by "${input.orderBy.field}"`, { field: input.orderBy.field });
  const backwards = typeof input.last === 'number';
  const cursor = (backwards ? input.before : input.after) || null;
  return {
    predicates: (input.predicates ?? []).map(({ field, exclude, constraint }) => {
      if (!AUDIT_FIELDS.includes(field as AuditField)) throw invalid(`the audit trail cannot be searched by "${field}"; it knows ${AUDIT_FIELDS.join(', ')}`, { field });
      const values = constraint.enumEquals ?? constraint.stringMatches;
      if (!values) throw invalid(`a constraint on ${field} needs enumEquals or stringMatches`, { field });
      return { field: field as AuditField, exclude: exclude ?? false, values, matches: !constraint.enumEquals };
    }),
    text: input.fullTextSearch?.trim() || null,
    descending: direction === 'DESC',
    backwards,
    cursor,
    size: pageSize(backwards ? input.last : input.first),
  };
}
