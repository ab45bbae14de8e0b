import { cancelRun } from '../../../core/runs/actions/cancel-run.ts';
import { commentRun } from '../../../core/runs/actions/comment-run.ts';
import { confirmRun } from '../../../core/runs/actions/confirm-run.ts';
import { createTask } from '../../../core/runs/actions/create-task.ts';
import { discardAllRuns } from '../../../core/runs/actions/discard-all-runs.ts';
import { discardRun } from '../../../core/runs/actions/discard-run.ts';
import { killRun } from '../../../core/runs/actions/kill-run.ts';
import { markExternalDependency } from '../../../core/runs/actions/mark-external-dependency.ts';
import { prioritizeRun } from '../../../core/runs/actions/prioritize-run.ts';
import { promoteRun } from '../../../core/runs/actions/promote-run.ts';
import { proposeLocalWorkspace } from '../../../core/runs/actions/propose-local-workspace.ts';
import { proposeWithOverrides } from '../../../core/runs/actions/propose-with-overrides.ts';
import { readRun } from '../../../core/runs/actions/read-run.ts';
import { retryRun } from '../../../core/runs/actions/retry-run.ts';
import { reviewRun } from '../../../core/runs/actions/review-run.ts';
import { searchRuns } from '../../../core/runs/actions/search-runs.ts';
import { stopRun } from '../../../core/runs/actions/stop-run.ts';
import { targetedReplan } from '../../../core/runs/actions/targeted-replan.ts';
import { triggerRun } from '../../../core/runs/actions/trigger-run.ts';
import { uploadLocalWorkspace } from '../../../core/runs/actions/upload-local-workspace.ts';
import { invalid, notFound } from '../../../core/shared/errors.ts';
import { readStack } from '../../../core/stacks/actions/read-stack.ts';
import type { MutationResolvers, QueryResolvers, RunType } from '../resolver-types.ts';
import { toConnection } from './pages.ts';
import { runtimeConfigText } from './runtime-config.ts';
import { seconds } from './values.ts';

type Mutations =
  | 'runTrigger' | 'runResourceCreate' | 'proposeWithOverrides' | 'runConfirm' | 'runDiscard' | 'runDiscardAll' | 'runReview' | 'runCancel' | 'runStop' | 'runKill'
  | 'runRetry' | 'runPromote' | 'runTargetedReplan' | 'runPrioritizeSet' | 'runPrioritySet' | 'runComment' | 'taskCreate' | 'uploadLocalWorkspace'
  | 'runProposeLocalWorkspace' | 'runExternalDependencyMarkAsCompleted';

export const Query: Pick<QueryResolvers, 'runStack' | 'searchRuns'> = {
  searchRuns: async (_, { input }, { ports, actor, loaders }) => {
    const found = await searchRuns(ports, actor, input);
    for (const stack of found.stacks) loaders.stack.known(stack.id, stack);
    const page = toConnection(found);
    const nodes = await Promise.all(page.edges.map(async ({ node: run }) => ({ run, stack: await loaders.getStack(run.stackId) })));
    return { ...page, edges: nodes.map((node) => ({ node })) };
  },
  runStack: async (_, { runId }, { ports, actor }) => {
    const run = await readRun(ports, actor, runId);
    const stack = run && (await readStack(ports, actor, run.stackId));
    // Clients compare this text to learn that the id is not a run's.
    if (stack === undefined) throw notFound('not found');
    return stack;
  },
};

/** Tracked or proposed: other types are started by mutations of their own. */
function startable(type: RunType | null | undefined): 'TRACKED' | 'PROPOSED' {
  if (type === null || type === undefined || type === 'TRACKED') return 'TRACKED';
  if (type === 'PROPOSED') return 'PROPOSED';
  throw invalid(`runTrigger starts TRACKED and PROPOSED runs, not ${type}`, { field: 'runType' });
}

export const Mutation: Pick<MutationResolvers, Mutations> = {
  runTrigger: async (_, { stack, commitSha, runType, runtimeConfig, forceApply }, { ports, actor, request }) =>
    triggerRun(ports, actor, {
      stackId: stack,
      type: startable(runType),
      commitSha,
      forceApply: forceApply ?? null,
      runtimeConfig: await runtimeConfigText(runtimeConfig),
      userMetadata: request.runMetadata,
    }),
  runResourceCreate: async (_, { stack, commitSha, proposed }, { ports, actor, request }) =>
    (await triggerRun(ports, actor, { stackId: stack, type: proposed ? 'PROPOSED' : 'TRACKED', commitSha, userMetadata: request.runMetadata })).id,
  proposeWithOverrides: (_, { stack, commitSha, environmentVarsOverrides }, { ports, actor, request }) =>
    proposeWithOverrides(ports, actor, { stackId: stack, commitSha, environmentVarsOverrides, userMetadata: request.runMetadata }),
  runConfirm: (_, { stack, run, note }, { ports, actor, request }) => confirmRun(ports, actor, { stackId: stack, runId: run, note, userMetadata: request.runMetadata }),
  runDiscard: (_, { stack, run, note }, { ports, actor }) => discardRun(ports, actor, { stackId: stack, runId: run, note }),
  runDiscardAll: (_, { stack, note }, { ports, actor }) => discardAllRuns(ports, actor, { stackId: stack, note }),
  runReview: async (_, { stack, run, decision, note }, { ports, actor }) => {
    const review = await reviewRun(ports, actor, { stackId: stack, runId: run, decision, note });
    return { ...review, timestamp: seconds(review.createdAt) };
  },
  runCancel: (_, { stack, run, note }, { ports, actor }) => cancelRun(ports, actor, { stackId: stack, runId: run, note }),
  runStop: (_, { stack, run, note }, { ports, actor }) => stopRun(ports, actor, { stackId: stack, runId: run, note }),
  runKill: (_, { stack, run, note }, { ports, actor }) => killRun(ports, actor, { stackId: stack, runId: run, note }),
  runRetry: (_, { stack, run }, { ports, actor, request }) => retryRun(ports, actor, { stackId: stack, runId: run, userMetadata: request.runMetadata }),
  runPromote: (_, { stack, run }, { ports, actor, request }) => promoteRun(ports, actor, { stackId: stack, runId: run, userMetadata: request.runMetadata }),
  runTargetedReplan: (_, { stack, run, targets }, { ports, actor }) => targetedReplan(ports, actor, { stackId: stack, runId: run, targets }),
  runPrioritizeSet: (_, { stack, run, prioritize }, { ports, actor }) => prioritizeRun(ports, actor, { stackId: stack, runId: run, prioritize }),
  runPrioritySet: (_, { stack, run, preset }, { ports, actor }) => prioritizeRun(ports, actor, { stackId: stack, runId: run, preset }),
  runComment: async (_, { stack, run, body }, { ports, actor }) => {
    const comment = await commentRun(ports, actor, { stackId: stack, runId: run, body });
    return { ...comment, createdAt: seconds(comment.createdAt) };
  },
  runExternalDependencyMarkAsCompleted: async (_, { dependency, status }, { ports, actor }) => {
    await markExternalDependency(ports, actor, { dependency, status });
    return { phantom: true, status };
  },
  taskCreate: (_, { stack, command, skipInitialization }, { ports, actor, request }) =>
    createTask(ports, actor, { stackId: stack, command, skipInitialization, userMetadata: request.runMetadata }),
  uploadLocalWorkspace: async (_, { stack }, { ports, actor }) => {
    const upload = await uploadLocalWorkspace(ports, actor, { stackId: stack });
    return { ...upload, uploadHeaders: { entries: Object.entries(upload.uploadHeaders).map(([key, value]) => ({ key, value })) } };
  },
  runProposeLocalWorkspace: (_, { stack, workspace, environmentVarsOverrides }, { ports, actor, request }) =>
    proposeLocalWorkspace(ports, actor, { stackId: stack, workspaceId: workspace, environmentVarsOverrides, userMetadata: request.runMetadata }),
};
