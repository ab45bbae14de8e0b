import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Session } from './session.ts';

export async function insertSession(sql: Sql, session: Session): Promise<void> {
  await sql.insertInto('sessions').values(toRow(session)).execute();
}

function toRow(session: Session) {
  return {
    id: session.id,
    actor_kind: session.actorKind,
    actor_id: session.actorId,
    login: session.login,
    cookie_sha256: session.cookieSha256,
    login_result: session.loginResult === null ? null : json(session.loginResult),
    created_at: session.createdAt,
    last_used_at: session.createdAt,
    expires_at: session.expiresAt,
    ended_at: null,
  };
}

/** Opens a key's session and notes the use of the key, if the last note is older than `unlessUsedSince`. */
export async function insertKeySession(sql: Sql, session: Session, unlessUsedSince: Date): Promise<void> {
  await sql
    .with('used', (q) =>
      q
        .updateTable('api_keys')
        .set({ last_used_at: session.createdAt })
        .where('id', '=', session.actorId)
        .where((e) => e.or([e('last_used_at', 'is', null), e('last_used_at', '<', unlessUsedSince)]))
        .returning('id'),
    )
    .insertInto('sessions')
    .values(toRow(session))
    .execute();
}

export async function endSession(sql: Sql, id: string, now: Date): Promise<void> {
  await sql.updateTable('sessions').set({ ended_at: now }).where('id', '=', id).where('ended_at', 'is', null).execute();
}

/** Ends every session of a user or key, except one. */
export async function endSessionsOf(sql: Sql, kind: Session['actorKind'], actorId: string, now: Date, except: string | null = null): Promise<void> {
  let query = sql.updateTable('sessions').set({ ended_at: now }).where('actor_kind', '=', kind).where('actor_id', '=', actorId).where('ended_at', 'is', null);
  if (except !== null) query = query.where('id', '<>', except);
  await query.execute();
}

/** Forgets sessions and tries to sign in that no longer matter. */
export async function removeOldSessions(sql: Sql, before: Date): Promise<void> {
  await sql.deleteFrom('sessions').where((e) => e.or([e('expires_at', '<', before), e('ended_at', '<', before)])).execute();
  await sql.deleteFrom('login_attempts').where('at', '<', before).execute();
}
