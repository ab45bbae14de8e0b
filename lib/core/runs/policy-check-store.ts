import type { Insertable, Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import type { Asked, PolicyCheck } from './policy-check.ts';
import type { RunState } from './run-states.ts';

const toCheck = (row: Selectable<Tables['run_policy_checks']>): PolicyCheck => ({
  runId: row.run_id,
  stateVersion: row.state_version,
  approval: row.approval as PolicyCheck['approval'],
  orphaned: row.orphaned,
  asked: row.asked as readonly Asked[],
  missing: row.missing as readonly string[],
  notes: row.notes as readonly string[],
  lastReview: row.last_review,
  checkedAt: row.checked_at,
});

export async function findChecks(sql: Sql, runIds: readonly string[]): Promise<ReadonlyMap<string, PolicyCheck>> {
  if (runIds.length === 0) return new Map();
  const rows = await sql.selectFrom('run_policy_checks').selectAll().where('run_id', 'in', runIds).limit(1000).execute();
  return new Map(rows.map((row) => [row.run_id, toCheck(row)]));
}

export const findCheck = async (sql: Sql, runId: string): Promise<PolicyCheck | undefined> => (await findChecks(sql, [runId])).get(runId);

/** Writes the check in place of the one before. */
export async function saveCheck(sql: Sql, check: PolicyCheck): Promise<void> {
  const { run_id, ...columns }: Insertable<Tables['run_policy_checks']> = {
    run_id: check.runId, state_version: check.stateVersion, approval: check.approval, orphaned: check.orphaned, asked: json(check.asked), missing: json(check.missing), notes: json(check.notes),
    last_review: check.lastReview, checked_at: check.checkedAt,
  };
  await sql.insertInto('run_policy_checks').values({ run_id, ...columns }).onConflict((clash) => clash.column('run_id').doUpdateSet(columns)).execute();
}

/** Holds the run's row for the rest of the transaction; false when it has left the state, or another review has come in. */
export async function holdUnreviewed(sql: Sql, run: { readonly id: string; readonly stateVersion: number }, lastReview: string | null): Promise<boolean> {
  const row = await sql.selectFrom('runs').select('id').where('id', '=', run.id).where('state_version', '=', run.stateVersion).forUpdate().executeTakeFirst();
  if (row === undefined) return false;
  const newest = await sql.selectFrom('run_reviews').select('id').where('run_id', '=', run.id).orderBy('id', 'desc').limit(1).executeTakeFirst();
  return (newest?.id ?? null) === lastReview;
}

export interface WaitingRun {
  readonly id: string;
  readonly stackId: string;
  readonly state: RunState;
  readonly stateVersion: number;
}

const HELD: readonly RunState[] = ['QUEUED', 'READY', 'UNCONFIRMED', 'PENDING_REVIEW'];

/** Runs that policies may hold, of one stack or of all, oldest first. */
export async function heldRuns(sql: Sql, stackId: string | undefined, limit = 1000): Promise<readonly WaitingRun[]> {
  let query = sql.selectFrom('runs').select(['id', 'stack_id', 'state', 'state_version']).where('finished_at', 'is', null).where('state', 'in', HELD).orderBy('id').limit(limit);
  if (stackId !== undefined) query = query.where('stack_id', '=', stackId);
  return (await query.execute()).map((row) => ({ id: row.id, stackId: row.stack_id, state: row.state as RunState, stateVersion: row.state_version }));
}

/** Runs that wait for people though nobody asked their approval policies yet, as after a lost message. */
export async function uncheckedRuns(sql: Sql, limit = 200): Promise<readonly WaitingRun[]> {
  const rows = await sql
    .selectFrom('runs')
    .leftJoin('run_policy_checks as c', (join) => join.onRef('c.run_id', '=', 'runs.id').onRef('c.state_version', '=', 'runs.state_version'))
    .select(['runs.id', 'runs.stack_id', 'runs.state', 'runs.state_version'])
    .where('runs.finished_at', 'is', null)
    .where('runs.state', 'in', ['UNCONFIRMED', 'PENDING_REVIEW'])
    .where('c.run_id', 'is', null)
    .where((e) => e.exists(e.selectFrom('policies').select('policies.id').where('policies.type', '=', 'APPROVAL')))
    .orderBy('runs.id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ id: row.id, stackId: row.stack_id, state: row.state as RunState, stateVersion: row.state_version }));
}

/** The roles that the owner of a session holds in some spaces. */
export async function rolesOfSession(sql: Sql, sessionId: string, spaceIds: readonly string[]): Promise<readonly { readonly ulid: string; readonly slug: string; readonly name: string }[]> {
  const rows = await sql
    .selectFrom('sessions as s')
    .innerJoin('role_bindings as b', (join) => join.onRef('b.actor_type', '=', 's.actor_kind').onRef('b.actor_id', '=', 's.actor_id'))
    .innerJoin('roles as r', 'r.id', 'b.role_id')
    .select(['r.id', 'r.slug', 'r.name'])
    .distinct()
    .where('s.id', '=', sessionId)
    .where('b.space_id', 'in', spaceIds)
    .orderBy('r.slug')
    .limit(100)
    .execute();
  return rows.map((row) => ({ ulid: row.id, slug: row.slug, name: row.name }));
}
