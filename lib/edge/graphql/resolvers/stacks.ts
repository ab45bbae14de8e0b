import { addStackConfig } from '../../../core/stacks/actions/add-stack-config.ts';
import { createStack } from '../../../core/stacks/actions/create-stack.ts';
import { deleteStackConfig } from '../../../core/stacks/actions/delete-stack-config.ts';
import { deleteStack } from '../../../core/stacks/actions/delete-stack.ts';
import { disableStack } from '../../../core/stacks/actions/disable-stack.ts';
import { enableStack } from '../../../core/stacks/actions/enable-stack.ts';
import { lockStack } from '../../../core/stacks/actions/lock-stack.ts';
import { readStack } from '../../../core/stacks/actions/read-stack.ts';
import { resetGitHook } from '../../../core/stacks/actions/reset-git-hook.ts';
import { reslugStack } from '../../../core/stacks/actions/reslug-stack.ts';
import { setCurrentCommit } from '../../../core/stacks/actions/set-current-commit.ts';
import { starStack } from '../../../core/stacks/actions/star-stack.ts';
import { syncCommit } from '../../../core/stacks/actions/sync-commit.ts';
import { unlockStack } from '../../../core/stacks/actions/unlock-stack.ts';
import { updateStack } from '../../../core/stacks/actions/update-stack.ts';
import { listStacks } from '../../../core/stacks/stack-store.ts';
import type { Stack as StackModel } from '../../../core/stacks/stack.ts';
import { requireSeed, seedState } from '../../../core/state/actions/seed-state.ts';
import { can } from '../../../core/shared/actor.ts';
import type { GraphqlContext } from '../context.ts';
import type { MutationResolvers, QueryResolvers } from '../resolver-types.ts';
import { searchIn, type Searchable } from '../search.ts';
import { seconds, secondsOrNull } from './values.ts';

type Mutations =
  | 'stackCreate' | 'stackUpdate' | 'stackDelete' | 'stackEnable' | 'stackDisable' | 'stackLock' | 'stackUnlock' | 'stackReslug' | 'starSet' | 'stackSetCurrentCommit'
  | 'stackSyncCommit' | 'stackConfigAdd' | 'stackConfigDelete' | 'stackGitHookReset';

const STACKS_AT_ONCE = 500;

/** Every stack that the caller may see, by id. */
async function visibleStacks({ ports, actor }: GraphqlContext): Promise<readonly StackModel[]> {
  const spaceIds = actor.isRootAdmin ? ('all' as const) : [...actor.grants.keys()].filter((id) => can(actor, 'space:read', id));
  const stacks: StackModel[] = [];
  for (;;) {
    const page = await listStacks(ports.db.sql, { spaceIds, after: stacks.at(-1)?.id ?? null, limit: STACKS_AT_ONCE });
    stacks.push(...page);
    if (page.length < STACKS_AT_ONCE) return stacks;
  }
}

const VENDOR_NAMES: Readonly<Record<StackModel['vendorConfig']['vendor'], readonly string[]>> = { terraform: ['Terraform', 'TERRAFORM'], opentofu: ['OpenTofu', 'OPEN_TOFU', 'OPENTOFU'] };

const SEARCH: Searchable<StackModel> = {
  id: (stack) => stack.id,
  text: (stack) => [stack.name, stack.id, stack.description, ...stack.labels],
  fields: {
    id: (stack) => stack.id,
    name: (stack) => stack.name,
    label: (stack) => stack.labels,
    labels: (stack) => stack.labels,
    space: (stack) => stack.spaceId,
    state: (stack) => stack.state,
    stateSetAt: (stack) => secondsOrNull(stack.stateSetAt),
    administrative: (stack) => stack.administrative,
    autodeploy: (stack) => stack.autodeploy,
    branch: (stack) => stack.branch,
    commit: (stack) => stack.trackedCommit?.hash ?? null,
    createdAt: (stack) => seconds(stack.createdAt),
    isDisabled: (stack) => stack.isDisabled,
    locked: (stack) => stack.lockedBy !== null,
    lockedBy: (stack) => stack.lockedBy,
    namespace: (stack) => stack.namespace,
    projectRoot: (stack) => stack.projectRoot ?? '',
    provider: (stack) => stack.provider,
    repository: (stack) => stack.repository,
    repositoryURL: (stack) => stack.repositoryUrl,
    vendor: (stack) => VENDOR_NAMES[stack.vendorConfig.vendor],
    workerPool: (stack) => stack.workerPoolId,
  },
  order: { field: 'name', direction: 'ASC' },
};

export const Query: Pick<QueryResolvers, 'stack' | 'stacks' | 'searchStacks'> = {
  stack: async (_, { id }, { ports, actor }) => (await readStack(ports, actor, id)) ?? null,
  stacks: (_, __, context) => visibleStacks(context),
  searchStacks: async (_, { input }, context) => searchIn(await visibleStacks(context), input, SEARCH),
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
