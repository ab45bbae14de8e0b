import { createSpace } from '../../../core/spaces/actions/create-space.ts';
import { deleteSpace } from '../../../core/spaces/actions/delete-space.ts';
import { listVisibleSpaces, readSpace } from '../../../core/spaces/actions/list-visible-spaces.ts';
import { updateSpace } from '../../../core/spaces/actions/update-space.ts';
import { accessLevel } from '../../../core/spaces/space.ts';
import type { MutationResolvers, QueryResolvers, SpaceResolvers } from '../resolver-types.ts';

export const Query: Pick<QueryResolvers, 'space' | 'spaces'> = {
  space: async (_, { id }, { ports, actor }) => (await readSpace(ports, actor, id)) ?? null,
  spaces: (_, __, { ports, actor }) => listVisibleSpaces(ports, actor),
};

export const Mutation: Pick<MutationResolvers, 'spaceCreate' | 'spaceUpdate' | 'spaceDelete'> = {
  spaceCreate: (_, { input }, { ports, actor }) => createSpace(ports, actor, input),
  spaceUpdate: (_, { space, input }, { ports, actor }) => updateSpace(ports, actor, { ...input, id: space }),
  spaceDelete: (_, { space }, { ports, actor }) => deleteSpace(ports, actor, { id: space }),
};

export const Space: SpaceResolvers = {
  parentSpace: (space) => space.parentId,
  accessLevel: (space, _, { actor }) => accessLevel(actor, space.id),
};
