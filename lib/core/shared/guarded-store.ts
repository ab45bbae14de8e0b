import { sql, type RawBuilder } from 'kysely';

function cell(value: unknown): RawBuilder<unknown> {
  if (value === null || value === undefined) return sql`null`;
  if (value instanceof Date) return sql`cast(${value} as timestamptz)`;
  if (typeof value === 'string') return sql`cast(${value} as text)`;
  if (typeof value === 'number') return sql`cast(${value} as integer)`;
  if (typeof value === 'boolean') return sql`cast(${value} as boolean)`;
  return value as RawBuilder<unknown>;
}

export interface GuardedRows<Row> {
  readonly columns: readonly (keyof Row & string)[];
  readonly values: RawBuilder<never>;
}

/**
 * Rows that are inserted only if an earlier part of the same statement (`guard`, a CTE of at most one row) did something:
 * `insertInto(t).columns(rows.columns).expression(rows.values)`. All rows have the same columns.
 */
export function rowsIf<Row extends object>(guard: string, rows: readonly [Row, ...Row[]]): GuardedRows<Row> {
  const columns = Object.keys(rows[0]) as (keyof Row & string)[];
  const selects = rows.map((row) => sql`select ${sql.join(columns.map((column) => cell(row[column])))} from ${sql.table(guard)}`);
  return { columns, values: sql<never>`${sql.join(selects, sql` union all `)}` };
}
