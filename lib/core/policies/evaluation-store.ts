import type { Insertable, Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { PolicyType } from '../ports/policy-engine.ts';
import type { Tables } from '../ports/tables.ts';
import { INPUT_DAYS, type Evaluation } from './evaluation.ts';

const DAY_MS = 86_400_000;

const toRow = (e: Evaluation): Insertable<Tables['policy_evaluations']> => ({
  id: e.id, policy_id: e.policyId, policy_ulid: e.policyUlid, policy_name: e.policyName, type: e.type, engine_type: e.engineType, outcome: e.outcome,
  messages: json(e.messages), flags: json(e.flags), result: e.result === null ? null : json(e.result), result_key: e.resultKey, error: e.error,
  body_sha256: e.bodySha256, input_sha256: e.inputSha256, input_kept: e.inputKept, sample_key: e.sampleKey, run_id: e.runId, state_version: e.stateVersion,
  stack_id: e.stackId, repository: e.repository, branch: e.branch, pull_request_id: e.pullRequestId, duration_ms: e.durationMs, created_at: e.createdAt,
});

const toEvaluation = (row: Selectable<Tables['policy_evaluations']>): Evaluation => ({
  id: row.id, policyId: row.policy_id, policyUlid: row.policy_ulid, policyName: row.policy_name, type: row.type as PolicyType, engineType: row.engine_type, outcome: row.outcome,
  messages: row.messages as readonly string[], flags: row.flags as readonly string[], result: row.result ?? null, resultKey: row.result_key, error: row.error,
  bodySha256: row.body_sha256, inputSha256: row.input_sha256, inputKept: row.input_kept, sampleKey: row.sample_key, runId: row.run_id, stateVersion: row.state_version,
  stackId: row.stack_id, repository: row.repository, branch: row.branch, pullRequestId: row.pull_request_id, durationMs: row.duration_ms, createdAt: row.created_at,
});

export async function insertEvaluations(sql: Sql, evaluations: readonly Evaluation[]): Promise<void> {
  if (evaluations.length > 0) await sql.insertInto('policy_evaluations').values(evaluations.map(toRow)).execute();
}

/** Receipts of some runs, oldest first. */
export async function receiptsOfRuns(sql: Sql, runIds: readonly string[], limit = 500): Promise<readonly Evaluation[]> {
  if (runIds.length === 0) return [];
  return (await sql.selectFrom('policy_evaluations').selectAll().where('run_id', 'in', runIds).orderBy('id').limit(limit).execute()).map(toEvaluation);
}

/** The newest evaluations about a stack that belong to no run. */
export async function evaluationsOfStack(sql: Sql, stackId: string, limit: number): Promise<readonly Evaluation[]> {
  return (await sql.selectFrom('policy_evaluations').selectAll().where('stack_id', '=', stackId).where('run_id', 'is', null).orderBy('id', 'desc').limit(limit).execute()).map(toEvaluation);
}

/** The newest samples of a policy. */
export async function samplesOf(sql: Sql, policyUlid: string, now: Date, limit = 100): Promise<readonly Evaluation[]> {
  const rows = await sql
    .selectFrom('policy_evaluations')
    .selectAll()
    .where('policy_ulid', '=', policyUlid)
    .where('sample_key', 'is not', null)
    .where('created_at', '>', new Date(now.getTime() - INPUT_DAYS * DAY_MS))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toEvaluation);
}

/** Whether a key is that of a sample of the policy. */
export async function isSampleOf(sql: Sql, policyUlid: string, key: string): Promise<boolean> {
  return (await sql.selectFrom('policy_evaluations').select('id').where('policy_ulid', '=', policyUlid).where('sample_key', '=', key).executeTakeFirst()) !== undefined;
}

/** What a replay repeats: evaluations of a policy whose input was kept, oldest first. */
export async function repeatable(sql: Sql, range: { readonly policyUlid: string; readonly since: Date; readonly afterId: string; readonly limit: number }): Promise<readonly Evaluation[]> {
  const rows = await sql
    .selectFrom('policy_evaluations')
    .selectAll()
    .where('policy_ulid', '=', range.policyUlid)
    .where('created_at', '>=', range.since)
    .where('id', '>', range.afterId)
    .where('input_kept', '=', true)
    .orderBy('id')
    .limit(range.limit)
    .execute();
  return rows.map(toEvaluation);
}

export async function countRepeatable(sql: Sql, policyUlid: string, since: Date): Promise<number> {
  const row = await sql
    .selectFrom('policy_evaluations')
    .select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('n'))
    .where('policy_ulid', '=', policyUlid)
    .where('created_at', '>=', since)
    .where('input_kept', '=', true)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Forgets evaluations that belong to no run; answers with the keys of their objects. */
export async function removeOldEvaluations(sql: Sql, now: Date): Promise<readonly string[]> {
  const rows = await sql
    .deleteFrom('policy_evaluations')
    .where('run_id', 'is', null)
    .where('created_at', '<', new Date(now.getTime() - INPUT_DAYS * DAY_MS))
    .returning('result_key')
    .execute();
  return rows.flatMap((row) => row.result_key ?? []);
}

/** What PLAN policies said of a run's latest plan; one that could not be asked denies. */
export async function planReceipts(sql: Sql, runId: string): Promise<{ readonly deny: readonly string[]; readonly warn: readonly string[] }> {
  const rows = await sql
    .selectFrom('policy_evaluations as e')
    .select(['e.result', 'e.messages', 'e.outcome', 'e.error', 'e.policy_name'])
    .where('e.run_id', '=', runId)
    .where('e.type', '=', 'PLAN')
    .where('e.state_version', '=', (q) => q.selectFrom('policy_evaluations as n').select((f) => f.fn.max('n.state_version').as('newest')).where('n.run_id', '=', runId).where('n.type', '=', 'PLAN'))
    .orderBy('e.id')
    .limit(100)
    .execute();
  const of = (rule: 'deny' | 'warn') => rows.flatMap((row) => {
    if (row.error !== null) return rule === 'deny' ? [`policy "${row.policy_name}" could not be evaluated: ${row.error}`] : [];
    const result = row.result as { readonly deny?: readonly string[]; readonly warn?: readonly string[] } | null | undefined;
    // A result too large for its row leaves the messages, in the order of the rules.
    return result === null || result === undefined ? (row.outcome === rule ? (row.messages as readonly string[]) : []) : (result[rule] ?? []);
  });
  return { deny: [...new Set(of('deny'))], warn: [...new Set(of('warn'))] };
}
