import { evaluationsOfStack } from '../../../core/policies/evaluation-store.ts';
import { listIgnoredTriggers } from '../../../core/runs/ignored-trigger-store.ts';
import { listRuns } from '../../../core/runs/run-list-store.ts';
import { findRun } from '../../../core/runs/run-store.ts';
import { isTerminal } from '../../../core/runs/run-states.ts';
import { whyOfStack } from '../../../core/runs/run-why.ts';
import type { Run as RunModel } from '../../../core/runs/run.ts';
import { can } from '../../../core/shared/actor.ts';
import { isAppError } from '../../../core/shared/errors.ts';
import { pageSize } from '../../../core/shared/pages.ts';
import { gitHookUrl } from '../../../core/stacks/actions/reset-git-hook.ts';
import { settingsFor } from '../../../core/stacks/run-settings.ts';
import type { Stack as StackModel } from '../../../core/stacks/stack.ts';
import { isSettledByWorkers, resolveToolVersion } from '../../../core/stacks/tool-version.ts';
import { listEntities } from '../../../core/state/actions/list-entities.ts';
import { listOutputs } from '../../../core/state/actions/list-outputs.ts';
import { listStateVersions } from '../../../core/state/actions/list-state-versions.ts';
import { failedLook } from '../../../core/vcs/repository-store.ts';
import type { GraphqlContext } from '../context.ts';
import type { StackResolvers } from '../resolver-types.ts';
import { runList } from './stack-lists.ts';
import { stackConfig } from './stack-config.ts';
import { vendorOf } from './vendors.ts';
import { seconds, secondsOrNull, toCommit } from './values.ts';

const WHY = 20;

const runOf = async (stack: StackModel, id: string, { ports }: GraphqlContext): Promise<RunModel | null> => {
  const run = await findRun(ports.db.sql, id);
  return run?.stackId === stack.id ? run : null;
};

/** What is set once per stack and has nothing to do with a cloud yet. */
const NO_INTEGRATIONS = {
  aws: {
    activated: false, assumedRoleArn: null, assumeRoleLink: null, assumeRolePolicyStatement: '', durationSeconds: null, externalID: null,
    generateCredentialsInWorker: false, region: null,
  },
  gcp: { activated: false, serviceAccountEmail: null, tokenScopes: [] },
};

type Hooks = 'afterApply' | 'afterDestroy' | 'afterInit' | 'afterPerform' | 'afterPlan' | 'afterRun' | 'beforeApply' | 'beforeDestroy' | 'beforeInit' | 'beforePerform' | 'beforePlan';

const hooks: Pick<StackResolvers, Hooks> = {
  afterApply: (stack) => stack.hooks.afterApply,
  afterDestroy: (stack) => stack.hooks.afterDestroy,
  afterInit: (stack) => stack.hooks.afterInit,
  afterPerform: (stack) => stack.hooks.afterPerform,
  afterPlan: (stack) => stack.hooks.afterPlan,
  afterRun: (stack) => stack.hooks.afterRun,
  beforeApply: (stack) => stack.hooks.beforeApply,
  beforeDestroy: (stack) => stack.hooks.beforeDestroy,
  beforeInit: (stack) => stack.hooks.beforeInit,
  beforePerform: (stack) => stack.hooks.beforePerform,
  beforePlan: (stack) => stack.hooks.beforePlan,
};

const source: StackResolvers = {
  repositoryURL: (stack) => stack.repositoryUrl,
  trackedCommit: (stack) => stack.trackedCommit && toCommit(stack.trackedCommit),
  trackedBranchHead: (stack) => stack.branchHead && toCommit(stack.branchHead),
  gitHookUrl: (stack, _, { ports, actor }) => gitHookUrl(actor, stack, ports.settings.baseUrl),
};

const tool: StackResolvers = {
  vendorConfig: (stack) => vendorOf(stack.vendorConfig),
  terraformVersion: (stack) => stack.lastAppliedVersion,
  effectiveTerraformVersion: async (stack, _, { ports, loaders }) => {
    try {
      const offered = await loaders.toolsOfPool(stack.workerPoolId);
      const question = { stack, settings: settingsFor(stack, undefined), offered, allowed: ports.settings.terraformAllowedVersions };
      return resolveToolVersion(isSettledByWorkers(question) ? question : { ...question, known: await loaders.releases() }).version;
    } catch (error) {
      if (isAppError(error, 'INVALID')) return null;
      throw error;
    }
  },
  workerPool: async (stack, _, { actor, loaders }) => {
    const pool = stack.workerPoolId === null ? undefined : await loaders.pool(stack.workerPoolId);
    return pool !== undefined && can(actor, 'space:read', pool.spaceId) ? pool : null;
  },
};

const standing: StackResolvers = {
  stateIsTerminal: (stack) => stack.state !== 'NONE' && isTerminal(stack.state),
  stateSetAt: (stack) => secondsOrNull(stack.stateSetAt),
  lastApplyAt: (stack) => secondsOrNull(stack.lastApplyAt),
  lockedAt: (stack) => secondsOrNull(stack.lockedAt),
  blocked: (stack) => stack.blockerRunId !== null,
  blocker: async (stack, _, { loaders }) => (stack.blockerRunId === null ? null : ((await loaders.run(stack.blockerRunId)) ?? null)),
  isStateRollback: async (stack, _, { loaders }) => (await loaders.isOnRollback(stack.id)) ?? false,
  managedStateVersions: (stack, { before }, { ports, actor }) => (stack.manageState ? listStateVersions(ports, actor, { stackId: stack.id, before: before ?? undefined }) : []),
};

const runs: StackResolvers = {
  run: (stack, { id }, context) => runOf(stack, id, context),
  runResourceState: (stack, { id }, context) => runOf(stack, id, context),
  runs: (stack, { before }, context) => runList(stack.id, 'runs', before, context),
  proposedRuns: (stack, { before }, context) => runList(stack.id, 'proposedRuns', before, context),
  tasks: (stack, { before }, context) => runList(stack.id, 'tasks', before, context),
  why: async (stack, { first }, { ports }) => {
    const limit = pageSize(first, WHY);
    const { sql } = ports.db;
    const [latest, ignored, unread, evaluations] = await Promise.all([
      listRuns(sql, stack.id, { types: ['TRACKED', 'PROPOSED', 'TASK', 'DESTROY'], limit, withDrift: true }),
      listIgnoredTriggers(sql, stack.id, limit),
      failedLook(sql, stack.repositoryUrl),
      evaluationsOfStack(sql, stack.id, limit),
    ]);
    return whyOfStack({ runs: latest, ignored, unread, evaluations }, limit);
  },
};

export const Stack: StackResolvers = {
  ...hooks,
  ...source,
  ...tool,
  ...standing,
  ...runs,
  ...stackConfig,
  space: (stack) => stack.spaceId,
  spaceDetails: (stack, _, { loaders }) => loaders.getSpace(stack.spaceId),
  createdAt: (stack) => seconds(stack.createdAt),
  canWrite: (stack, _, { actor }) => can(actor, 'space:write', stack),
  deleted: () => false,
  enableSensitiveOutputUpload: (stack) => stack.sensitiveOutputUpload,
  enableWellKnownSecretMasking: (stack) => stack.wellKnownSecretMasking,
  managesStateFile: (stack) => stack.manageState,
  starred: async (stack, _, { loaders }) => (await loaders.isStarred(stack.id)) ?? false,
  entities: (stack, _, { ports }) => listEntities(ports, stack),
  entityCount: async (stack, _, { loaders }) => (await loaders.resourceCount(stack.id)) ?? 0,
  outputs: (stack, _, { ports }) => listOutputs(ports, stack.id),
  integrations: (stack) => ({ ...NO_INTEGRATIONS, stackId: stack.id }),
  notificationCount: async (stack, _, { loaders }) => (await loaders.unreadOf(stack)) ?? 0,
  attachedPolicies: (stack, _, { loaders }) => loaders.policiesOf(stack),
  moduleVersionsUsed: () => [],
  dependsOn: () => [],
  isDependedOnBy: () => [],
};
