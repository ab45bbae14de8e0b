import type { Insertable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import { rowsIf } from '../shared/guarded-store.ts';
import type { ReviewDecision, RunComment, RunReview } from './run-discussion.ts';
import { toRun } from './run-rows-store.ts';
import type { RunState } from './run-states.ts';
import { TERMINAL_STATES } from './run-states.ts';
import type { Priority, Run } from './run.ts';

type AuditRow = Insertable<Tables['audit']>;

export async function insertComment(sql: Sql, comment: RunComment, audit: AuditRow): Promise<void> {
  const audited = rowsIf('comment', [audit]);
  await sql
    .with('comment', (q) => q.insertInto('run_comments').values({ id: comment.id, run_id: comment.runId, username: comment.username, body: comment.body, created_at: comment.createdAt }).returning('id'))
    .with('audited', (q) => q.insertInto('audit').columns(audited.columns).expression(audited.values))
    .selectFrom('comment')
    .select('id')
    .execute();
}

/** Oldest first. */
export async function listComments(sql: Sql, runId: string): Promise<readonly RunComment[]> {
  // 40 comments of the greatest length fit into the answer of the strictest driver.
  const rows = await sql.selectFrom('run_comments').selectAll().where('run_id', '=', runId).orderBy('id', 'desc').limit(40).execute();
  return rows.reverse().map((row) => ({ id: row.id, runId: row.run_id, username: row.username, body: row.body, createdAt: row.created_at }));
}

/** Which of these runs have comments, so that a list reads only theirs. */
export async function commentedRuns(sql: Sql, runIds: readonly string[]): Promise<readonly string[]> {
  if (runIds.length === 0) return [];
  return (await sql.selectFrom('run_comments').select('run_id').distinct().where('run_id', 'in', runIds).execute()).map((row) => row.run_id);
}

/** Adds the review if the run still is in the state it was read in; false otherwise. */
export async function insertReview(sql: Sql, review: RunReview, audit: AuditRow): Promise<boolean> {
  const row = {
    id: review.id,
    run_id: review.runId,
    state: review.state,
    state_version: review.stateVersion,
    author: review.author,
    decision: review.decision,
    note: review.note,
    session: review.session === null ? null : json(review.session),
    author_roles: json(review.authorRoles),
    created_at: review.createdAt,
  };
  const reviews = rowsIf('target', [row]);
  const audited = rowsIf('target', [audit]);
  const found = await sql
    .with('target', (q) => q.selectFrom('runs').select('id').where('id', '=', review.runId).where('state_version', '=', review.stateVersion).forUpdate())
    .with('review', (q) => q.insertInto('run_reviews').columns(reviews.columns).expression(reviews.values))
    .with('audited', (q) => q.insertInto('audit').columns(audited.columns).expression(audited.values))
    .selectFrom('target')
    .select('id')
    .executeTakeFirst();
  return found !== undefined;
}

/** Newest first. */
export async function listReviews(sql: Sql, runId: string): Promise<readonly RunReview[]> {
  const rows = await sql.selectFrom('run_reviews').selectAll().where('run_id', '=', runId).orderBy('id', 'desc').limit(100).execute();
  return rows.map((row) => ({
    id: row.id,
    runId: row.run_id,
    state: row.state as RunState,
    stateVersion: row.state_version,
    author: row.author,
    decision: row.decision as ReviewDecision,
    note: row.note,
    session: (row.session ?? null) as RunReview['session'],
    authorRoles: row.author_roles as RunReview['authorRoles'],
    createdAt: row.created_at,
  }));
}

/** Sets the priority of a run that has not ended; undefined when it has. */
export async function setPriority(sql: Sql, runId: string, priority: Priority, audit: AuditRow): Promise<Run | undefined> {
  const audited = rowsIf('prioritized', [audit]);
  const row = await sql
    .with('prioritized', (q) => q.updateTable('runs').set({ priority }).where('id', '=', runId).where('state', 'not in', [...TERMINAL_STATES]).returningAll())
    .with('audited', (q) => q.insertInto('audit').columns(audited.columns).expression(audited.values))
    .selectFrom('prioritized')
    .selectAll()
    .executeTakeFirst();
  return row === undefined ? undefined : toRun(row);
}
