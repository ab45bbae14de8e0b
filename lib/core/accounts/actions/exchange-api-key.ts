import { timingSafeEqual } from 'node:crypto';
import type { EvaluateNeeds } from '../../policies/actions/evaluate-policy.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { rateLimited, unauthenticated } from '../../shared/errors.ts';
import { sha256 } from '../../shared/text.ts';
import { insertAttempts } from '../login-attempt-store.ts';
import { withLogin } from '../principal.ts';
import { actorOf, findKeyForExchange } from '../principal-store.ts';
import { KEY_FAILURES } from '../session.ts';
import { askLoginPolicies } from './ask-login-policies.ts';
import { openSession } from './open-session.ts';
import { recordFailedLogin, recordLogin } from './record-login.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'signer' | 'settings'> & EvaluateNeeds;

export interface SignedIn {
  readonly token: string;
  readonly validUntil: Date;
  readonly actor: Actor;
}

const NO_SECRET = sha256('');
/** Ids of keys are short; what is longer names none and is not kept either. */
const MAX_ID_LENGTH = 256;

/** Trades an API key for a session's token. Clients do this at every start, so it is three statements and no slow hash. */
export async function exchangeApiKey(ports: Needs, input: { readonly id: string; readonly secret: string; readonly remoteIp: string | null }): Promise<SignedIn> {
  if (input.id.length > MAX_ID_LENGTH) throw unauthenticated();
  const now = ports.clock.now();
  const subject = `api-key:${input.id}`;
  const { key, failures } = await findKeyForExchange(ports.db.sql, input.id, subject, new Date(now.getTime() - KEY_FAILURES.withinMs), now);
  if (failures >= KEY_FAILURES.limit) throw rateLimited('too many failed attempts with this API key: try again in a minute');

  const expected = Buffer.from(key?.secretSha256 ?? NO_SECRET, 'hex');
  const matches = timingSafeEqual(expected, Buffer.from(sha256(input.secret), 'hex'));
  if (!matches || !key || key.secretSha256 === null) {
    await insertAttempts(ports.db.sql, [{ id: ports.ids.ulid(), subject }], now);
    await recordFailedLogin(ports, input.id, input.remoteIp);
    throw unauthenticated();
  }

  const result = await askLoginPolicies(ports, key.principal, input.remoteIp).catch(async (error: unknown) => {
    await recordFailedLogin(ports, input.id, input.remoteIp);
    throw error;
  });
  const session = await openSession(ports, key.principal, null, result);
  const actor = await actorOf(ports.db.sql, withLogin(key.principal, result), { id: session.id, remoteIp: input.remoteIp });
  await recordLogin(ports, actor, session.id);
  return { token: session.token, validUntil: session.validUntil, actor };
}
