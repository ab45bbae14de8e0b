import { ADMIN_ACTIONS, READER_ACTIONS, WRITER_ACTIONS, type Action } from '../../lib/core/shared/actions.ts';
import type { Actor } from '../../lib/core/shared/actor.ts';

function person(id: string, changes: Partial<Actor>): Actor {
  return { kind: 'user', id, login: id, name: id, isRootAdmin: false, sessionId: null, teams: [], machine: false, remoteIp: '127.0.0.1', grants: new Map(), ...changes };
}

const granted = (spaceIds: readonly string[], actions: readonly Action[]) => new Map(spaceIds.map((id) => [id, new Set(actions)] as const));

/** A root administrator: may do everything. */
export const adminActor = (changes: Partial<Actor> = {}): Actor => person('admin', { isRootAdmin: true, ...changes });

/** Holds the role `space-admin` in the spaces given, and nothing elsewhere. */
export const spaceAdminActor = (spaceIds: readonly string[] = ['root'], changes: Partial<Actor> = {}): Actor =>
  person('space-admin', { grants: granted(spaceIds, [...READER_ACTIONS, ...WRITER_ACTIONS, ...ADMIN_ACTIONS]), ...changes });

/** Holds the role `space-writer` in the spaces given. */
export const writerActor = (spaceIds: readonly string[] = ['root'], changes: Partial<Actor> = {}): Actor =>
  person('writer', { grants: granted(spaceIds, [...READER_ACTIONS, ...WRITER_ACTIONS]), ...changes });

/** Holds the role `space-reader` in the spaces given. */
export const readerActor = (spaceIds: readonly string[] = ['root'], changes: Partial<Actor> = {}): Actor =>
  person('reader', { grants: granted(spaceIds, READER_ACTIONS), ...changes });

/** Signed in, but with no rights anywhere. */
export const strangerActor = (changes: Partial<Actor> = {}): Actor => person('stranger', changes);
