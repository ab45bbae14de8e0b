import { ADMIN_ACTIONS, READER_ACTIONS, WRITER_ACTIONS, type Action } from '../shared/actions.ts';

/** A named set of actions, given to an actor in a space by a binding. */
export interface Role {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly actions: readonly Action[];
  readonly isSystem: boolean;
}

export const SPACE_ADMIN = 'space-admin';

type SystemRole = Pick<Role, 'slug' | 'name' | 'description' | 'actions'>;

/** Roles that every installation has and nobody can change. */
export const SYSTEM_ROLES: readonly SystemRole[] = [
  { slug: 'space-reader', name: 'Space reader', description: 'Sees everything in the space and may comment.', actions: READER_ACTIONS },
  { slug: 'space-writer', name: 'Space writer', description: 'Runs and confirms, and sets variables of stacks.', actions: [...READER_ACTIONS, ...WRITER_ACTIONS] },
  { slug: SPACE_ADMIN, name: 'Space admin', description: 'Manages everything in the space; on root, the account as well.', actions: [...READER_ACTIONS, ...WRITER_ACTIONS, ...ADMIN_ACTIONS] },
  {
    slug: 'worker-pool-controller',
    name: 'Worker pool controller',
    description: 'Creates, changes and deletes worker pools of the space.',
    actions: ['space:read', 'worker-pool:create', 'worker-pool:update', 'worker-pool:delete'],
  },
];
