import type { Sql } from '../ports/database.ts';

/** Previews of a branch that no worker has begun: ids by the stacks that follow the repository. */
export async function waitingPreviews(sql: Sql, stackIds: readonly string[], branch: string): Promise<readonly string[]> {
  if (stackIds.length === 0) return [];
  const rows = await sql
    .selectFrom('runs')
    .select('id')
    .where('stack_id', 'in', stackIds)
    .where('type', '=', 'PROPOSED')
    .where('state', 'in', ['QUEUED', 'READY'])
    .where('branch', '=', branch)
    .where('local_workspace_id', 'is', null)
    .where('drift_detection', '=', false)
    .orderBy('id')
    .limit(1000)
    .execute();
  return rows.map((row) => row.id);
}
