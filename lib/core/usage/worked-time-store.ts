import { sql as raw, type RawBuilder } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { ACTIVE_STATES } from '../runs/run-states.ts';
import type { Span } from './periods.ts';
import type { WorkedRun, WorkedTime } from './worked-time.ts';

const at = (date: Date): RawBuilder<Date> => raw<Date>`cast(${date} as timestamptz)`;
const active = raw.join(ACTIVE_STATES.map((state) => raw.lit(state)));

/**
 * Every state of a run in which a worker had it and that reaches into the period, clipped to it; one that lasts goes until now. Runs are
 * chosen before their history is read, by the indexes on those that are open and those that ended since.
 */
function worked({ since, until }: Span, now: Date): RawBuilder<unknown> {
  const end = until < now ? until : now;
  return raw`
    select s.run_id, s.state_version, s.state, s.run_type, s.stack_id, s.stack_name, s.pool_id, s.pool_name, s.is_public, greatest(s.at, ${at(since)}) as at,
      cast(extract(epoch from (least(s.until, ${at(end)}) - greatest(s.at, ${at(since)}))) * 1000 as bigint) as ms
    from (
      select h.run_id, h.state_version, h.state, h.at, lead(h.at, 1, ${at(now)}) over (partition by h.run_id order by h.state_version) as until,
        r.type as run_type, r.stack_id, k.name as stack_name, p.id as pool_id, p.name as pool_name, coalesce(p.is_shared, true) as is_public
      from runs r
      join run_history h on h.run_id = r.id
      join stacks k on k.id = r.stack_id
      left join worker_pools p on p.id = r.worker_pool_id
      where (r.finished_at is null or r.finished_at >= ${at(since)}) and r.created_at < ${at(end)}
      union all
      select g.run_id, g.state_version, g.state, g.at, g.until, g.run_type, g.stack_id, g.stack_name, g.pool_id, g.pool_name, g.is_public
      from gone_run_states g
      where g.until >= ${at(since)}
    ) s
    where s.state in (${active}) and s.at < ${at(end)} and s.until > ${at(since)}`;
}

/** What workers did in a period, by kind of run and state. */
export async function workedTime(sql: Sql, span: Span, now: Date): Promise<readonly WorkedTime[]> {
  const { rows } = await raw<{ run_type: string; state: string; is_public: boolean; runs: number; ms: number }>`
    select run_type, state, is_public, count(distinct run_id) as runs, cast(sum(ms) as bigint) as ms from (${worked(span, now)}) w
    group by run_type, state, is_public order by run_type, state, is_public`.execute(sql);
  return rows.map((row) => ({ type: row.run_type, state: row.state, isPublic: row.is_public, runs: Number(row.runs), ms: Number(row.ms) }));
}

/** How many runs workers had in a period. */
export async function countWorkedRuns(sql: Sql, span: Span, now: Date): Promise<number> {
  const { rows } = await raw<{ runs: number }>`select count(distinct run_id) as runs from (${worked(span, now)}) w`.execute(sql);
  return Number(rows[0]?.runs ?? 0);
}

interface WorkedRunRow {
  readonly run_id: string;
  readonly state_version: number;
  readonly state: string | null;
  readonly at: Date;
  readonly ms: number;
  readonly run_type: string;
  readonly stack_id: string;
  readonly stack_name: string;
  readonly pool_id: string | null;
  readonly pool_name: string | null;
  readonly is_public: boolean;
}

interface WorkedRunsPage {
  readonly items: readonly WorkedRun[];
  /** Where the next page begins; absent on the last. */
  readonly next?: PageStart;
}

export interface PageStart {
  readonly at: Date;
  readonly runId: string;
  readonly stateVersion: number;
}

interface PageWanted {
  readonly by: 'state' | 'run';
  readonly after: PageStart | undefined;
  readonly limit: number;
  readonly now: Date;
}

/** A page of what workers did in a period, oldest first: by state, or a run as a whole. */
export async function workedRuns(sql: Sql, span: Span, page: PageWanted): Promise<WorkedRunsPage> {
  const { after, limit } = page;
  const parts = page.by === 'state' ? worked(span, page.now) : raw`
    select run_id, 0 as state_version, cast(null as text) as state, run_type, stack_id, stack_name, pool_id, pool_name, is_public, min(at) as at,
      cast(sum(ms) as bigint) as ms
    from (${worked(span, page.now)}) each
    group by run_id, run_type, stack_id, stack_name, pool_id, pool_name, is_public`;
  const place = after && raw`(${at(after.at)}, cast(${after.runId} as text), cast(${after.stateVersion} as integer))`;
  const beyond = place === undefined ? raw`` : raw`where (w.at, w.run_id, w.state_version) > ${place}`;
  const { rows } = await raw<WorkedRunRow>`select * from (${parts}) w ${beyond} order by w.at, w.run_id, w.state_version limit ${raw.lit(limit)}`.execute(sql);
  const items = rows.map((row): WorkedRun => ({
    runId: row.run_id, state: row.state, startedAt: row.at, ms: Number(row.ms), type: row.run_type, stackId: row.stack_id, stackName: row.stack_name,
    poolId: row.pool_id, poolName: row.pool_name, isPublic: row.is_public,
  }));
  const last = rows.at(-1);
  return last === undefined || rows.length < limit ? { items } : { items, next: { at: last.at, runId: last.run_id, stateVersion: Number(last.state_version) } };
}

/** Forgets what was done for stacks that are gone, after its time. */
export async function forgetGoneRuns(sql: Sql, before: Date): Promise<void> {
  await sql.deleteFrom('gone_run_states').where('until', '<', before).execute();
}
