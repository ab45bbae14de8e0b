import type { Ports } from '../../ports/ports.ts';
import type { VerifiedClaims } from '../../ports/signer.ts';
import type { Actor } from '../../shared/actor.ts';
import { sha256 } from '../../shared/text.ts';
import { findCallingRun, findSessionByCookie, findSessionById, runActorOf } from '../principal-store.ts';
import { toActor } from '../principal.ts';
import { isIdle, keySubject, runOfSubject, userSubject } from '../session.ts';

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
  return found && !isIdle(found, now) ? toActor(found.principal, found.spaces, { id: found.id, remoteIp }) : undefined;
}

async function sessionOfToken(ports: Needs, claims: VerifiedClaims, remoteIp: string | null): Promise<Actor | undefined> {
  if (typeof claims.sid !== 'string') return undefined;
  const found = await findSessionById(ports.db.sql, claims.sid, ports.clock.now());
  if (!found) return undefined;
  const { kind, username } = found.principal;
  return claims.sub === (kind === 'user' ? userSubject(username) : keySubject(username)) ? toActor(found.principal, found.spaces, { id: found.id, remoteIp }) : undefined;
}

/** The token of a run's own handover: it has no session and dies with what it was made for. */
async function callingRun(ports: Needs, runId: string, { stack, lease }: VerifiedClaims, remoteIp: string | null): Promise<Actor | undefined> {
  if (typeof stack !== 'string' || typeof lease !== 'number' || !Number.isSafeInteger(lease)) return undefined;
  const run = await findCallingRun(ports.db.sql, { runId, stackId: stack, lease });
  return run && runActorOf(ports.db.sql, run, remoteIp);
}
