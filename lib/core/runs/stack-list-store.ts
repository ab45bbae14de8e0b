import { sql as raw, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { partsOf, rowOf, rowsOf, type PartRow, type Parts } from '../shared/parts-store.ts';
import { toSpace } from '../spaces/space-store.ts';
import type { Space } from '../spaces/space.ts';
import { toStack } from '../stacks/stack-store.ts';
import type { Stack } from '../stacks/stack.ts';
import { toPool } from '../workers/pool-store.ts';
import type { WorkerPool } from '../workers/worker.ts';
import { listQuery, type RunListing } from './run-list-store.ts';
import { toRun, type RunRow } from './run-rows-store.ts';
import type { Run } from './run.ts';

/** What a list of stacks may show of each besides its own fields. */
export type StackExtra = 'space' | 'pool' | 'blocker' | 'star';

export interface StackExtras {
  readonly spaces: readonly Space[];
  readonly pools: readonly WorkerPool[];
  readonly blockers: readonly Run[];
  readonly starred: ReadonlySet<string>;
}

/** The parts of a statement, whose stacks are `page`, that read the extras. */
export function extraParts(extras: ReadonlySet<StackExtra>, login: string): Parts {
  const parts: Record<StackExtra, Parts[string]> = {
    space: raw`(select * from spaces where id in (select page.space_id from page))`,
    pool: raw`(select * from worker_pools where deleted_at is null and id in (select page.worker_pool_id from page))`,
    blocker: raw`(select * from runs where id in (select page.blocker_run_id from page))`,
    star: raw`(select stack_id from stack_stars where login = ${login} and stack_id in (select page.id from page))`,
  };
  return Object.fromEntries(Object.entries(parts).filter(([name]) => extras.has(name as StackExtra)));
}

export function toExtras(answer: readonly PartRow[]): StackExtras {
  return {
    spaces: rowsOf<Selectable<Tables['spaces']>>(answer, 'space').map(toSpace),
    pools: rowsOf<Selectable<Tables['worker_pools']>>(answer, 'pool').map(toPool),
    blockers: rowsOf<RunRow>(answer, 'blocker').map(toRun),
    starred: new Set(rowsOf<{ readonly stack_id: string }>(answer, 'star').map((row) => row.stack_id)),
  };
}

/** A stack with lists of its runs, in one statement: the lists in the order of their questions. */
export async function findStackWithRuns(sql: Sql, id: string, listings: readonly RunListing[]): Promise<{ readonly stack: Stack | undefined; readonly lists: readonly (readonly Run[])[] }> {
  const lists = listings.map((listing, index) => [`runs ${index}`, listQuery(sql, id, listing)] as const);
  const answer = await sql
    .selectFrom(partsOf({ stack: sql.selectFrom('stacks').selectAll().where('id', '=', id), ...Object.fromEntries(lists) }))
    .selectAll()
    .execute();
  const stack = rowOf<Selectable<Tables['stacks']>>(answer, 'stack');
  const newestFirst = (a: Run, b: Run) => (a.id < b.id ? 1 : -1);
  return { stack: stack && toStack(stack), lists: lists.map(([part]) => rowsOf<RunRow>(answer, part).map(toRun).sort(newestFirst)) };
}
