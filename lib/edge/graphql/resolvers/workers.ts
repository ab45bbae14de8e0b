import { createPool } from '../../../core/workers/actions/create-pool.ts';
import { cyclePool } from '../../../core/workers/actions/cycle-pool.ts';
import { deletePool } from '../../../core/workers/actions/delete-pool.ts';
import { listAttachablePools, listPools, publicPoolNumbers } from '../../../core/workers/actions/list-pools.ts';
import { readPool } from '../../../core/workers/actions/read-pool.ts';
import { resetPool } from '../../../core/workers/actions/reset-pool.ts';
import { setWorkerDrain } from '../../../core/workers/actions/set-worker-drain.ts';
import { updatePool } from '../../../core/workers/actions/update-pool.ts';
import { NO_NUMBERS } from '../../../core/workers/pool-numbers-store.ts';
import { NO_DRIFT_LIMIT } from '../../../core/workers/pool-settings.ts';
import { sharedPool } from '../../../core/workers/pool-store.ts';
import { poolToken } from '../../../core/workers/pool-token.ts';
import type { Worker as WorkerModel, WorkerPool as PoolModel } from '../../../core/workers/worker.ts';
import { schedulableRuns } from '../../../core/runs/pool-queue-store.ts';
import { invalid } from '../../../core/shared/errors.ts';
import { can } from '../../../core/shared/actor.ts';
import type { GraphqlContext } from '../context.ts';
import type { MutationResolvers, PublicWorkerPoolResolvers, QueryResolvers, SearchInput, WorkerPoolResolvers, WorkerResolvers } from '../resolver-types.ts';
import { searchIn, type Searchable } from '../search.ts';
import { emptyConnection, toConnection } from './pages.ts';
import { seconds, secondsOrNull } from './values.ts';

type Queries = 'workerPool' | 'workerPools' | 'searchWorkerPools' | 'publicWorkerPool' | 'attachableWorkerPoolsInSpace';
type Mutations = 'workerPoolCreate' | 'workerPoolUpdate' | 'workerPoolDelete' | 'workerPoolReset' | 'workerPoolCycle' | 'workerDrainSet';

const SEARCH: Searchable<PoolModel> = {
  id: (pool) => pool.id,
  text: (pool) => [pool.name, pool.id, pool.description, ...pool.labels],
  fields: {
    id: (pool) => pool.id,
    name: (pool) => pool.name,
    description: (pool) => pool.description,
    label: (pool) => pool.labels,
    labels: (pool) => pool.labels,
    space: (pool) => pool.spaceId,
    createdAt: (pool) => seconds(pool.createdAt),
    updatedAt: (pool) => seconds(pool.updatedAt),
  },
  order: { field: 'name', direction: 'ASC' },
};

export const Query: Pick<QueryResolvers, Queries> = {
  workerPool: async (_, { id }, { ports, actor }) => (await readPool(ports, actor, id)) ?? null,
  workerPools: (_, __, { ports, actor }) => listPools(ports, actor),
  searchWorkerPools: async (_, { input }, { ports, actor }) => searchIn(await listPools(ports, actor), input, SEARCH),
  publicWorkerPool: (_, __, { ports }) => publicPoolNumbers(ports),
  attachableWorkerPoolsInSpace: (_, { id }, { ports, actor }) => listAttachablePools(ports, actor, id),
};

export const Mutation: Pick<MutationResolvers, Mutations> = {
  workerPoolCreate: async (_, { space, driftDetectionRunLimit, ...input }, { ports, actor }) =>
    (await createPool(ports, actor, { ...input, spaceId: space, driftRunLimit: driftDetectionRunLimit })).pool,
  workerPoolUpdate: (_, { space, driftDetectionRunLimit, ...input }, { ports, actor }) => updatePool(ports, actor, { ...input, spaceId: space, driftRunLimit: driftDetectionRunLimit }),
  workerPoolDelete: async (_, { id }, { ports, actor }) => ({ ...(await deletePool(ports, actor, { id })), deleted: true }),
  workerPoolReset: async (_, input, { ports, actor }) => (await resetPool(ports, actor, input)).pool,
  workerPoolCycle: async (_, { id }, { ports, actor }) => {
    await cyclePool(ports, actor, { id });
    return true;
  },
  workerDrainSet: (_, { workerPool, id, drain }, { ports, actor }) => setWorkerDrain(ports, actor, { poolId: workerPool, workerId: id, drain }),
};

const numbersOf = async (pool: PoolModel, { loaders }: GraphqlContext) => (await loaders.poolNumbers(pool.id)) ?? NO_NUMBERS;

export const WorkerPool: WorkerPoolResolvers = {
  space: (pool) => pool.spaceId,
  spaceDetails: (pool, _, { loaders }) => loaders.getSpace(pool.spaceId),
  createdAt: (pool) => seconds(pool.createdAt),
  updatedAt: (pool) => seconds(pool.updatedAt),
  deleted: (pool) => pool.deleted ?? false,
  config: (pool, _, { ports, actor }) => (can(actor, 'worker-pool:update', pool.spaceId) ? poolToken(pool, ports.settings) : ''),
  driftDetectionRunLimit: (pool) => (pool.driftRunLimit === NO_DRIFT_LIMIT ? null : pool.driftRunLimit),
  managedByK8sController: () => false,
  busyWorkers: async (pool, _, context) => (await numbersOf(pool, context)).busyWorkers,
  pendingRuns: async (pool, _, context) => (await numbersOf(pool, context)).pendingRuns,
  workersCount: async (pool, _, context) => (await numbersOf(pool, context)).workers,
  workers: async (pool, _, { loaders }) => (await loaders.workersOfPool(pool.id)) ?? [],
  searchSchedulableRuns: (pool, { input }, context) => queueOf(pool.id, input, context),
};

export const PublicWorkerPool: PublicWorkerPoolResolvers = {
  parallelism: (numbers) => numbers.workers,
  schedulableRunsCount: (numbers) => numbers.schedulableRuns,
  usersCount: (numbers) => numbers.users,
  searchSchedulableRuns: async (_, { input }, context) => {
    const pool = await sharedPool(context.ports.db.sql);
    return pool === undefined ? emptyConnection() : queueOf(pool.id, input, context);
  },
};

/** The queue has an order of its own; of its runs only those that the caller may see are shown. */
async function queueOf(poolId: string, input: SearchInput, { ports, actor }: GraphqlContext) {
  if (input.predicates?.length || input.fullTextSearch) throw invalid('the queue of a worker pool cannot be searched, only paged');
  const page = await schedulableRuns(ports.db.sql, poolId, input);
  const visible = page.items.filter(({ run }) => can(actor, 'space:read', run.spaceId));
  return toConnection({ ...page, items: visible.map(({ run, position }) => ({ position, run, stackId: run.stackId })) });
}

const statusOf = (worker: WorkerModel) => (worker.drained ? 'DRAINED' : worker.busy ? 'BUSY' : 'IDLE');

export const Worker: WorkerResolvers = {
  availableAt: (worker) => (worker.busy ? null : secondsOrNull(worker.availableAt)),
  createdAt: (worker) => seconds(worker.createdAt),
  metadata: (worker) => JSON.stringify(worker.metadata),
  status: (worker) => statusOf(worker),
};
