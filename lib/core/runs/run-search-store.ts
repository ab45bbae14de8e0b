import { sql as raw, type Expression, type RawBuilder, type Selectable, type SqlBool } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import type { Page } from '../shared/pages.ts';
import { partsOf, rowsOf } from '../shared/parts-store.ts';
import { toStack } from '../stacks/stack-store.ts';
import type { Stack } from '../stacks/stack.ts';
import { toRun, type RunRow } from './run-rows-store.ts';
import type { RunField, RunPredicate, RunSearch } from './run-search.ts';
import type { Run } from './run.ts';
import type { Sight } from '../shared/actor.ts';
import { inSight, seesNone } from '../stacks/stack-sight-store.ts';

const COLUMNS: Readonly<Record<RunField, RawBuilder<unknown>>> = {
  id: raw`runs.id`,
  title: raw`runs.title`,
  branch: raw`runs.branch`,
  commit: raw`runs.commit_info ->> 'hash'`,
  triggeredBy: raw`runs.triggered_by`,
  stack: raw`runs.stack_id`,
  space: raw`stacks.space_id`,
  workerPool: raw`runs.worker_pool_id`,
  type: raw`runs.type`,
  state: raw`runs.state`,
  driftDetection: raw`runs.drift_detection`,
  isPrioritized: raw`(runs.priority = 'HIGH')`,
  finished: raw`(runs.finished_at is not null)`,
};

function condition({ field, exclude, values }: RunPredicate): RawBuilder<SqlBool> {
  const column = COLUMNS[field];
  const alternatives = values.map((value) => (typeof value === 'boolean' ? raw<SqlBool>`${column} = cast(${value} as boolean)` : raw<SqlBool>`${column} = cast(${value} as text)`));
  const any = raw<SqlBool>`coalesce((${raw.join(alternatives, raw` or `)}), false)`;
  return exclude ? raw<SqlBool>`not ${any}` : any;
}

const contains = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** A page of runs, and the stacks that they are of. */
export interface RunPage extends Page<Run> {
  readonly stacks: readonly Stack[];
}

/** Runs of stacks that somebody sees, by their age, one page, with their stacks, in one statement. */
export async function selectRuns(sql: Sql, sight: Sight | 'all', search: RunSearch): Promise<RunPage> {
  if (seesNone(sight)) return { items: [], stacks: [], hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
  const downwards = search.descending !== search.backwards;
  const conditions: Expression<SqlBool>[] = search.predicates.map(condition);
  if (search.text !== null) {
    const pattern = contains(search.text);
    conditions.push(raw<SqlBool>`(runs.title ilike ${pattern} or runs.id ilike ${pattern} or runs.branch ilike ${pattern} or runs.stack_id ilike ${pattern} or runs.commit_info ->> 'hash' ilike ${pattern})`);
  }
  if (sight !== 'all') conditions.push(inSight(sight, 'stacks'));
  if (search.cursor !== null) conditions.push(downwards ? raw<SqlBool>`runs.id < ${search.cursor}` : raw<SqlBool>`runs.id > ${search.cursor}`);
  const answer = await sql
    .with('page', (q) =>
      q
        .selectFrom('runs')
        .innerJoin('stacks', 'stacks.id', 'runs.stack_id')
        .selectAll('runs')
        .where((eb) => eb.and(conditions))
        .orderBy('runs.id', downwards ? 'desc' : 'asc')
        .limit(search.size + 1),
    )
    .selectFrom(partsOf({ run: raw`(select * from page)`, stack: raw`(select * from stacks where id in (select page.stack_id from page))` }))
    .selectAll()
    .execute();
  const rows = [...rowsOf<RunRow>(answer, 'run')].sort((a, b) => (a.id < b.id === downwards ? 1 : -1));
  const items = rows.slice(0, search.size).map(toRun);
  if (search.backwards) items.reverse();
  const more = rows.length > search.size;
  return {
    items,
    stacks: rowsOf<Selectable<Tables['stacks']>>(answer, 'stack').map(toStack),
    hasNextPage: search.backwards ? search.cursor !== null : more,
    hasPreviousPage: search.backwards ? more : search.cursor !== null,
    startCursor: items[0]?.id ?? null,
    endCursor: items.at(-1)?.id ?? null,
  };
}
