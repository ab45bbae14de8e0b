import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { toRun } from './run-rows-store.ts';
import type { RunType } from './run-states.ts';
import type { Run } from './run.ts';

export const RUNS_PAGE = 50;

export interface RunListing {
  readonly types: readonly RunType[];
  /** Id of the last run of the previous page. */
  readonly before?: string | null;
  readonly limit?: number;
  /** Drift detection is left out of a stack's lists unless asked for. */
  readonly withDrift?: boolean;
}

/** The query for runs of a stack, newest first: whole, or a part of a larger statement. */
export function listQuery(sql: Sql, stackId: string, listing: RunListing) {
  let query = sql.selectFrom('runs').selectAll().where('stack_id', '=', stackId).where('type', 'in', [...listing.types]).orderBy('id', 'desc').limit(listing.limit ?? RUNS_PAGE);
  if (listing.withDrift !== true) query = query.where('drift_detection', '=', false);
  if (listing.before) query = query.where('id', '<', listing.before);
  return query;
}

/** Runs of a stack, newest first. */
export async function listRuns(sql: Sql, stackId: string, listing: RunListing): Promise<readonly Run[]> {
  return (await listQuery(sql, stackId, listing).execute()).map(toRun);
}

/** The lists of a stack by what they are called: `runs` is what deploys or destroys, reconciliation of drift included. */
export const STACK_LISTS = {
  runs: { types: ['TRACKED', 'DESTROY'], withDrift: true },
  proposedRuns: { types: ['PROPOSED'] },
  tasks: { types: ['TASK'] },
} as const satisfies Record<string, RunListing>;
export type StackListName = keyof typeof STACK_LISTS;

export const listTrackedRuns = (sql: Sql, stackId: string, before?: string | null) => listRuns(sql, stackId, { ...STACK_LISTS.runs, before });
export const listProposedRuns = (sql: Sql, stackId: string, before?: string | null) => listRuns(sql, stackId, { ...STACK_LISTS.proposedRuns, before });

/** Several runs in one statement, in no order; those that are missing are absent. */
export async function findRuns(sql: Sql, ids: readonly string[]): Promise<readonly Run[]> {
  if (ids.length === 0) return [];
  return (await sql.selectFrom('runs').selectAll().where('id', 'in', ids).execute()).map(toRun);
}

export async function newestTrackedRun(sql: Sql, stackId: string): Promise<Run | undefined> {
  const row = await sql.selectFrom('runs').selectAll().where('stack_id', '=', stackId).where('type', '=', 'TRACKED').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row && toRun(row);
}

/** Stack id → id of its newest tracked run. */
export async function newestTrackedRunIds(sql: Sql, stackIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (stackIds.length === 0) return new Map();
  const rows = await sql
    .selectFrom('runs')
    .select(['stack_id', raw<string>`max(id)`.as('id')])
    .where('stack_id', 'in', stackIds)
    .where('type', '=', 'TRACKED')
    .groupBy('stack_id')
    .execute();
  return new Map(rows.map((row) => [row.stack_id, row.id]));
}

/** The tracked run of the same stack before this one. */
export async function previousTrackedRun(sql: Sql, run: Pick<Run, 'id' | 'stackId'>): Promise<Run | undefined> {
  const row = await sql.selectFrom('runs').selectAll().where('stack_id', '=', run.stackId).where('type', '=', 'TRACKED').where('id', '<', run.id).orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row && toRun(row);
}

/** The newest preview of a commit; drift detection and local previews are about something else. */
export async function proposedRunOfCommit(sql: Sql, stackId: string, hash: string): Promise<Run | undefined> {
  const row = await sql
    .selectFrom('runs')
    .selectAll()
    .where('stack_id', '=', stackId)
    .where('type', '=', 'PROPOSED')
    .where(raw<string>`commit_info ->> 'hash'`, '=', hash)
    .where('drift_detection', '=', false)
    .where('local_workspace_id', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toRun(row);
}

export async function runOfDedupKey(sql: Sql, stackId: string, dedupKey: string): Promise<Run> {
  return toRun(await sql.selectFrom('runs').selectAll().where('stack_id', '=', stackId).where('dedup_key', '=', dedupKey).executeTakeFirstOrThrow());
}

/** Older previews of the same branch that have not ended and that an event of the repository made. */
export async function openPreviewsOfBranch(sql: Sql, newer: Run): Promise<readonly Run[]> {
  const rows = await sql
    .selectFrom('runs')
    .selectAll()
    .where('stack_id', '=', newer.stackId)
    .where('type', '=', 'PROPOSED')
    .where('branch', '=', newer.branch)
    .where('id', '<', newer.id)
    .where('finished_at', 'is', null)
    .where('triggered_by', 'is', null)
    .where('drift_detection', '=', false)
    .where('local_workspace_id', 'is', null)
    .orderBy('id')
    .limit(100)
    .execute();
  return rows.map(toRun);
}

/** Runs of a stack that have not ended, oldest first. */
export async function openRuns(sql: Sql, stackId: string, limit = 1000): Promise<readonly Run[]> {
  const rows = await sql.selectFrom('runs').selectAll().where('stack_id', '=', stackId).where('finished_at', 'is', null).orderBy('id').limit(limit).execute();
  return rows.map(toRun);
}

/** Stacks with runs in the queue, by the age of their oldest. */
export async function stacksWithQueuedRuns(sql: Sql, limit: number): Promise<readonly string[]> {
  const rows = await sql.selectFrom('runs').select(['stack_id', raw<string>`min(id)`.as('oldest')]).where('state', '=', 'QUEUED').groupBy('stack_id').orderBy('oldest').limit(limit).execute();
  return rows.map((row) => row.stack_id);
}

/** The newest destruction of a stack. */
export async function newestDestruction(sql: Sql, stackId: string): Promise<Run | undefined> {
  const row = await sql.selectFrom('runs').selectAll().where('stack_id', '=', stackId).where('type', '=', 'DESTROY').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row && toRun(row);
}
