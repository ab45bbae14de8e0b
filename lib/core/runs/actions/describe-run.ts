import { createHash } from 'node:crypto';
import type { Change } from '../../../protocol/worker-api.ts';
import type { InputObject } from '../../policies/inputs/shared.ts';
import type { Ports } from '../../ports/ports.ts';
import { isAppError } from '../../shared/errors.ts';
import { composeRunInputs, type RunInputs } from '../../stacks/actions/compose-run-inputs.ts';
import { policyFacts } from '../../stacks/policy-facts-store.ts';
import { commitInput, stackInput } from '../../stacks/policy-stack.ts';
import { settingsFor, type RunSettings } from '../../stacks/run-settings.ts';
import { CUSTOM_CONFIG, readRuntimeConfig, readSettingsBlock } from '../../stacks/read-runtime-config.ts';
import { MAX_RUNTIME_CONFIG_BYTES, RUNTIME_CONFIG_PATH } from '../../stacks/runtime-config.ts';
import type { Stack } from '../../stacks/stack.ts';
import { runInput } from '../policy-run.ts';
import type { Run } from '../run.ts';

export type DescribeNeeds = Pick<Ports, 'db' | 'objects' | 'cipher' | 'settings' | 'vcs' | 'telemetry'>;

type Document = ReturnType<typeof runInput>;

export interface DescribedRun {
  readonly run: Document;
  readonly stack: Document;
  readonly commit: InputObject;
  /** The repository's configuration file differs from that of the commit which the stack tracks; false where that was not asked. */
  readonly runtimeConfigChanged: boolean;
}

const sanitized = (value: string): string => createHash('sha256').update(value, 'utf8').digest('hex').slice(-8);

/** A run and its stack as policies are told of them, gathered from everywhere; secrets only in a form that they can be compared by. */
export async function describeRun(ports: DescribeNeeds, run: Run, stack: Stack, { comparesConfig = false }: { readonly comparesConfig?: boolean } = {}): Promise<DescribedRun> {
  // What has begun goes by settings that were fixed then, so that the host need not be there.
  const own = comparesConfig || run.runtimeConfig === null ? await configText(ports, run, stack, run.commit.hash) : undefined;
  const isTracked = stack.trackedCommit === null || stack.trackedCommit.hash === run.commit.hash;
  const tracked = !comparesConfig || isTracked ? own : await configText(ports, run, stack, stack.trackedCommit.hash);
  const settings = run.runtimeConfig === null ? await settingsOf(run, stack, own) : (run.runtimeConfig as RunSettings);
  const inputs = await composeRunInputs(ports, {
    stack, settings,
    run: {
      id: run.id, type: run.type, branch: run.branch, commitHash: run.commit.hash, localPreview: run.localWorkspaceId !== null, triggeredBy: run.triggeredBy, environmentOverrides: run.environmentOverrides,
    },
  });
  const isOnTrackedBranch = await onTrackedBranch(ports, run, stack);
  const facts = (await policyFacts(ports.db.sql, [stack])).get(stack.id);
  if (facts === undefined) throw new Error(`nothing is known of stack ${stack.id}`);
  return {
    run: runInput(run, { accountName: ports.settings.accountName, isOnTrackedBranch, changes: await changesOf(ports, run), runtimeConfig: runtimeConfigOf(run, settings, inputs, ports.settings.defaultRunnerImage) }),
    stack: stackInput(stack, facts),
    commit: commitInput(run.commit, run.branch, isOnTrackedBranch),
    runtimeConfigChanged: own !== tracked,
  };
}

async function configText(ports: Pick<Ports, 'vcs'>, run: Run, stack: Stack, hash: string): Promise<string | undefined> {
  if (run.localWorkspaceId !== null) return undefined;
  try {
    return await ports.vcs.file({ provider: stack.provider, url: stack.repositoryUrl }, hash, RUNTIME_CONFIG_PATH, MAX_RUNTIME_CONFIG_BYTES);
  } catch (error) {
    // A commit that is gone, or a file too large: the run itself will say so.
    if (isAppError(error, 'NOT_FOUND', 'INVALID')) return undefined;
    throw error;
  }
}

async function settingsOf(run: Run, stack: Stack, text: string | undefined): Promise<RunSettings> {
  try {
    return settingsFor(stack, text === undefined ? undefined : await readRuntimeConfig(text), await readSettingsBlock(run.runtimeConfigInput, CUSTOM_CONFIG));
  } catch (error) {
    if (!isAppError(error, 'INVALID')) throw error;
    return settingsFor(stack, undefined);
  }
}

async function onTrackedBranch(ports: Pick<Ports, 'vcs'>, run: Run, stack: Stack): Promise<boolean> {
  const head = stack.trackedCommit?.hash ?? stack.branchHead?.hash;
  if (run.branch === stack.branch || run.commit.hash === head) return true;
  if (head === undefined) return false;
  try {
    return await ports.vcs.isAncestor({ provider: stack.provider, url: stack.repositoryUrl }, run.commit.hash, head);
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}

async function changesOf(ports: Pick<Ports, 'objects'>, run: Run): Promise<readonly Change[]> {
  const keys = [run.changesKey, run.applyChangesKey].flatMap((key) => key ?? []);
  const lists = await Promise.all(keys.map((key) => ports.objects.get('documents', key)));
  return lists.flatMap((list) => (list === undefined ? [] : (JSON.parse(list.toString('utf8')) as readonly Change[])));
}

function runtimeConfigOf(run: Run, settings: RunSettings, { env, hooks }: RunInputs, defaultImage: string): Document {
  return {
    ...hooks,
    environment: Object.fromEntries(env.map(({ name, value, secret }) => [name, secret ? sanitized(value) : value])),
    git_sparse_checkout_paths: settings.gitSparseCheckoutPaths,
    project_root: settings.projectRoot,
    runner_image: settings.runnerImage ?? defaultImage,
    terraform_version: run.toolVersion ?? settings.tool.constraint ?? '',
  };
}
