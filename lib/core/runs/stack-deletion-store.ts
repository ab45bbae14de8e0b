import type { Sql } from '../ports/database.ts';
import { TERMINAL_STATES } from './run-states.ts';

/** A stack that is to go. */
export interface PendingDeletion {
  readonly stackId: string;
  readonly destroyResources: boolean;
  readonly by: string;
}

type Row = { readonly id: string; readonly deletion_destroys: boolean | null; readonly deletion_by: string | null };

const toDeletion = (row: Row): PendingDeletion => ({ stackId: row.id, destroyResources: row.deletion_destroys ?? true, by: row.deletion_by ?? '' });

/** The deletion that may have waited for this run, which has ended. One statement, for it is asked after every step of a run. */
export async function deletionBehind(sql: Sql, runId: string): Promise<PendingDeletion | undefined> {
  const row = await sql
    .selectFrom('runs')
    .innerJoin('stacks', 'stacks.id', 'runs.stack_id')
    .select(['stacks.id', 'stacks.deletion_destroys', 'stacks.deletion_by'])
    .where('runs.id', '=', runId)
    .where('runs.state', 'in', [...TERMINAL_STATES])
    .where('stacks.deleting', '=', true)
    .where('stacks.deletion_destroys', 'is not', null)
    .executeTakeFirst();
  return row && toDeletion(row);
}

/** Stacks that are to go and that no destruction is on its way for. */
export async function stacksToEnd(sql: Sql, limit: number): Promise<readonly PendingDeletion[]> {
  const rows = await sql
    .selectFrom('stacks')
    .select(['id', 'deletion_destroys', 'deletion_by'])
    .where('deleting', '=', true)
    .where('deletion_destroys', 'is not', null)
    .where((eb) => eb.not(eb.exists(eb.selectFrom('runs').select('runs.id').whereRef('runs.stack_id', '=', 'stacks.id').where('runs.type', '=', 'DESTROY').where('runs.finished_at', 'is', null))))
    .orderBy('updated_at')
    .limit(limit)
    .execute();
  return rows.map(toDeletion);
}
