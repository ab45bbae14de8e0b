import { isClosedToRuns, type Action } from './actions.ts';
import { forbidden } from './errors.ts';

export type ActorKind = 'user' | 'api_key' | 'run' | 'worker' | 'system';

/** Who acts, with what they may do in each space (role propagation of stacks.md §13 already applied). */
export interface Actor {
  readonly kind: ActorKind;
  /** User login, API key id, run id, worker id or name of the job. */
  readonly id: string;
  /** As history and audit show it: `admin`, `api::<key id>`, `system::<job>`. */
  readonly login: string;
  readonly name: string;
  readonly isRootAdmin: boolean;
  readonly sessionId: string | null;
  readonly teams: readonly string[];
  readonly machine: boolean;
  readonly remoteIp: string | null;
  /** Space id → actions allowed there. A root admin's and the system's are not listed: they may do all. */
  readonly grants: ReadonlyMap<string, ReadonlySet<Action>>;
  /** Whether access policies are to say what the caller may do with single stacks of the space `legacy`. */
  readonly asksAccess?: boolean;
  /** Stack id → actions that access policies allow there beside what roles do. */
  readonly stackGrants?: ReadonlyMap<string, ReadonlySet<Action>>;
  /** Slugs of the roles bound to the caller; absent without bindings. */
  readonly roles?: readonly string[];
  /** The mutation that is being answered; its arguments hold no secret any more. */
  readonly call?: { readonly mutation: string; readonly args: Readonly<Record<string, unknown>> };
}

/** The platform itself, for work that nobody asked for by name. */
export function systemActor(job: string): Actor {
  return { kind: 'system', id: job, login: `system::${job}`, name: job, isRootAdmin: true, sessionId: null, teams: [], machine: true, remoteIp: null, grants: new Map() };
}

/** A space by its id, or a stack in one. */
export type Place = string | { readonly id: string; readonly spaceId: string };

/** Default deny: what is not granted is refused. */
export function can(actor: Actor, action: Action, place: Place): boolean {
  if (actor.kind === 'run' && isClosedToRuns(action)) return false;
  if (actor.isRootAdmin) return true;
  const granted = actor.grants.get(typeof place === 'string' ? place : place.spaceId);
  if (granted !== undefined && (granted.has(action) || granted.has('space:admin'))) return true;
  return typeof place !== 'string' && (actor.stackGrants?.get(place.id)?.has(action) ?? false);
}

export function requireAction(actor: Actor, action: Action, place: Place): void {
  const space = typeof place === 'string' ? place : place.spaceId;
  if (!can(actor, action, place)) throw forbidden(`you need the right ${action} in space ${space}`, { action, space });
}

/** Where somebody sees stacks: in whole spaces, and single ones beside them. */
export interface Sight {
  readonly spaceIds: readonly string[];
  readonly stackIds: readonly string[];
}

export const sightOf = (actor: Actor): Sight | 'all' =>
  actor.isRootAdmin
    ? 'all'
    : { spaceIds: [...actor.grants.keys()].filter((id) => can(actor, 'space:read', id)), stackIds: [...(actor.stackGrants ?? [])].flatMap(([id, actions]) => (actions.has('space:read') ? [id] : [])) };

export function requireRootAdmin(actor: Actor): void {
  if (!actor.isRootAdmin) throw forbidden('only a root administrator can do this');
}
