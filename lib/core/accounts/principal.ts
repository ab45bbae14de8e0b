import type { Actor } from '../shared/actor.ts';
import { expandGrants, ROOT_SPACE, type Grant, type Space } from '../spaces/space.ts';
import { SPACE_ADMIN } from './role.ts';

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
  readonly grants: readonly (Grant & { readonly role: string })[];
}

/** As history and audit show it: administrators with a password are `admin::<name>`, keys `api::<id>`. */
export function loginOf(principal: Pick<Principal, 'kind' | 'username'>): string {
  return principal.kind === 'user' ? `admin::${principal.username}` : `api::${principal.username}`;
}

/** The role `space-admin` on root makes a root administrator, as the flag does. */
export function isRootAdministrator(principal: Principal): boolean {
  return principal.isRootAdmin || principal.grants.some((grant) => grant.spaceId === ROOT_SPACE && grant.role === SPACE_ADMIN);
}

/** Who must change the password first may do nothing else. */
export function toActor(principal: Principal, spaces: readonly Space[], session: { readonly id: string | null; readonly remoteIp: string | null }): Actor {
  const held = principal.mustChangePassword ? [] : principal.grants;
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
    grants: expandGrants(spaces, held),
  };
}
