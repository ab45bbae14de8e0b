import { ADMIN_ACTIONS, READER_ACTIONS, WRITER_ACTIONS } from '../shared/actions.ts';
import type { Actor } from '../shared/actor.ts';
import { expandGrants, LEGACY_SPACE, ROOT_SPACE, type Grant, type Space, type SpaceNode } from '../spaces/space.ts';
import type { LoginResult } from './login-result.ts';
import { SPACE_ADMIN } from './role.ts';

type RoleGrant = Grant & { readonly role: string };

/** A user or key with what was granted to it, as the database has it. */
export interface Principal {
  readonly kind: 'user' | 'api_key';
  /** Row id. */
  readonly id: string;
  /** User name, or the key's id. */
  readonly username: string;
  readonly name: string;
  readonly isRootAdmin: boolean;
  readonly mustChangePassword: boolean;
  readonly machine: boolean;
  readonly teams: readonly string[];
  readonly grants: readonly RoleGrant[];
}

/** A run that calls with its own token, and what its stack was granted. */
export interface RunPrincipal {
  readonly runId: string;
  readonly stackId: string;
  readonly spaceId: string;
  readonly administrative: boolean;
  readonly grants: readonly RoleGrant[];
}

/** As history and audit show it: administrators with a password are `admin::<name>`, keys `api::<id>`. */
export function loginOf(principal: Pick<Principal, 'kind' | 'username'>): string {
  return principal.kind === 'user' ? `admin::${principal.username}` : `api::${principal.username}`;
}

/** The role `space-admin` on root makes a root administrator, as the flag does. */
export function isRootAdministrator(principal: Principal): boolean {
  return principal.isRootAdmin || holdsRoot(principal.grants);
}

const holdsRoot = (grants: readonly RoleGrant[]): boolean => grants.some((grant) => grant.spaceId === ROOT_SPACE && grant.role === SPACE_ADMIN);

/** Who must change the password first may do nothing else. */
export function toActor(principal: Principal, spaces: readonly SpaceNode[], session: { readonly id: string | null; readonly remoteIp: string | null }): Actor {
  const held = principal.mustChangePassword ? [] : principal.grants;
  const grants = expandGrants(spaces, held);
  return {
    kind: principal.kind,
    id: principal.username,
    login: loginOf(principal),
    name: principal.name,
    isRootAdmin: !principal.mustChangePassword && isRootAdministrator(principal),
    sessionId: session.id,
    teams: principal.teams,
    machine: principal.machine,
    remoteIp: session.remoteIp,
    grants,
    ...(spaces.some(({ id }) => id === LEGACY_SPACE) && !principal.mustChangePassword && !grants.has(LEGACY_SPACE) ? { asksAccess: true } : {}),
    ...(held.length === 0 ? {} : { roles: rolesOf(held) }),
  };
}

const rolesOf = (grants: readonly RoleGrant[]): readonly string[] => [...new Set(grants.map(({ role }) => role))].sort();

/** The principal with what login policies gave it at the sign-in. */
export function withLogin(principal: Principal, result: LoginResult | null): Principal {
  if (result === null) return principal;
  const granted = result.grants.map(({ space, role, actions }) => ({ spaceId: space, role, actions }));
  return { ...principal, isRootAdmin: principal.isRootAdmin || result.admin, teams: result.teams ?? principal.teams, grants: [...principal.grants, ...granted] };
}

/** The roles that a run acts with: its stack's, and for an administrative stack that of an administrator of its own space. */
export function grantsOfRun({ administrative, spaceId, grants }: RunPrincipal): readonly RoleGrant[] {
  const own: RoleGrant = { spaceId, role: SPACE_ADMIN, actions: [...READER_ACTIONS, ...WRITER_ACTIONS, ...ADMIN_ACTIONS] };
  return administrative ? [...grants, own] : grants;
}

/** A run as the caller of the API. Without any role it reads its stack's own space and nothing else. */
export function toRunActor(run: RunPrincipal, spaces: readonly Space[], remoteIp: string | null): Actor {
  const login = `run::${run.stackId}::${run.runId}`;
  const held = grantsOfRun(run);
  return {
    kind: 'run',
    id: run.runId,
    login,
    name: login,
    isRootAdmin: holdsRoot(held),
    sessionId: null,
    teams: [],
    machine: true,
    remoteIp,
    grants: held.length === 0 ? new Map([[run.spaceId, new Set(['space:read'] as const)]]) : expandGrants(spaces, held),
    ...(held.length === 0 ? {} : { roles: rolesOf(held) }),
  };
}
