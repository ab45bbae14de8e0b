import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { countSeats } from '../accounts/seat-store.ts';
import type { StandingCounts } from './usage-report.ts';

/** What there is now, in numbers. */
export async function standingCounts(sql: Sql, now: Date): Promise<StandingCounts> {
  const all = raw<number>`cast(count(*) as integer)`;
  const row = await sql
    .selectNoFrom((eb) => [
      eb.selectFrom('users').select(all.as('n')).as('people'),
      eb.selectFrom('api_keys').select(all.as('n')).where('deleted_at', 'is', null).as('api_keys'),
      eb.selectFrom('spaces').select(all.as('n')).as('spaces'),
      eb.selectFrom('worker_pools').select(all.as('n')).where('deleted_at', 'is', null).as('worker_pools'),
      eb.selectFrom('workers').select(all.as('n')).as('workers'),
      eb.selectFrom('policies').select(all.as('n')).as('policies'),
      eb.selectFrom('entities').select(all.as('n')).where('kind', '=', 'resource').where('mode', '=', 'managed').as('resources'),
    ])
    .executeTakeFirstOrThrow();
  const count = (n: number | null): number => n ?? 0;
  return {
    seats: await countSeats(sql, now), people: count(row.people), apiKeys: count(row.api_keys), spaces: count(row.spaces), workerPools: count(row.worker_pools),
    workers: count(row.workers), policies: count(row.policies), resources: count(row.resources), stacks: await stackCounts(sql),
  };
}

async function stackCounts(sql: Sql): Promise<StandingCounts['stacks']> {
  const { rows } = await raw<{ tool: string; total: number; disabled: number; managed: number }>`
    select tool, cast(count(*) as integer) as total, cast(count(*) filter (where is_disabled) as integer) as disabled,
      cast(count(*) filter (where manage_state) as integer) as managed
    from (select coalesce(vendor_config ->> 'workflowTool', 'OTHER') as tool, is_disabled, manage_state from stacks) s
    group by tool order by tool limit 20`.execute(sql);
  const sum = (field: 'total' | 'disabled' | 'managed') => rows.reduce((all, row) => all + row[field], 0);
  const byTool = Object.fromEntries(rows.map(({ tool, total }) => [tool, total]));
  return { total: sum('total'), disabled: sum('disabled'), managedState: sum('managed'), byTool };
}
