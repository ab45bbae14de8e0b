import { sql as raw, type Expression, type SqlBool } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Action } from '../shared/actions.ts';
import type { Actor } from '../shared/actor.ts';
import { partsOf, rowOf, rowsOf } from '../shared/parts-store.ts';
import { LEGACY_SPACE, type SpaceNode } from '../spaces/space.ts';
import { listSpaces } from '../spaces/space-store.ts';
import { COOKIE_IDLE_MS, LAST_USED_EVERY_MS } from './session.ts';
import type { LoginResult } from './login-result.ts';
import { grantsOfRun, isRootAdministrator, toActor, toRunActor, withLogin, type Principal, type RunPrincipal } from './principal.ts';

type GrantRow = { readonly space: string; readonly role: string; readonly actions: readonly Action[] };

/** Bindings of the actor itself and of its groups, each with its role's actions, as one document. */
const grantsOf = (type: 'user' | 'api_key' | 'stack', id: string, teams: string) => raw<readonly GrantRow[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('space', b.space_id, 'role', r.slug, 'actions', r.actions)), cast('[]' as jsonb))
  from role_bindings b join roles r on r.id = b.role_id
  where (b.actor_type = ${raw.lit(type)} and b.actor_id = ${raw.ref(id)})
     or (b.actor_type = 'group' and jsonb_exists(${raw.raw(teams)}, b.actor_id)))`;

const toGrants = (rows: readonly GrantRow[]) => rows.map((row) => ({ spaceId: row.space, role: row.role, actions: row.actions }));

export interface FoundSession {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly principal: Principal;
  /** What login policies gave at the sign-in. */
  readonly loginResult: LoginResult | null;
  /** The tree of spaces, where the principal's rights depend on it; `legacy` always. */
  readonly spaces: readonly SpaceNode[];
}

interface SessionRow {
  readonly id: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly user_id: string | null;
  readonly login: string | null;
  readonly user_name: string | null;
  readonly user_admin: boolean | null;
  readonly must_change_password: boolean | null;
  readonly key_id: string | null;
  readonly key_name: string | null;
  readonly key_admin: boolean | null;
  readonly is_machine_user: boolean | null;
  readonly teams: readonly string[] | null;
  readonly grants: readonly GrantRow[] | null;
  readonly login_result: LoginResult | null;
}

/** More than any tree in use has. */
const MAX_SPACES = 5000;
const SPACES = raw`(select id, parent_id, inherit_entities from spaces where exists (
    select 1 from session where not coalesce(session.user_admin, session.key_admin, false) and (jsonb_array_length(session.grants) > 0 or jsonb_array_length(coalesce(session.login_result -> 'grants', cast('[]' as jsonb))) > 0)) or (id = ${LEGACY_SPACE} and exists (select 1 from session)) order by id limit ${raw.lit(MAX_SPACES)})`;

/** A live session with its user or key, and what those may do, in one statement; that it is in use is noted in passing, now and then. */
async function findSession(sql: Sql, now: Date, key: { readonly id: string } | { readonly cookieSha256: string }): Promise<FoundSession | undefined> {
  const notedBefore = new Date(now.getTime() - LAST_USED_EVERY_MS);
  const usedAfter = new Date('id' in key ? 0 : now.getTime() - COOKIE_IDLE_MS);
  const noteworthy = raw`from session where coalesce(session.user_id, session.key_id) is not null and (session.last_used_at is null or session.last_used_at <= cast(${notedBefore} as timestamptz)) and coalesce(session.last_used_at, session.created_at) >= cast(${usedAfter} as timestamptz)`;
  const answer = await sql
    .with('session', (q) => sessionQuery(q, now, key))
    .with('used', (q) => q.updateTable('sessions').set({ last_used_at: now }).where('id', 'in', raw<string>`(select session.id ${noteworthy})`))
    .with('key_used', (q) => q.updateTable('api_keys').set({ last_used_at: now }).where('id', 'in', raw<string>`(select session.key_id ${noteworthy})`))
    .selectFrom(partsOf({ session: raw`(select * from session)`, space: SPACES }))
    .selectAll()
    .execute();
  const row = rowOf<SessionRow>(answer, 'session');
  if (!row) return undefined;
  const spaces = rowsOf<{ readonly id: string; readonly parent_id: string | null; readonly inherit_entities: boolean }>(answer, 'space');
  return toSession(row, spaces.map((space) => ({ id: space.id, parentId: space.parent_id, inheritEntities: space.inherit_entities })));
}

const sessionQuery = (sql: Pick<Sql, 'selectFrom'>, now: Date, key: { readonly id: string } | { readonly cookieSha256: string }) =>
  sql
    .selectFrom('sessions as s')
    .leftJoin('users as u', (join) => join.onRef('u.id', '=', 's.actor_id').on('s.actor_kind', '=', 'user'))
    .leftJoin('api_keys as k', (join) => join.onRef('k.id', '=', 's.actor_id').on('s.actor_kind', '=', 'api_key').on('k.deleted_at', 'is', null).on(stillValid(now)))
    .select([
      's.id', 's.created_at', 's.last_used_at', 's.actor_kind', 's.login_result',
      'u.id as user_id', 'u.login', 'u.name as user_name', 'u.is_root_admin as user_admin', 'u.must_change_password',
      'k.id as key_id', 'k.name as key_name', 'k.is_root_admin as key_admin', 'k.is_machine_user', 'k.teams',
    ])
    .select(
      raw<readonly GrantRow[]>`case s.actor_kind when 'user' then ${grantsOf('user', 's.actor_id', `cast('[]' as jsonb)`)} else ${grantsOf('api_key', 's.actor_id', `coalesce(nullif(s.login_result -> 'teams', cast('null' as jsonb)), k.teams)`)} end`.as('grants'),
    )
    .where('s.ended_at', 'is', null)
    .where('s.expires_at', '>', now)
    .where('id' in key ? 's.id' : 's.cookie_sha256', '=', 'id' in key ? key.id : key.cookieSha256);

function toSession(row: SessionRow, spaces: readonly SpaceNode[]): FoundSession | undefined {
  const grants = toGrants(row.grants ?? []);
  const session = { id: row.id, createdAt: row.created_at, lastUsedAt: row.last_used_at, loginResult: row.login_result, spaces };
  if (row.user_id !== null && row.login !== null) {
    const principal: Principal = {
      kind: 'user', id: row.user_id, username: row.login, name: row.user_name ?? row.login, isRootAdmin: row.user_admin ?? false,
      mustChangePassword: row.must_change_password ?? false, machine: false, teams: [], grants,
    };
    return { ...session, principal };
  }
  if (row.key_id !== null) {
    const principal: Principal = {
      kind: 'api_key', id: row.key_id, username: row.key_id, name: row.key_name ?? row.key_id, isRootAdmin: row.key_admin ?? false,
      mustChangePassword: false, machine: row.is_machine_user ?? false, teams: row.teams ?? [], grants,
    };
    return { ...session, principal: withLogin(principal, row.login_result) };
  }
  return undefined;
}

function stillValid(now: Date): Expression<SqlBool> {
  return raw<SqlBool>`(k.expires_at is null or k.expires_at > cast(${now} as timestamptz))`;
}

export const findSessionById = (sql: Sql, id: string, now: Date) => findSession(sql, now, { id });
export const findSessionByCookie = (sql: Sql, cookieSha256: string, now: Date) => findSession(sql, now, { cookieSha256 });

export interface FoundKey {
  readonly principal: Principal;
  readonly secretSha256: string | null;
  readonly lastUsedAt: Date | null;
}

/** A usable key with what it may do, and how often its secret was wrong lately; in one statement. */
export async function findKeyForExchange(sql: Sql, keyId: string, subject: string, failuresSince: Date, now: Date): Promise<{ readonly failures: number; readonly key: FoundKey | undefined }> {
  const row = await sql
    .with('failures', (q) =>
      q.selectFrom('login_attempts').select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('count')).where('subject', '=', subject).where('at', '>', failuresSince),
    )
    .selectFrom('failures')
    .leftJoin('api_keys as k', (join) => join.on('k.id', '=', keyId).on('k.type', '=', 'SECRET').on('k.deleted_at', 'is', null).on(stillValid(now)))
    .select(['failures.count', 'k.id', 'k.name', 'k.secret_sha256', 'k.is_root_admin', 'k.is_machine_user', 'k.teams', 'k.last_used_at'])
    .select(grantsOf('api_key', 'k.id', 'k.teams').as('grants'))
    .executeTakeFirstOrThrow();
  if (row.id === null) return { failures: row.count, key: undefined };
  const principal: Principal = {
    kind: 'api_key', id: row.id, username: row.id, name: row.name ?? row.id, isRootAdmin: row.is_root_admin ?? false,
    mustChangePassword: false, machine: row.is_machine_user ?? false, teams: (row.teams ?? []) as readonly string[], grants: toGrants(row.grants),
  };
  return { failures: row.count, key: { principal, secretSha256: row.secret_sha256, lastUsedAt: row.last_used_at } };
}

/** The actor; the tree of spaces is read only where rights depend on it. */
export async function actorOf(sql: Sql, principal: Principal, session: { readonly id: string | null; readonly remoteIp: string | null }): Promise<Actor> {
  const spaces = isRootAdministrator(principal) || principal.grants.length === 0 ? [] : await listSpaces(sql);
  return toActor(principal, spaces, session);
}

/** States in which the code that a run executes may call the API (stacks.md §6.3). */
const CALLING_STATES = ['INITIALIZING', 'PLANNING', 'APPLYING', 'PERFORMING', 'DESTROYING'];

/** The run that a token names, with its stack's roles, while it is executed under that lease. Runs and stacks are read here and no more is asked of them. */
export async function findCallingRun(sql: Sql, token: { readonly runId: string; readonly stackId: string; readonly lease: number }): Promise<RunPrincipal | undefined> {
  const row = await sql
    .selectFrom('runs as r')
    .innerJoin('stacks as s', 's.id', 'r.stack_id')
    .select(['r.id', 's.id as stack_id', 's.space_id', 's.administrative', grantsOf('stack', 's.id', `cast('[]' as jsonb)`).as('grants')])
    .where('r.id', '=', token.runId)
    .where('r.stack_id', '=', token.stackId)
    .where('r.lease', '=', token.lease)
    .where('r.state', 'in', CALLING_STATES)
    .executeTakeFirst();
  return row && { runId: row.id, stackId: row.stack_id, spaceId: row.space_id, administrative: row.administrative, grants: toGrants(row.grants) };
}

/** The run as a caller; the tree of spaces is read only where its rights depend on it. */
export async function runActorOf(sql: Sql, run: RunPrincipal, remoteIp: string | null): Promise<Actor> {
  return toRunActor(run, grantsOfRun(run).length === 0 ? [] : await listSpaces(sql), remoteIp);
}
