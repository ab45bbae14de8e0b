import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { CommitInfo } from '../../ports/vcs.ts';
import { contextsOfStack } from '../../contexts/context-store.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import { invalid, isAppError, notFound, unavailable } from '../../shared/errors.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { isUsableIn } from '../../spaces/space.ts';
import { findPool } from '../../workers/pool-store.ts';
import { settingsFor } from '../run-settings.ts';
import { StackProblems } from '../stack-problems.ts';
import type { Stack } from '../stack.ts';
import { toolsOfPool } from '../worker-tool-store.ts';
import { chooseToolVersion } from './choose-tool-version.ts';

/** Head of the stack's branch. A repository or branch that cannot be read is refused here rather than at the first run. */
export async function readBranchHead(ports: Pick<Ports, 'vcs'>, stack: Pick<Stack, 'repositoryUrl' | 'branch'>): Promise<CommitInfo> {
  const repository = { provider: 'GIT', url: stack.repositoryUrl } as const;
  const heads = await ports.vcs.heads(repository).catch((error: unknown) => {
    if (isAppError(error, 'UNAVAILABLE')) throw unavailable(`the repository ${stack.repositoryUrl} cannot be reached: ${error.message}`, {}, { cause: error });
    if (isAppError(error)) throw invalid(`stack has 1 error: repositoryURL: ${error.message}`, {}, { cause: error });
    throw error;
  });
  if (!heads.has(stack.branch)) {
    const problems = new StackProblems();
    problems.add('branch', `there is no branch "${stack.branch}" in ${stack.repositoryUrl}`);
    problems.throwAny();
  }
  await ports.vcs.fetch(repository, [stack.branch]);
  return ports.vcs.commit(repository, { branch: stack.branch });
}

/** The pool and the attached contexts and policies must be usable in the stack's space. */
export async function requireUsable(sql: Sql, stack: Pick<Stack, 'id' | 'labels' | 'spaceId' | 'workerPoolId'>): Promise<void> {
  const spaces = await listSpaces(sql);
  if (stack.workerPoolId !== null) {
    const pool = await findPool(sql, stack.workerPoolId);
    if (!pool) throw notFound(`worker pool "${stack.workerPoolId}" not found`, { workerPool: stack.workerPoolId });
    if (!isUsableIn(spaces, pool.spaceId, stack.spaceId)) {
      throw invalid(`worker pool "${pool.name}" is not usable in space ${stack.spaceId}: it lies in ${pool.spaceId}, from which that space does not inherit`, { workerPool: pool.id });
    }
  }
  const stranded = (await contextsOfStack(sql, stack, spaces)).find(({ context, isAutoattached }) => !isAutoattached && !isUsableIn(spaces, context.spaceId, stack.spaceId));
  if (stranded) {
    throw invalid(`context "${stranded.context.id}" is not usable in space ${stack.spaceId}: detach it first`, { context: stranded.context.id });
  }
  const left = (await policiesOfStack(sql, stack)).find(({ policy, isAutoattached }) => !isAutoattached && !isUsableIn(spaces, policy.spaceId, stack.spaceId));
  if (left) throw invalid(`policy "${left.policy.id}" is not usable in space ${stack.spaceId}: detach it first`, { policy: left.policy.id });
}

/** A version that nothing offers is refused when it is asked for, not when the run fails. */
export async function requireOfferedVersion(ports: Pick<Ports, 'settings'>, sql: Sql, stack: Stack): Promise<void> {
  const { vendorConfig, workerPoolId } = stack;
  if (vendorConfig.version === null) return;
  const offered = await toolsOfPool(sql, workerPoolId);
  const problems = new StackProblems();
  const question = { stack, settings: settingsFor(stack, undefined), offered, allowed: ports.settings.terraformAllowedVersions };
  await chooseToolVersion(sql, question).catch((error: unknown) => {
    if (!isAppError(error, 'INVALID')) throw error;
    problems.add(vendorConfig.vendor, error.message);
  });
  problems.throwAny();
}
