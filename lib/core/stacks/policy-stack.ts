import { nanosecondsOfSeconds, type InputValue } from '../policies/input-text.ts';
import type { CommitInfo } from '../ports/vcs.ts';
import type { Space } from '../spaces/space.ts';
import type { WorkerPool } from '../workers/worker.ts';
import type { Stack } from './stack.ts';

/** What policies are told of a stack beside its own settings. */
export interface StackFacts {
  readonly space: Pick<Space, 'id' | 'name' | 'labels'>;
  /** Null for the shared pool. */
  readonly pool: Pick<WorkerPool, 'id' | 'name' | 'labels' | 'isShared'> | null;
  readonly roles: readonly { readonly id: string; readonly name: string }[];
  /** Ids of its contexts, strongest first. */
  readonly contexts: readonly string[];
}

export const spaceInput = ({ id, name, labels }: Pick<Space, 'id' | 'name' | 'labels'>): InputValue => ({ id, name, labels });

/** A revision as policies see it. */
export function commitInput(commit: CommitInfo, branch: string | null, isOnTrackedBranch: boolean): { readonly [key: string]: InputValue } {
  return {
    author: commit.authorLogin ?? commit.authorName,
    branch: branch ?? '',
    created_at: nanosecondsOfSeconds(commit.timestamp),
    hash: commit.hash,
    message: commit.message,
    url: commit.url,
    tag: commit.tag ?? null,
    pull_request_id: null,
    exist_on_tracked_branch: isOnTrackedBranch,
  };
}

function poolInput(pool: StackFacts['pool']): InputValue {
  if (pool === null || pool.isShared) return { public: true, id: null, name: null, labels: [] };
  return { public: false, id: pool.id, name: pool.name, labels: pool.labels };
}

/** A stack as policies see it. */
export function stackInput(stack: Stack, facts: StackFacts): { readonly [key: string]: InputValue } {
  const { vendorConfig } = stack;
  return {
    id: stack.id,
    name: stack.name,
    labels: stack.labels,
    branch: stack.branch,
    repository: stack.repository,
    namespace: stack.namespace,
    project_root: stack.projectRoot ?? '',
    additional_project_globs: stack.additionalProjectGlobs,
    state: stack.state,
    space: spaceInput(facts.space),
    autodeploy: stack.autodeploy,
    administrative: false,
    locked_by: stack.lockedBy,
    contexts: facts.contexts,
    roles: facts.roles.map(({ id, name }) => ({ id, name })),
    terraform_version: vendorConfig.version,
    terraform_workflow_tool: vendorConfig.workflowTool === 'OPENTOFU' ? 'OPEN_TOFU' : vendorConfig.workflowTool,
    tracked_commit: stack.trackedCommit === null ? null : commitInput(stack.trackedCommit, stack.branch, true),
    worker_pool: poolInput(facts.pool),
  };
}
