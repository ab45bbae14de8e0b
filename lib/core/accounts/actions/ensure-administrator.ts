import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import { hashPassword, matchesPassword } from '../password.ts';
import { endSessionsOf } from '../session-store.ts';
import { findUser, listAdministrators, saveUser, type User } from '../user-store.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids'>;

const FIRST_ADMINISTRATOR = 'admin';

/**
 * The person who can sign in by password: with a name and password those, otherwise `admin` with a random
 * password that must be changed first, made only when nobody has one. At every start, and safe to repeat.
 */
export async function ensureAdministrator(ports: Needs, input: { readonly username?: string; readonly password?: string }): Promise<{ readonly createdPassword?: string }> {
  if (!input.username !== !input.password) throw invalid('ADMIN_USERNAME and ADMIN_PASSWORD go together: set both or neither');
  const administrators = await listAdministrators(ports.db.sql);
  for (const user of administrators) if (user.origin === 'environment' && user.username !== input.username) await withdraw(ports, user);

  if (input.username && input.password) {
    await ensureFromEnvironment(ports, input.username, input.password);
    return {};
  }
  if (administrators.some((user) => user.origin === 'local')) return {};
  return { createdPassword: await setRandomPassword(ports, FIRST_ADMINISTRATOR) };
}

/** Gives the local administrator a new random password that must be changed at the next sign-in; ends their sessions. */
export async function resetAdministratorPassword(ports: Needs): Promise<{ readonly username: string; readonly password: string }> {
  const local = (await listAdministrators(ports.db.sql)).find((user) => user.origin === 'local');
  const username = local?.username ?? FIRST_ADMINISTRATOR;
  const there = await findUser(ports.db.sql, username);
  if (there?.origin === 'environment' && there.passwordHash !== null) {
    throw invalid(`the password of ${username} comes from ADMIN_PASSWORD: change it there and restart the server`);
  }
  return { username, password: await setRandomPassword(ports, username) };
}

async function ensureFromEnvironment(ports: Needs, username: string, password: string): Promise<void> {
  const there = await findUser(ports.db.sql, username);
  if (there?.origin === 'environment' && there.isRootAdmin && (await matchesPassword(password, there.passwordHash))) return;
  await save(ports, username, there, { passwordHash: await hash(ports, password), mustChangePassword: false, origin: 'environment' });
}

async function setRandomPassword(ports: Needs, username: string): Promise<string> {
  const password = ports.ids.random(18).toString('base64url');
  await save(ports, username, await findUser(ports.db.sql, username), { passwordHash: await hash(ports, password), mustChangePassword: true, origin: 'local' });
  return password;
}

const hash = (ports: Needs, password: string) => hashPassword(password, (bytes) => ports.ids.random(bytes));

async function withdraw(ports: Needs, user: User): Promise<void> {
  await save(ports, user.username, user, { passwordHash: null, mustChangePassword: false, origin: 'environment' });
}

async function save(ports: Needs, username: string, before: User | undefined, change: Pick<User, 'passwordHash' | 'mustChangePassword' | 'origin'>): Promise<void> {
  const now = ports.clock.now();
  const user: User = { id: before?.id ?? ports.ids.ulid(), username, name: before?.name ?? username, createdAt: before?.createdAt ?? now, isRootAdmin: true, updatedAt: now, ...change };
  await ports.db.transaction(async (tx) => {
    await saveUser(tx.sql, user);
    await endSessionsOf(tx.sql, 'user', user.id, now);
  });
}
