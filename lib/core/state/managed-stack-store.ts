import type { Sql } from '../ports/database.ts';
import { isBlocking, type RunType } from '../runs/run-states.ts';

const BLOCKING_TYPES = (['PROPOSED', 'TRACKED', 'TASK', 'TESTING', 'DESTROY', 'PARSE'] as const satisfies readonly RunType[]).filter(isBlocking);

/** The oldest run of the stack that may change its state and has not ended. */
export async function openBlockingRun(sql: Sql, stackId: string): Promise<string | undefined> {
  const row = await sql.selectFrom('runs').select('id').where('stack_id', '=', stackId).where('type', 'in', BLOCKING_TYPES).where('finished_at', 'is', null).orderBy('id').limit(1).executeTakeFirst();
  return row?.id;
}

/** Who has locked the stack, kept so until the transaction ends. */
export async function holdStackLock(sql: Sql, stackId: string): Promise<{ readonly lockedBy: string | null } | undefined> {
  const row = await sql.selectFrom('stacks').select('locked_by').where('id', '=', stackId).forShare().executeTakeFirst();
  return row && { lockedBy: row.locked_by };
}
