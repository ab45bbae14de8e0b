import { sql as raw, type Insertable, type RawBuilder } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { rowsIf, type GuardedRows } from '../shared/guarded-store.ts';
import type { DependencyStatus, OutsideWait, WaitsFor } from './external-dependency.ts';

type DependencyRow = Insertable<Tables['run_external_dependencies']>;

/** The rows of a new run, for the statement that inserts it as `inserted`; undefined when it waits for nothing. */
export function dependencyRows(runId: string, { ids = [], asRun }: WaitsFor): GuardedRows<DependencyRow> | undefined {
  if (asRun !== undefined) {
    const values = raw<never>`
      select inserted.id, d.dependency from inserted cross join run_external_dependencies as d
      where d.run_id = ${asRun} and (d.status is null or d.status = 'FAILED')`;
    return { columns: ['run_id', 'dependency'], values };
  }
  const [first, ...rest] = ids.map((dependency): DependencyRow => ({ run_id: runId, dependency }));
  return first === undefined ? undefined : rowsIf('inserted', [first, ...rest]);
}

const NAMED = 5;

/** What the runs of a part `queue` wait for outside, a few ids for each, as a part of a larger statement. */
export const outsideWaits = (): RawBuilder<unknown> => raw`(
  select w.run_id, w.dependency, w.status, w.total from (
    select d.run_id, d.dependency, d.status, count(*) over same as total, row_number() over (same order by d.dependency) as place
    from run_external_dependencies as d where d.run_id in (select queue.id from queue) and (d.status is null or d.status = 'FAILED')
    window same as (partition by d.run_id, d.status)) as w
  where w.place <= ${raw.lit(NAMED)})`;

export interface OutsideRow {
  readonly run_id: string;
  readonly dependency: string;
  readonly status: string | null;
  readonly total: number;
}

/** Run id → what it waits for; runs that wait for nothing are absent. */
export function outsideByRun(rows: readonly OutsideRow[]): ReadonlyMap<string, OutsideWait> {
  const byRun = Map.groupBy(rows, (row) => row.run_id);
  return new Map([...byRun].map(([runId, all]) => {
    const open = all.filter(({ status }) => status === null);
    const [failed] = all.filter(({ status }) => status === 'FAILED').map(({ dependency }) => dependency).sort();
    return [runId, { open: open.map(({ dependency }) => dependency).sort(), openCount: open[0]?.total ?? 0, failed: failed ?? null }];
  }));
}

export interface DependentRun {
  readonly runId: string;
  readonly stackId: string;
  readonly spaceId: string;
  readonly ended: boolean;
}

/** Writes what was reported to runs that were not told before, and answers with these, at most `limit` at once. */
export async function reportToRuns(
  sql: Sql,
  report: { readonly dependency: string; readonly status: DependencyStatus; readonly at: Date },
  limit: number,
): Promise<readonly DependentRun[]> {
  const rows = await sql
    .with('open', (q) =>
      q
        .selectFrom('run_external_dependencies')
        .select('run_id')
        .where('dependency', '=', report.dependency)
        .where('status', 'is', null)
        .orderBy('run_id')
        .limit(limit)
        .forUpdate())
    .with('reported', (q) =>
      q
        .updateTable('run_external_dependencies as d')
        .set({ status: report.status, reported_at: report.at })
        .from('open')
        .whereRef('d.run_id', '=', 'open.run_id')
        .where('d.dependency', '=', report.dependency)
        .returning('d.run_id'))
    .selectFrom('reported')
    .innerJoin('runs', 'runs.id', 'reported.run_id')
    .select(['runs.id', 'runs.stack_id', 'runs.space_id', 'runs.finished_at'])
    .orderBy('runs.id')
    .execute();
  return rows.map((row) => ({ runId: row.id, stackId: row.stack_id, spaceId: row.space_id, ended: row.finished_at !== null }));
}

/** The spaces of stacks with a run that waits for it, or did. */
export async function spacesOfDependency(sql: Sql, dependency: string): Promise<readonly string[]> {
  const rows = await sql
    .selectFrom('run_external_dependencies as d')
    .innerJoin('runs', 'runs.id', 'd.run_id')
    .innerJoin('stacks', 'stacks.id', 'runs.stack_id')
    .select('stacks.space_id')
    .distinct()
    .where('d.dependency', '=', dependency)
    .orderBy('stacks.space_id')
    .execute();
  return rows.map((row) => row.space_id);
}

/** What was last reported of it. */
export async function lastReport(sql: Sql, dependency: string): Promise<string | null> {
  const row = await sql
    .selectFrom('run_external_dependencies')
    .select('status')
    .where('dependency', '=', dependency)
    .where('status', 'is not', null)
    .orderBy('reported_at', 'desc')
    .orderBy('run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.status ?? null;
}
