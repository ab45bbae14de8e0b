import type { Action } from '../shared/actions.ts';
import { can, type Actor } from '../shared/actor.ts';

export const ROOT_SPACE = 'root';

/** What accounts older than spaces keep their stacks in; only there do access policies decide. */
export const LEGACY_SPACE = 'legacy';

/** A node of the tree that holds stacks, contexts, pools and access rules. */
export interface Space {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  /** Null for `root` only. */
  readonly parentId: string | null;
  readonly inheritEntities: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Actions that a role gives in one space, before they spread over the tree. */
export interface Grant {
  readonly spaceId: string;
  readonly actions: readonly Action[];
}

export type SpaceAccessLevel = 'NONE' | 'READ' | 'WRITE' | 'ADMIN';

/** As much of a space as the tree is made of. */
export type SpaceNode = Pick<Space, 'id' | 'parentId' | 'inheritEntities'>;

const byId = <S extends { readonly id: string }>(spaces: readonly S[]) => new Map(spaces.map((space) => [space.id, space]));

/** The space and its ancestors, nearest first. */
export function lineage<S extends SpaceNode>(spaces: readonly S[], id: string): readonly S[] {
  const known = byId(spaces);
  const line: S[] = [];
  for (let space = known.get(id); space !== undefined && !line.includes(space); space = space.parentId === null ? undefined : known.get(space.parentId)) {
    line.push(space);
  }
  return line;
}

/** An entity is usable in its own space, and below it as far as every space on the way inherits. */
export function isUsableIn(spaces: readonly SpaceNode[], entitySpaceId: string, inSpaceId: string): boolean {
  for (const space of lineage(spaces, inSpaceId)) {
    if (space.id === entitySpaceId) return true;
    if (!space.inheritEntities) return false;
  }
  return false;
}

/** Ids from the root down, joined by slashes: `root/platform-01H…/network-01H…`. */
export function pathOf(spaces: readonly SpaceNode[], id: string): string {
  return lineage(spaces, id).map((space) => space.id).reverse().join('/');
}

/** True when `id` lies below `ancestorId`, or is it. */
export function isWithin(spaces: readonly SpaceNode[], id: string, ancestorId: string): boolean {
  return lineage(spaces, id).some((space) => space.id === ancestorId);
}

/**
 * What roles mean for the whole tree: a role holds in its space and everything below;
 * where a space inherits, any role in it also shows its parent, and so on upwards.
 */
export function expandGrants(spaces: readonly SpaceNode[], grants: readonly Grant[]): ReadonlyMap<string, ReadonlySet<Action>> {
  const bySpace = new Map<string, Set<Action>>();
  const give = (spaceId: string, actions: readonly Action[]) => {
    const held = bySpace.get(spaceId) ?? new Set<Action>();
    for (const action of actions) held.add(action);
    bySpace.set(spaceId, held);
  };
  for (const space of spaces) {
    const line = lineage(spaces, space.id);
    for (const grant of grants) {
      if (grant.actions.length > 0 && line.some((above) => above.id === grant.spaceId)) give(space.id, grant.actions);
    }
  }
  for (const grant of grants) {
    if (grant.actions.length === 0) continue;
    for (const space of lineage(spaces, grant.spaceId)) {
      if (!space.inheritEntities || space.parentId === null) break;
      give(space.parentId, ['space:read']);
    }
  }
  return bySpace;
}

/** The caller's level in a space, as clients show it. */
export function accessLevel(actor: Actor, spaceId: string): SpaceAccessLevel {
  if (can(actor, 'space:admin', spaceId)) return 'ADMIN';
  if (can(actor, 'space:write', spaceId)) return 'WRITE';
  return can(actor, 'space:read', spaceId) ? 'READ' : 'NONE';
}
