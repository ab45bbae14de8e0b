import { moduleOf } from '../../../protocol/resource-address.ts';
import { groupEntities, searchEntities } from '../../../core/state/actions/search-entities.ts';
import type { EntityGroup, EntityGrouping, StackEntity } from '../../../core/state/entity-search-store.ts';
import type { Actor } from '../../../core/shared/actor.ts';
import type { GraphqlContext } from '../context.ts';
import type { EntityVendorTerraform, ManagedEntityResolvers, QueryResolvers, SearchInput, TerraformModule, TerraformOutput, TerraformResource } from '../resolver-types.ts';
import { searchIn, type Searchable } from '../search.ts';
import { toConnection } from './pages.ts';
import { seconds, secondsOrNull } from './values.ts';

type Queries =
  | 'searchManagedEntities' | 'searchManagedEntitiesGroupByProviders' | 'searchManagedEntitiesGroupByStacks' | 'searchManagedEntitiesGroupByTypes' | 'providers' | 'providersInSpace';

const GROUPS: Searchable<EntityGroup> = {
  id: (group) => group.id,
  text: (group) => [group.id, group.stackName],
  fields: { id: (group) => group.id, count: (group) => group.count, stackName: (group) => group.stackName },
  order: { field: 'count', direction: 'DESC' },
};

/** The groups of what the search finds, paged as groups. */
async function grouped(input: SearchInput, by: EntityGrouping, { ports, actor }: GraphqlContext) {
  const { fullTextSearch, predicates, ...page } = input;
  return searchIn(await groupEntities(ports, actor, { fullTextSearch, predicates }, by), page, GROUPS);
}

async function providersIn(ports: GraphqlContext['ports'], actor: Actor, spaceId?: string): Promise<readonly string[]> {
  const predicates = spaceId === undefined ? [] : [{ field: 'space', constraint: { stringMatches: [spaceId] } }];
  return (await groupEntities(ports, actor, { predicates }, 'provider')).map((group) => group.id).sort();
}

export const Query: Pick<QueryResolvers, Queries> = {
  searchManagedEntities: async (_, { input }, { ports, actor }) => toConnection(await searchEntities(ports, actor, input)),
  searchManagedEntitiesGroupByProviders: (_, { input }, context) => grouped(input, 'provider', context),
  searchManagedEntitiesGroupByStacks: (_, { input }, context) => grouped(input, 'stack', context),
  searchManagedEntitiesGroupByTypes: (_, { input }, context) => grouped(input, 'type', context),
  providers: (_, __, { ports, actor }) => providersIn(ports, actor),
  providersInSpace: (_, { id }, { ports, actor }) => providersIn(ports, actor, id),
};

type Named<Name extends string, Type> = Type & { readonly __typename: Name };
type TerraformEntity = Named<'TerraformResource', TerraformResource> | Named<'TerraformModule', TerraformModule> | Named<'TerraformOutput', TerraformOutput>;

async function terraformEntity(entity: StackEntity, { loaders }: GraphqlContext): Promise<TerraformEntity> {
  if (entity.kind === 'module') return { __typename: 'TerraformModule', phantom: entity.phantom };
  const values = (await loaders.entityValues(entity)) ?? null;
  if (entity.kind === 'output') return { __typename: 'TerraformOutput', sensitive: entity.sensitive, value: entity.sensitive ? null : values, hash: entity.outputHash ?? '' };
  const { address } = entity;
  return { __typename: 'TerraformResource', address, mode: entity.mode ?? 'managed', module: moduleOf(address), provider: entity.provider ?? '', tainted: entity.tainted, values: values ?? '{}' };
}

export const ManagedEntity: ManagedEntityResolvers = {
  creator: async (entity, _, { loaders }) => (entity.creatorRunId === null ? null : ((await loaders.run(entity.creatorRunId)) ?? null)),
  updater: async (entity, _, { loaders }) => (entity.updaterRunId === null ? null : ((await loaders.run(entity.updaterRunId)) ?? null)),
  drifted: (entity) => secondsOrNull(entity.driftedAt),
  parent: (entity) => entity.parentId,
  updatedAt: (entity) => seconds(entity.updatedAt),
  vendor: async (entity, _, context): Promise<Named<'EntityVendorTerraform', EntityVendorTerraform>> => ({ __typename: 'EntityVendorTerraform', terraform: await terraformEntity(entity, context) }),
};
