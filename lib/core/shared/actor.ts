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
  /** Slugs of the roles bound to the caller; absent without bindings. */
  readonly roles?: readonly string[];
  /** The mutation that is being answered; its arguments hold no secret any more. */
  readonly call?: { readonly mutation: string; readonly args: Readonly<Record<string, unknown>> };
}

/** The platform itself, for work that nobody asked for by name. */
export function systemActor(job: string): Actor {
  return { kind: 'system', id: job, login: `system::${job}`, name: job, isRootAdmin: true, sessionId: null, teams: [], machine: true, remoteIp: null, grants: new Map() };
}

/** Default deny: what is not granted is refused. */
export function can(actor: Actor, action: Action, spaceId: string): boolean {
  if (actor.kind === 'run' && isClosedToRuns(action)) return false;
  if (actor.isRootAdmin) return true;
  const granted = actor.grants.get(spaceId);
  return granted !== undefined && (granted.has(action) || granted.has('space:admin'));
}

export function requireAction(actor: Actor, action: Action, spaceId: string): void {
  if (!can(actor, action, spaceId)) throw forbidden(`you need the right ${action} in space ${spaceId}`, { action, space: spaceId });
}

export function requireRootAdmin(actor: Actor): void {
  if (!actor.isRootAdmin) throw forbidden('only a root administrator can do this');
}
