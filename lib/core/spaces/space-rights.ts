import { can, requireAction, type Actor, type Place } from '../shared/actor.ts';
import { forbidden, notFound } from '../shared/errors.ts';
import { ROOT_SPACE, type Space } from './space.ts';

export const canRead = (actor: Actor, place: Place): boolean => can(actor, 'space:read', place);

/** The caller must see the space; else it is as if missing. */
export function requireVisibleSpace(actor: Actor, spaceId: string): void {
  if (!canRead(actor, spaceId)) throw notFound(`space "${spaceId}" not found`, { space: spaceId });
}

/**
 * Root administrators manage the tree. Where the account lets them, administrators of a space
 * also manage what lies below it; the space itself stays out of their hands.
 */
export function requireTreeRight(actor: Actor, parentId: string | null, delegated: boolean): void {
  if (actor.isRootAdmin) return;
  if (parentId === null || !delegated) throw forbidden('only a root administrator can change the tree of spaces', { space: parentId ?? ROOT_SPACE });
  requireAction(actor, 'space:admin', parentId);
}

/** Spaces that root administrators did not make always inherit. */
export const inheritanceFor = (actor: Actor, fields: Pick<Space, 'inheritEntities'>): boolean => fields.inheritEntities || !actor.isRootAdmin;
