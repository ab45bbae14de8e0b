import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { forbidden, unauthenticated } from '../../shared/errors.ts';
import { actorOf, findSessionById } from '../principal-store.ts';
import type { LoginResult } from '../login-result.ts';
import { loginOf, type Principal } from '../principal.ts';
import { insertKeySession, insertSession } from '../session-store.ts';
import { keySubject, LAST_USED_EVERY_MS, TOKEN_TTL_SECONDS, userSubject } from '../session.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'signer' | 'settings'>;

export interface OpenedSession {
  readonly id: string;
  readonly token: string;
  readonly validUntil: Date;
}

/** Writes a session of a user or key and signs the token that names it. */
export async function openSession(ports: Needs, principal: Principal, cookie: { readonly sha256: string; readonly expiresAt: Date } | null = null, loginResult: LoginResult | null = null): Promise<OpenedSession> {
  const now = ports.clock.now();
  const id = ports.ids.ulid();
  const sub = principal.kind === 'user' ? userSubject(principal.username) : keySubject(principal.username);
  const { token, expiresAt } = await ports.signer.sign({ sub, aud: ports.settings.baseUrl, sid: id }, TOKEN_TTL_SECONDS);
  const session = {
    id, actorKind: principal.kind, actorId: principal.id, login: loginOf(principal), cookieSha256: cookie?.sha256 ?? null, loginResult, createdAt: now, expiresAt: cookie?.expiresAt ?? expiresAt,
  };
  if (principal.kind === 'api_key') await insertKeySession(ports.db.sql, session, new Date(now.getTime() - LAST_USED_EVERY_MS));
  else await insertSession(ports.db.sql, session);
  return { id, token, validUntil: expiresAt };
}

/** A second session for who is signed in already, for instance for the command line by way of the browser. */
export async function openSessionFor(ports: Needs, actor: Actor): Promise<OpenedSession & { readonly actor: Actor }> {
  if (actor.sessionId === null) throw forbidden('only a person or a key that signed in can open another session');
  const found = await findSessionById(ports.db.sql, actor.sessionId, ports.clock.now());
  if (!found) throw unauthenticated();
  const opened = await openSession(ports, found.principal, null, found.loginResult);
  return { ...opened, actor: await actorOf(ports.db.sql, found.principal, { id: opened.id, remoteIp: actor.remoteIp }) };
}
