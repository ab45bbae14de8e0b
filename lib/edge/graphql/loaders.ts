import { listBindingsOf, type RoleBinding } from '../../core/accounts/role-binding-store.ts';
import { listRoles } from '../../core/accounts/role-store.ts';
import type { Role } from '../../core/accounts/role.ts';
import { stacksOfContexts } from '../../core/contexts/attachment-store.ts';
import { showConfigOf, type ShownConfig } from '../../core/contexts/actions/list-config.ts';
import type { ConfigOwner } from '../../core/contexts/config.ts';
import { contextsOfStack } from '../../core/contexts/context-store.ts';
import type { AttachedContext, Context, ContextAttachment } from '../../core/contexts/context.ts';
import { loadBodies } from '../../core/policies/actions/load-body.ts';
import { policiesOfStack, stacksOfPolicies, type AttachedPolicy } from '../../core/policies/attachment-store.ts';
import { receiptsOfRuns } from '../../core/policies/evaluation-store.ts';
import type { Evaluation } from '../../core/policies/evaluation.ts';
import type { Policy, PolicyAttachment } from '../../core/policies/policy.ts';
import { countUnread } from '../../core/notifications/notification-store.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { findRuns, newestTrackedRunIds } from '../../core/runs/run-list-store.ts';
import { commentedRuns, listComments } from '../../core/runs/run-discussion-store.ts';
import type { RunComment } from '../../core/runs/run-discussion.ts';
import { historyOfRuns } from '../../core/runs/run-store.ts';
import type { StackExtra, StackExtras } from '../../core/runs/stack-list-store.ts';
import type { Run, RunHistoryEntry } from '../../core/runs/run.ts';
import { can, type Actor } from '../../core/shared/actor.ts';
import { listSpaces } from '../../core/spaces/space-store.ts';
import type { Space } from '../../core/spaces/space.ts';
import { starredStacks } from '../../core/stacks/stack-change-store.ts';
import { findStacks } from '../../core/stacks/stack-store.ts';
import type { Stack } from '../../core/stacks/stack.ts';
import type { KnownReleases } from '../../core/stacks/tool-catalogue.ts';
import { knownReleases } from '../../core/stacks/tool-release-store.ts';
import { toolsOfPool } from '../../core/stacks/worker-tool-store.ts';
import { entityValues } from '../../core/state/actions/entity-values.ts';
import type { StackEntity } from '../../core/state/entity-search-store.ts';
import { countResources } from '../../core/state/entity-store.ts';
import { stacksOnRollback } from '../../core/state/state-store.ts';
import { listStackWebhooks, type StackWebhook } from '../../core/webhooks/actions/read-webhook.ts';
import { poolNumbers, type PoolNumbers } from '../../core/workers/pool-numbers-store.ts';
import { findPools } from '../../core/workers/pool-store.ts';
import { listWorkersOfPools } from '../../core/workers/worker-store.ts';
import type { ToolOnWorker, Worker, WorkerPool } from '../../core/workers/worker.ts';
import { batched, once, remembered, type Loader } from './batch.ts';

/** Reads on behalf of lists: what many items ask for in one turn is one statement. */
export interface Loaders {
  spaces(): Promise<readonly Space[]>;
  getSpace(id: string): Promise<Space>;
  /** What a list of stacks read along counts as loaded. */
  know(stacks: readonly Stack[], asked: ReadonlySet<StackExtra>, extras: StackExtras): void;
  /** A stack's list of runs that was read with it, by name and arguments. */
  readonly runLists: Map<string, readonly Run[]>;
  readonly stack: Loader<string, Stack>;
  webhooksOfStack(stackId: string): Promise<readonly StackWebhook[] | undefined>;
  /** Unread entries of the inbox, for those who have it. */
  unreadOf(stack: Stack): Promise<number | undefined>;
  getStack(id: string): Promise<Stack>;
  isStarred(stackId: string): Promise<boolean | undefined>;
  isOnRollback(stackId: string): Promise<boolean | undefined>;
  contextsOf(stack: Stack): Promise<readonly AttachedContext[]>;
  policiesOf(stack: Stack): Promise<readonly AttachedPolicy[]>;
  stacksOfPolicy(policy: Policy): Promise<readonly PolicyAttachment[] | undefined>;
  bodyOfPolicy(policy: Policy): Promise<string | undefined>;
  receiptsOf(runId: string): Promise<readonly Evaluation[] | undefined>;
  pool(id: string): Promise<WorkerPool | undefined>;
  /** Tools on the workers of a pool; of the shared one for null. */
  toolsOfPool(poolId: string | null): Promise<readonly ToolOnWorker[]>;
  /** What the publishers of tools list. */
  releases(): Promise<KnownReleases>;
  run(id: string): Promise<Run | undefined>;
  historyOf(runId: string): Promise<readonly RunHistoryEntry[] | undefined>;
  commentsOf(runId: string): Promise<readonly RunComment[] | undefined>;
  newestTrackedRunId(stackId: string): Promise<string | undefined>;
  /** By `stack <id>` or `context <id>`. */
  configOf(owner: `${ConfigOwner['type']} ${string}`): Promise<readonly ShownConfig[] | undefined>;
  stacksOfContext(context: Context): Promise<readonly ContextAttachment[] | undefined>;
  /** Sanitized attributes or output value, as JSON text. */
  entityValues(entity: StackEntity): Promise<string | undefined>;
  resourceCount(stackId: string): Promise<number | undefined>;
  poolNumbers(poolId: string): Promise<PoolNumbers | undefined>;
  workersOfPool(poolId: string): Promise<readonly Worker[] | undefined>;
  roles(): Promise<ReadonlyMap<string, Role>>;
  bindingsOfKey(keyId: string): Promise<readonly RoleBinding[] | undefined>;
}

export function loaders(ports: Ports, visitor: Actor | undefined): Loaders {
  const { sql } = ports.db;
  const spaces = once(() => listSpaces(sql));
  const knownSpaces = new Map<string, Space>();
  const isStarred = batched(async (ids: readonly string[]) => marked(visitor === undefined ? new Set() : await starredStacks(sql, visitor.login, ids)));
  const pool = batched(async (ids: readonly string[]) => keyed(await findPools(sql, ids), ({ id }) => id));
  const run = batched(async (ids: readonly string[]) => keyed(await findRuns(sql, ids), ({ id }) => id));
  const stack = batched(async (ids: readonly string[]) => keyed(await findStacks(sql, ids), ({ id }) => id));
  return {
    spaces,
    async getSpace(id) {
      const found = knownSpaces.get(id) ?? (await spaces()).find((space) => space.id === id);
      if (found === undefined) throw new Error(`space ${id} is gone, though something lies in it`);
      return found;
    },
    stack,
    async getStack(id) {
      const found = await stack(id);
      if (found === undefined) throw new Error(`stack ${id} is gone, though something names it`);
      return found;
    },
    isStarred,
    webhooksOfStack: batched(async (ids) => Map.groupBy(await listStackWebhooks(ports, ids), ({ stackId }) => stackId ?? '')),
    unreadOf: batched(async (owners) => {
      const shown = owners.filter(({ spaceId }) => visitor !== undefined && can(visitor, 'space:admin', spaceId));
      const unread = await countUnread(sql, shown.map(({ id }) => id));
      return new Map(shown.map((owner) => [owner, unread.get(owner.id) ?? 0]));
    }),
    isOnRollback: batched(async (ids) => marked(await stacksOnRollback(sql, ids))),
    contextsOf: remembered(
      (owner) => owner.id,
      async (owner) => contextsOfStack(sql, owner, await spaces()),
    ),
    policiesOf: remembered((owner) => owner.id, (owner) => policiesOfStack(sql, owner)),
    stacksOfPolicy: batched(async (policies) => {
      const found = await stacksOfPolicies(sql, policies, await spaces());
      return new Map(policies.map((policy) => [policy, (found.get(policy.id) ?? []).filter(({ stackSpaceId }) => visitor !== undefined && can(visitor, 'space:read', stackSpaceId))]));
    }),
    bodyOfPolicy: batched(async (policies) => {
      const bodies = await loadBodies(ports, policies);
      return new Map(policies.map((policy, index) => [policy, bodies[index]?.body ?? '']));
    }),
    receiptsOf: batched(async (ids) => Map.groupBy(await receiptsOfRuns(sql, ids), (receipt) => receipt.runId ?? '')),
    releases: once(() => knownReleases(sql)),
    toolsOfPool: remembered((poolId) => poolId, (poolId) => toolsOfPool(sql, poolId)),
    pool,
    run,
    runLists: new Map(),
    know(stacks, asked, extras) {
      for (const space of extras.spaces) knownSpaces.set(space.id, space);
      const [pools, blockers] = [keyed(extras.pools, ({ id }) => id), keyed(extras.blockers, ({ id }) => id)];
      for (const { id, workerPoolId, blockerRunId } of stacks) {
        if (asked.has('star')) isStarred.known(id, extras.starred.has(id) || undefined);
        if (asked.has('pool') && workerPoolId !== null) pool.known(workerPoolId, pools.get(workerPoolId));
        if (asked.has('blocker') && blockerRunId !== null) run.known(blockerRunId, blockers.get(blockerRunId));
      }
    },
    historyOf: batched(async (ids) => Map.groupBy(await historyOfRuns(sql, ids), (entry) => entry.runId)),
    commentsOf: batched(async (ids) => new Map(await Promise.all((await commentedRuns(sql, ids)).map(async (id) => [id, await listComments(sql, id)] as const)))),
    newestTrackedRunId: batched((stackIds) => newestTrackedRunIds(sql, stackIds)),
    configOf: batched(async (owners) => {
      const parsed = owners.map((owner): ConfigOwner => ({ type: owner.startsWith('stack ') ? 'stack' : 'context', id: owner.slice(owner.indexOf(' ') + 1) }));
      return Map.groupBy(await showConfigOf(ports, parsed), ({ owner }) => `${owner.type} ${owner.id}` as const);
    }),
    stacksOfContext: batched(async (contexts) => {
      const found = await stacksOfContexts(sql, contexts, await spaces());
      return new Map(contexts.map((context) => [context, (found.get(context.id) ?? []).filter(({ stackSpaceId }) => visitor !== undefined && can(visitor, 'space:read', stackSpaceId))]));
    }),
    entityValues: batched(async (entities) => {
      const values = await entityValues(ports, entities);
      return new Map(entities.flatMap((entity) => (values.has(entity.id) ? [[entity, values.get(entity.id) ?? ''] as const] : [])));
    }),
    resourceCount: batched((stackIds) => countResources(sql, stackIds)),
    poolNumbers: batched((poolIds) => poolNumbers(sql, poolIds)),
    workersOfPool: batched(async (poolIds) => Map.groupBy(await listWorkersOfPools(sql, poolIds), (worker) => worker.poolId)),
    roles: once(async () => keyed(await listRoles(sql), (role) => role.id)),
    bindingsOfKey: batched(async (keyIds) => Map.groupBy(await listBindingsOf(sql, 'api_key', keyIds), (binding) => binding.actorId)),
  };
}

const keyed = <Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item> => new Map(items.map((item) => [keyOf(item), item]));
const marked = (ids: ReadonlySet<string>): ReadonlyMap<string, boolean> => new Map([...ids].map((id) => [id, true]));
