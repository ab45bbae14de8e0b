import type { Ports } from '../../ports/ports.ts';
import { rateLimited, unauthenticated } from '../../shared/errors.ts';
import { sha256 } from '../../shared/text.ts';
import { insertAttempts, isOverLimit, removeAttempts } from '../login-attempt-store.ts';
import { matchesPassword } from '../password.ts';
import { actorOf } from '../principal-store.ts';
import type { Principal } from '../principal.ts';
import { COOKIE_ABSOLUTE_MS, PASSWORD_TRIES_IN_ALL, PASSWORD_TRIES_PER_ADDRESS } from '../session.ts';
import { findUser, type User } from '../user-store.ts';
import type { SignedIn } from './exchange-api-key.ts';
import { openSession } from './open-session.ts';
import { recordFailedLogin, recordLogin } from './record-login.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'signer' | 'settings'>;

export interface PasswordLogin {
  readonly username: string;
  readonly password: string;
  readonly remoteIp: string;
}

export interface AdministratorLogin extends SignedIn {
  /** Value for the browser's session cookie; only its hash is kept. */
  readonly cookie: string;
  /** Until then the session may do nothing else. */
  readonly mustChangePassword: boolean;
}

/** Signs a person in by name and password, for API and browser alike. */
export async function logInAdministrator(ports: Needs, input: PasswordLogin): Promise<AdministratorLogin> {
  return startSession(ports, await checkPassword(ports, input), input.remoteIp);
}

/** The user whose password it is. Every try counts until it turns out right; all failures look alike. */
export async function checkPassword(ports: Needs, input: PasswordLogin): Promise<User> {
  const now = ports.clock.now();
  const address = `password:${input.remoteIp}`;
  const attempts = [address, 'password'].map((subject) => ({ id: ports.ids.ulid(), subject }));
  await insertAttempts(ports.db.sql, attempts, now);
  const over = await isOverLimit(ports.db.sql, [{ subject: address, ...PASSWORD_TRIES_PER_ADDRESS }, { subject: 'password', ...PASSWORD_TRIES_IN_ALL }], now);
  if (over) throw rateLimited('too many attempts to sign in: try again later');

  const user = await findUser(ports.db.sql, input.username);
  const matches = await matchesPassword(input.password, user?.passwordHash);
  if (!matches || !user) {
    await recordFailedLogin(ports, input.username, input.remoteIp);
    throw unauthenticated();
  }
  await removeAttempts(ports.db.sql, attempts.map((attempt) => attempt.id));
  return user;
}

/** A session with cookie and token for a user who has just proved who they are. */
export async function startSession(ports: Needs, user: User, remoteIp: string): Promise<AdministratorLogin> {
  const cookie = ports.ids.random(32).toString('base64url');
  const principal: Principal = {
    kind: 'user', id: user.id, username: user.username, name: user.name, isRootAdmin: user.isRootAdmin,
    mustChangePassword: user.mustChangePassword, machine: false, teams: [], grants: [],
  };
  const session = await openSession(ports, principal, { sha256: sha256(cookie), expiresAt: new Date(ports.clock.now().getTime() + COOKIE_ABSOLUTE_MS) });
  const actor = await actorOf(ports.db.sql, principal, { id: session.id, remoteIp });
  await recordLogin(ports, actor, session.id);
  return { token: session.token, validUntil: session.validUntil, cookie, actor, mustChangePassword: user.mustChangePassword };
}
