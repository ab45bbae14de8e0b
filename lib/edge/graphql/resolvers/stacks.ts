import { listStacks, readStackWithRuns } from '../../../core/runs/actions/list-stacks.ts';
import { STACK_LISTS, type StackListName } from '../../../core/runs/run-list-store.ts';
import type { StackExtra } from '../../../core/runs/stack-list-store.ts';
import type { Page } from '../../../core/shared/pages.ts';
import { addStackConfig } from '../../../core/stacks/actions/add-stack-config.ts';
import { createStack } from '../../../core/stacks/actions/create-stack.ts';
import { deleteStackConfig } from '../../../core/stacks/actions/delete-stack-config.ts';
import { deleteStack } from '../../../core/stacks/actions/delete-stack.ts';
import { disableStack } from '../../../core/stacks/actions/disable-stack.ts';
import { enableStack } from '../../../core/stacks/actions/enable-stack.ts';
import { lockStack } from '../../../core/stacks/actions/lock-stack.ts';
import { resetGitHook } from '../../../core/stacks/actions/reset-git-hook.ts';
import { reslugStack } from '../../../core/stacks/actions/reslug-stack.ts';
import { setCurrentCommit } from '../../../core/stacks/actions/set-current-commit.ts';
import { starStack } from '../../../core/stacks/actions/star-stack.ts';
import { syncCommit } from '../../../core/stacks/actions/sync-commit.ts';
import { unlockStack } from '../../../core/stacks/actions/unlock-stack.ts';
import { updateStack } from '../../../core/stacks/actions/update-stack.ts';
import type { StackSearch } from '../../../core/stacks/stack-search.ts';
import type { Stack as StackModel } from '../../../core/stacks/stack.ts';
import { requireSeed, seedState } from '../../../core/state/actions/seed-state.ts';
import type { GraphqlContext } from '../context.ts';
import type { MutationResolvers, QueryResolvers } from '../resolver-types.ts';
import { selectedBelow, type Selected } from '../selection.ts';
import { toConnection } from './pages.ts';
import { listKey } from './stack-lists.ts';

type Mutations =
  | 'stackCreate' | 'stackUpdate' | 'stackDelete' | 'stackEnable' | 'stackDisable' | 'stackLock' | 'stackUnlock' | 'stackReslug' | 'starSet' | 'stackSetCurrentCommit'
  | 'stackSyncCommit' | 'stackConfigAdd' | 'stackConfigDelete' | 'stackGitHookReset';

const STACKS_AT_ONCE = 500;

/** Fields of a stack in a list that are read together with it. */
const EXTRAS: Readonly<Record<string, StackExtra>> = { spaceDetails: 'space', workerPool: 'pool', blocker: 'blocker', starred: 'star' };

const extrasOf = (fields: readonly Selected[]): ReadonlySet<StackExtra> => new Set(fields.flatMap(({ name }) => EXTRAS[name] ?? []));

async function pageOf({ ports, actor, loaders }: GraphqlContext, search: StackSearch & { readonly atOnce?: number }, fields: readonly Selected[]): Promise<Page<StackModel>> {
  const asked = extrasOf(fields);
  const { page, extras } = await listStacks(ports, actor, search, asked);
  loaders.know(page.items, asked, extras);
  return page;
}

/** Every stack that the caller may see, by id. */
async function visibleStacks(context: GraphqlContext, fields: readonly Selected[]): Promise<readonly StackModel[]> {
  const stacks: StackModel[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<StackModel> = await pageOf(context, { atOnce: STACKS_AT_ONCE, after, orderBy: { field: 'id', direction: 'ASC' } }, fields);
    stacks.push(...page.items);
    if (!page.hasNextPage) return stacks;
    after = page.endCursor;
  }
}

const isListName = (name: string): name is StackListName => Object.hasOwn(STACK_LISTS, name);

/** A stack with the lists of its runs that are asked for. */
async function stackOf(id: string, { ports, actor, loaders }: GraphqlContext, fields: readonly Selected[]): Promise<StackModel | null> {
  const asked = fields.flatMap(({ name, args }) => (isListName(name) ? [{ name, before: (args.before ?? null) as string | null }] : []));
  const found = await readStackWithRuns(ports, actor, { id, listings: asked.map(({ name, before }) => ({ ...STACK_LISTS[name], before })) });
  if (found === undefined) return null;
  asked.forEach(({ name, before }, index) => loaders.runLists.set(listKey(found.stack.id, name, before), found.lists[index] ?? []));
  return found.stack;
}

export const Query: Pick<QueryResolvers, 'stack' | 'stacks' | 'searchStacks'> = {
  stack: (_, { id }, context, info) => stackOf(id, context, selectedBelow(info)),
  stacks: (_, __, context, info) => visibleStacks(context, selectedBelow(info)),
  searchStacks: async (_, { input }, context, info) => toConnection(await pageOf(context, input, selectedBelow(info, 'edges', 'node'))),
};

export const Mutation: Pick<MutationResolvers, Mutations> = {
  stackCreate: async (_, { input, manageState, slug, stackObjectID }, { ports, actor }) => {
    if (!stackObjectID) return createStack(ports, actor, { input, manageState, slug });
    // A bad upload is refused before there is a stack.
    await requireSeed(ports, actor, stackObjectID);
    const stack = await createStack(ports, actor, { input, manageState, slug, stackObjectId: stackObjectID });
    await seedState(ports, actor, { stackId: stack.id, objectId: stackObjectID });
    return stack;
  },
  stackUpdate: (_, { id, input }, { ports, actor }) => updateStack(ports, actor, { id, input }),
  stackDelete: (_, { id, destroyResources }, { ports, actor }) => deleteStack(ports, actor, { id, destroyResources }),
  stackEnable: (_, { id }, { ports, actor }) => enableStack(ports, actor, { id }),
  stackDisable: (_, { id }, { ports, actor }) => disableStack(ports, actor, { id }),
  stackLock: (_, { id, note }, { ports, actor }) => lockStack(ports, actor, { id, note }),
  stackUnlock: (_, { id }, { ports, actor }) => unlockStack(ports, actor, { id }),
  stackReslug: (_, { id }, { ports, actor }) => reslugStack(ports, actor, { id }),
  starSet: (_, { id, star }, { ports, actor }) => starStack(ports, actor, { id, star }),
  stackSetCurrentCommit: (_, { id, sha }, { ports, actor }) => setCurrentCommit(ports, actor, { id, sha }),
  stackSyncCommit: (_, { id }, { ports, actor }) => syncCommit(ports, actor, { id }),
  stackConfigAdd: (_, { stack, config }, { ports, actor }) => addStackConfig(ports, actor, { stackId: stack, config }),
  stackConfigDelete: (_, { stack, id }, { ports, actor }) => deleteStackConfig(ports, actor, { stackId: stack, name: id }),
  stackGitHookReset: (_, { id }, { ports, actor }) => resetGitHook(ports, actor, { id }),
};
