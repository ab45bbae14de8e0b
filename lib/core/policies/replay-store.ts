import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { PolicyType } from '../ports/policy-engine.ts';
import type { Tables } from '../ports/tables.ts';
import type { PolicyEngineType } from './policy.ts';
import type { Replay, ReplayFlip, ReplayStatus } from './replay.ts';

const toReplay = (row: Selectable<Tables['policy_replays']>): Replay => ({
  id: row.id, policyId: row.policy_id, policyUlid: row.policy_ulid, type: row.type as PolicyType, engineType: row.engine_type as PolicyEngineType, bodyKey: row.body_key,
  since: row.since, status: row.status as ReplayStatus, done: row.done, total: row.total, lastId: row.last_id, createdBy: row.created_by, createdAt: row.created_at,
});

export async function insertReplay(sql: Sql, replay: Replay): Promise<void> {
  await sql
    .insertInto('policy_replays')
    .values({
      id: replay.id, policy_id: replay.policyId, policy_ulid: replay.policyUlid, type: replay.type, engine_type: replay.engineType, body_key: replay.bodyKey, since: replay.since,
      status: replay.status, done: replay.done, total: replay.total, last_id: replay.lastId, created_by: replay.createdBy, created_at: replay.createdAt,
    })
    .execute();
}

export async function findReplay(sql: Sql, id: string): Promise<Replay | undefined> {
  const row = await sql.selectFrom('policy_replays').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toReplay(row);
}

export async function flipsOf(sql: Sql, replayId: string, limit = 1000): Promise<readonly ReplayFlip[]> {
  const rows = await sql.selectFrom('policy_replay_flips').selectAll().where('replay_id', '=', replayId).orderBy('evaluation_id').limit(limit).execute();
  return rows.map((row) => ({ evaluationId: row.evaluation_id, input: row.input, runId: row.run_id, old: row.old, new: row.new }));
}

/** Writes one part's results, if nobody did so before; false then. */
export async function saveProgress(sql: Sql, replay: Replay, progress: { readonly done: number; readonly lastId: string; readonly status: ReplayStatus; readonly flips: readonly ReplayFlip[] }): Promise<boolean> {
  const result = await sql
    .updateTable('policy_replays')
    .set({ done: progress.done, last_id: progress.lastId, status: progress.status })
    .where('id', '=', replay.id)
    .where('last_id', '=', replay.lastId)
    .where('status', '=', 'RUNNING')
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) return false;
  const rows = progress.flips.map((flip) => ({ replay_id: replay.id, evaluation_id: flip.evaluationId, input: flip.input, run_id: flip.runId, old: flip.old, new: flip.new }));
  if (rows.length > 0) await sql.insertInto('policy_replay_flips').values(rows).onConflict((clash) => clash.doNothing()).execute();
  return true;
}

/** Forgets replays that are old; answers with the keys of their bodies. */
export async function removeOldReplays(sql: Sql, before: Date): Promise<readonly string[]> {
  return (await sql.deleteFrom('policy_replays').where('created_at', '<', before).returning('body_key').execute()).map((row) => row.body_key);
}
