import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';

/** A person who signs in with a password. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  readonly isRootAdmin: boolean;
  /** `environment`: the password is what the server's variables say. */
  readonly origin: 'local' | 'environment';
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function toUser(row: Selectable<Tables['users']>): User {
  return {
    id: row.id,
    username: row.login,
    name: row.name,
    passwordHash: row.password_hash,
    mustChangePassword: row.must_change_password,
    isRootAdmin: row.is_root_admin,
    origin: row.origin as User['origin'],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export async function findUser(sql: Sql, username: string): Promise<User | undefined> {
  const row = await sql.selectFrom('users').selectAll().where('login', '=', username).executeTakeFirst();
  return row && toUser(row);
}

/** Root administrators who can sign in with a password, oldest first. */
export async function listAdministrators(sql: Sql): Promise<readonly User[]> {
  const rows = await sql.selectFrom('users').selectAll().where('is_root_admin', '=', true).where('password_hash', 'is not', null).orderBy('created_at').orderBy('id').limit(100).execute();
  return rows.map(toUser);
}

/** Adds the user, or replaces the one with that name. */
export async function saveUser(sql: Sql, user: User): Promise<void> {
  const columns = {
    name: user.name, password_hash: user.passwordHash, must_change_password: user.mustChangePassword,
    is_root_admin: user.isRootAdmin, origin: user.origin, updated_at: user.updatedAt,
  };
  await sql
    .insertInto('users')
    .values({ ...columns, id: user.id, login: user.username, created_at: user.createdAt })
    .onConflict((clash) => clash.column('login').doUpdateSet(columns))
    .execute();
}
