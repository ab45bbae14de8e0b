import type { Ports } from '../../ports/ports.ts';
import type { VerifiedClaims } from '../../ports/signer.ts';
import type { Actor } from '../../shared/actor.ts';
import { sha256 } from '../../shared/text.ts';
import { actorOf, findCallingRun, findSessionByCookie, findSessionById, runActorOf, type FoundSession } from '../principal-store.ts';
import { touchSession } from '../session-store.ts';
import { isIdle, keySubject, LAST_USED_EVERY_MS, runOfSubject, userSubject } from '../session.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'signer' | 'settings'>;

export interface Credentials {
  /** Token of the `authorization` header, without the word Bearer. */
  readonly bearer?: string;
  /** Value of the browser's session cookie. */
  readonly cookie?: string;
  readonly remoteIp: string | null;
}

/** Who sends a request, with what they may do; undefined without a live session. The token is checked here, what it names by one statement. */
export async function authenticate(ports: Needs, { bearer, cookie, remoteIp }: Credentials): Promise<Actor | undefined> {
  if (bearer !== undefined && bearer !== '') {
    const claims = await ports.signer.verify(bearer, ports.settings.baseUrl);
    if (claims === undefined) return undefined;
    const runId = runOfSubject(claims.sub);
    return runId === undefined ? sessionOfToken(ports, claims, remoteIp) : callingRun(ports, runId, claims, remoteIp);
  }
  if (cookie === undefined || cookie === '') return undefined;
  const now = ports.clock.now();
  const found = await findSessionByCookie(ports.db.sql, sha256(cookie), now);
  return found && !isIdle(found, now) ? inUse(ports, found, remoteIp) : undefined;
}

async function sessionOfToken(ports: Needs, claims: VerifiedClaims, remoteIp: string | null): Promise<Actor | undefined> {
  if (typeof claims.sid !== 'string') return undefined;
  const found = await findSessionById(ports.db.sql, claims.sid, ports.clock.now());
  if (!found) return undefined;
  const { kind, username } = found.principal;
  return claims.sub === (kind === 'user' ? userSubject(username) : keySubject(username)) ? inUse(ports, found, remoteIp) : undefined;
}

async function inUse(ports: Needs, found: FoundSession, remoteIp: string | null): Promise<Actor> {
  const { principal } = found;
  const now = ports.clock.now();
  if (found.lastUsedAt === null || now.getTime() - found.lastUsedAt.getTime() >= LAST_USED_EVERY_MS) {
    await touchSession(ports.db.sql, found.id, principal.kind === 'api_key' ? principal.id : null, now);
  }
  return actorOf(ports.db.sql, principal, { id: found.id, remoteIp });
}

/** The token of a run's own handover: it has no session and dies with what it was made for. */
async function callingRun(ports: Needs, runId: string, { stack, lease }: VerifiedClaims, remoteIp: string | null): Promise<Actor | undefined> {
  if (typeof stack !== 'string' || typeof lease !== 'number' || !Number.isSafeInteger(lease)) return undefined;
  const run = await findCallingRun(ports.db.sql, { runId, stackId: stack, lease });
  return run && runActorOf(ports.db.sql, run, remoteIp);
}
