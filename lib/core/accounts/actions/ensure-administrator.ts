import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import { hashPassword, matchesPassword } from '../password.ts';
import { endSessionsOf } from '../session-store.ts';
import { findUser, listAdministrators, saveUser, type User } from '../user-store.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids'>;

const FIRST_ADMINISTRATOR = 'admin';

interface NamedAdministrator {
  readonly username?: string;
  readonly password?: string;
}

/**
 * The person who can sign in by password: with a name and password those, otherwise `admin` with a random
 * password that must be changed first, made only when nobody has one. At every start, and safe to repeat.
 */
export async function ensureAdministrator(ports: Needs, input: NamedAdministrator): Promise<{ readonly createdPassword?: string }> {
  const administrators = await settleNamed(ports, input);
  if (input.username || administrators.some((user) => user.origin === 'local')) return {};
  return { createdPassword: await setRandomPassword(ports, FIRST_ADMINISTRATOR) };
}

/**
 * The same where nobody would see a random password: the person of that name and password, or nobody. One who was given a password
 * that has to be changed before anything else, and was told to nobody, has none any more.
 */
export async function ensureNamedAdministrator(ports: Needs, input: NamedAdministrator): Promise<void> {
  for (const user of await settleNamed(ports, input)) if (user.origin === 'local' && user.mustChangePassword) await withdraw(ports, user);
}

/** Brings those whom the settings name into line with them; who could sign in by a password before that. */
async function settleNamed(ports: Needs, { username, password }: NamedAdministrator): Promise<readonly User[]> {
  if (!username !== !password) throw invalid('ADMIN_USERNAME and ADMIN_PASSWORD go together: set both or neither');
  const administrators = await listAdministrators(ports.db.sql);
  for (const user of administrators) if (user.origin === 'environment' && user.username !== username) await withdraw(ports, user);
  if (username && password) await ensureFromEnvironment(ports, username, password);
  return administrators.filter((user) => user.username !== username);
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
