import { addContextConfig } from '../../../core/contexts/actions/add-context-config.ts';
import { attachContext } from '../../../core/contexts/actions/attach-context.ts';
import { createContext } from '../../../core/contexts/actions/create-context.ts';
import { deleteContextConfig } from '../../../core/contexts/actions/delete-context-config.ts';
import { deleteContext } from '../../../core/contexts/actions/delete-context.ts';
import { detachContext } from '../../../core/contexts/actions/detach-context.ts';
import { listAttachableContexts, listVisibleContexts, readContext, searchContexts } from '../../../core/contexts/actions/read-context.ts';
import { updateContext } from '../../../core/contexts/actions/update-context.ts';
import type { Context as ContextModel } from '../../../core/contexts/context.ts';
import type { GraphqlContext } from '../context.ts';
import type { ConfigElementResolvers, ContextAttachmentResolvers, ContextResolvers, MutationResolvers, QueryResolvers } from '../resolver-types.ts';
import { searchIn, type Searchable } from '../search.ts';
import { toConnection } from './pages.ts';
import { seconds, secondsOrNull } from './values.ts';

type Queries = 'context' | 'contexts' | 'searchContexts' | 'attachableContextsInSpace';
type Mutations = 'contextCreateV2' | 'contextUpdateV2' | 'contextDelete' | 'contextConfigAdd' | 'contextConfigDelete' | 'contextAttach' | 'contextDetach';

const SEARCH: Searchable<ContextModel> = {
  id: (context) => context.id,
  text: (context) => [context.name, context.id, context.description, ...context.labels],
  fields: {
    id: (context) => context.id,
    name: (context) => context.name,
    description: (context) => context.description,
    label: (context) => context.labels,
    labels: (context) => context.labels,
    space: (context) => context.spaceId,
    createdAt: (context) => seconds(context.createdAt),
    updatedAt: (context) => seconds(context.updatedAt),
  },
  order: { field: 'name', direction: 'ASC' },
};

export const Query: Pick<QueryResolvers, Queries> = {
  context: async (_, { id }, { ports, actor }) => (await readContext(ports, actor, id)) ?? null,
  contexts: (_, __, { ports, actor }) => listVisibleContexts(ports, actor),
  searchContexts: async (_, { input }, { ports, actor }) => {
    const isPlain = !input.predicates?.length && !input.orderBy && !input.before && !input.last;
    return isPlain ? toConnection(await searchContexts(ports, actor, input)) : searchIn(await listVisibleContexts(ports, actor), input, SEARCH);
  },
  attachableContextsInSpace: (_, { id }, { ports, actor }) => listAttachableContexts(ports, actor, id),
};

export const Mutation: Pick<MutationResolvers, Mutations> = {
  contextCreateV2: (_, { input }, { ports, actor }) => createContext(ports, actor, input),
  contextUpdateV2: (_, { id, input, replaceConfigElements }, { ports, actor }) => updateContext(ports, actor, { ...input, id, replaceConfigElements }),
  contextDelete: (_, { id }, { ports, actor }) => deleteContext(ports, actor, { id }),
  contextConfigAdd: (_, { context, config }, { ports, actor }) => addContextConfig(ports, actor, { contextId: context, config }),
  contextConfigDelete: (_, { context, id }, { ports, actor }) => deleteContextConfig(ports, actor, { contextId: context, name: id }),
  contextAttach: (_, { id, stack, priority }, { ports, actor }) => attachContext(ports, actor, { contextId: id, stackId: stack, priority }),
  contextDetach: (_, { id }, { ports, actor }) => detachContext(ports, actor, { id }),
};

const configOf = async (context: ContextModel, { loaders }: GraphqlContext) => (await loaders.configOf(`context ${context.id}`)) ?? [];
const stacksOf = async (context: ContextModel, { loaders }: GraphqlContext) => (await loaders.stacksOfContext(context)) ?? [];

export const Context: ContextResolvers = {
  space: (context) => context.spaceId,
  spaceDetails: (context, _, { loaders }) => loaders.getSpace(context.spaceId),
  createdAt: (context) => seconds(context.createdAt),
  updatedAt: (context) => seconds(context.updatedAt),
  config: (context, _, request) => configOf(context, request),
  configElement: async (context, { id }, request) => (await configOf(context, request)).find((element) => element.name === id) ?? null,
  hasAttachedStacks: async (context, _, request) => (await stacksOf(context, request)).length > 0,
  attachedStacks: (context, _, request) => stacksOf(context, request),
  attachedStack: async (context, { id }, request) => (await stacksOf(context, request)).find((attachment) => attachment.stackId === id) ?? null,
};

export const ContextAttachment: ContextAttachmentResolvers = {
  isModule: () => false,
};

export const ConfigElement: ConfigElementResolvers = {
  id: (element) => element.name,
  createdAt: (element) => secondsOrNull(element.createdAt),
  runtime: (element) => element.runtime ?? false,
};
