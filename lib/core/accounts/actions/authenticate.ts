import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { sha256 } from '../../shared/text.ts';
import { actorOf, findSessionByCookie, findSessionById, type FoundSession } from '../principal-store.ts';
import { touchSession } from '../session-store.ts';
import { isIdle, keySubject, LAST_USED_EVERY_MS, userSubject } from '../session.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'signer' | 'settings'>;

export interface Credentials {
  /** Token of the `authorization` header, without the word Bearer. */
  readonly bearer?: string;
  /** Value of the browser's session cookie. */
  readonly cookie?: string;
  readonly remoteIp: string | null;
}

/** Who sends a request, with what they may do; undefined without a live session. The token is checked here, the session by one statement. */
export async function authenticate(ports: Needs, credentials: Credentials): Promise<Actor | undefined> {
  const found = await findLiveSession(ports, credentials);
  if (!found) return undefined;

  const { principal } = found;
  const now = ports.clock.now();
  if (found.lastUsedAt === null || now.getTime() - found.lastUsedAt.getTime() >= LAST_USED_EVERY_MS) {
    await touchSession(ports.db.sql, found.id, principal.kind === 'api_key' ? principal.id : null, now);
  }
  return actorOf(ports.db.sql, principal, { id: found.id, remoteIp: credentials.remoteIp });
}

async function findLiveSession(ports: Needs, { bearer, cookie }: Credentials): Promise<FoundSession | undefined> {
  const now = ports.clock.now();
  if (bearer !== undefined && bearer !== '') {
    const claims = await ports.signer.verify(bearer, ports.settings.baseUrl);
    if (typeof claims?.sid !== 'string') return undefined;
    const found = await findSessionById(ports.db.sql, claims.sid, now);
    if (!found) return undefined;
    const { kind, username } = found.principal;
    return claims.sub === (kind === 'user' ? userSubject(username) : keySubject(username)) ? found : undefined;
  }
  if (cookie === undefined || cookie === '') return undefined;
  const found = await findSessionByCookie(ports.db.sql, sha256(cookie), now);
  return found && !isIdle(found, now) ? found : undefined;
}
