import { sql as raw, type AliasedRawBuilder, type Expression } from 'kysely';

/** One row of a statement that reads several things at once. */
export interface PartRow {
  readonly part: string;
  readonly document: unknown;
}

/** What to read, by the names of the parts. */
export type Parts = Readonly<Record<string, Expression<unknown>>>;

/**
 * Several reads as the source of one statement: `sql.selectFrom(partsOf({ stack, run })).selectAll()`. Each of their rows stays a row of its
 * own, as a document, so that none outgrows what a row may hold.
 */
export function partsOf(parts: Parts): AliasedRawBuilder<PartRow, 'parts'> {
  const reads = Object.entries(parts).map(([part, query]) => raw`select cast(${raw.lit(part)} as text) as part, to_jsonb(q) as document from ${query} as q`);
  return raw<PartRow>`(${raw.join(reads, raw` union all `)})`.as('parts');
}

/** Columns that hold times are the ones named like this; in a document they are texts. */
export const TIME_COLUMN = /(?:^|_)(?:at|since|until)$/;

/** The rows of one part as the driver would have given them. */
export function rowsOf<Row extends object>(answer: readonly PartRow[], part: string): readonly Row[] {
  return answer.filter((row) => row.part === part).map(({ document }) => withTimes(document as Readonly<Record<string, unknown>>) as Row);
}

export const rowOf = <Row extends object>(answer: readonly PartRow[], part: string): Row | undefined => rowsOf<Row>(answer, part)[0];

function withTimes(document: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(document).map(([column, value]) => [column, typeof value === 'string' && TIME_COLUMN.test(column) ? new Date(value) : value]));
}
