import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { ACTIVE_STATES } from '../runs/run-states.ts';
import type { Span } from './periods.ts';

export interface Gauges {
  readonly hasRuns: boolean;
  readonly stacksByState: Readonly<Record<string, number>>;
  readonly drifted: number;
  readonly notDrifted: number;
}

/** Stacks by their state, and resources by whether they have drifted. */
export async function gauges(sql: Sql): Promise<Gauges> {
  const states = await sql
    .selectFrom('stacks')
    .select(['state', raw<number>`cast(count(*) as integer)`.as('n')])
    .groupBy('state')
    .orderBy('state')
    .limit(100)
    .execute();
  const { rows } = await raw<{ has_runs: boolean; drifted: number; steady: number }>`
    select exists (select 1 from runs) as has_runs,
      cast(count(*) filter (where drifted_at is not null) as integer) as drifted, cast(count(*) filter (where drifted_at is null) as integer) as steady
    from entities where kind = 'resource' and mode = 'managed'`.execute(sql);
  return {
    hasRuns: Boolean(rows[0]?.has_runs), stacksByState: Object.fromEntries(states.map(({ state, n }) => [state, n])),
    drifted: rows[0]?.drifted ?? 0, notDrifted: rows[0]?.steady ?? 0,
  };
}

export interface Durations {
  readonly averageSeconds: number;
  readonly medianSeconds: number;
}

/** How long workers had the runs that ended in a period; what a run waited, for people or for workers, is no part of it. */
export async function runDurations(sql: Sql, { since, until }: Span): Promise<Durations> {
  const active = raw.join(ACTIVE_STATES.map((state) => raw.lit(state)));
  const { rows } = await raw<{ average: number | null; median: number | null }>`
    select cast(avg(seconds) as double precision) as average, cast(percentile_cont(0.5) within group (order by seconds) as double precision) as median
    from (
      select run_id, sum(seconds) as seconds
      from (
        select h.run_id, h.state,
          cast(extract(epoch from (lead(h.at) over (partition by h.run_id order by h.state_version) - h.at)) as double precision) as seconds
        from runs r join run_history h on h.run_id = r.id
        where r.finished_at >= cast(${since} as timestamptz) and r.finished_at < cast(${until} as timestamptz)
      ) states
      where state in (${active}) group by run_id
    ) runs`.execute(sql);
  return { averageSeconds: rows[0]?.average ?? 0, medianSeconds: rows[0]?.median ?? 0 };
}
