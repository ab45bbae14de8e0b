import type { JobPackage, PackageSource, VersionChoice } from '../../protocol/job.ts';
import type { GitCredentials } from '../ports/vcs.ts';
import { invalid } from '../shared/errors.ts';
import type { RunFacts } from '../stacks/computed-variables.ts';
import type { RunSettings } from '../stacks/run-settings.ts';
import type { Stack } from '../stacks/stack.ts';
import type { Run } from '../runs/run.ts';

const MAX_FILES_BYTES = 20 * 1024 * 1024;
const DEFAULT_WORKSPACE = 'default';

/** Where the sealed package of a handover lies: each sealing has other bytes, and a place of its own. */
export const packageKey = (sealed: { readonly runId: string; readonly lease: number; readonly sha256: string }): string =>
  `packages/${sealed.runId}/${sealed.lease}-${sealed.sha256.slice(0, 16)}`;

/** How the plan and the state's values are made free of secrets on the worker. */
export function sanitizationOf(stack: Pick<Stack, 'labels' | 'vendorConfig'>): JobPackage['sanitize'] {
  if (stack.labels.includes('feature:disable_resource_sanitization')) return 'off';
  return stack.vendorConfig.useSmartSanitization ? 'smart' : 'default';
}

export function factsOf(run: Run): RunFacts {
  return {
    id: run.id,
    type: run.type,
    branch: run.branch,
    commitHash: run.commit.hash,
    localPreview: run.localWorkspaceId !== null,
    triggeredBy: run.triggeredBy,
    environmentOverrides: run.environmentOverrides,
  };
}

/** A shallow checkout of the run's commit. With sparse paths the project's own folder is always among them. */
export function gitSource(stack: Stack, run: Run, settings: RunSettings, credentials: GitCredentials | undefined): PackageSource {
  const sparse = settings.gitSparseCheckoutPaths.length === 0 ? [] : [...new Set([...(settings.projectRoot === '' ? [] : [settings.projectRoot]), ...settings.gitSparseCheckoutPaths])];
  return {
    kind: 'git',
    url: stack.repositoryUrl,
    username: credentials?.username ?? null,
    password: credentials?.password ?? null,
    commit: run.commit.hash,
    branch: run.branch,
    submodules: true,
    sparsePaths: sparse,
  };
}

export interface PackageParts {
  readonly account: string;
  readonly defaultImage: string;
  readonly stack: Stack;
  readonly spacePath: string;
  readonly run: Run;
  readonly settings: RunSettings;
  readonly tool: VersionChoice;
  readonly inputs: Pick<JobPackage, 'env' | 'files' | 'hooks'>;
  readonly source: PackageSource;
  readonly apiToken: string;
  readonly oidcToken: string;
}

/** Everything a handover needs, as one document. */
export function jobPackage(parts: PackageParts): JobPackage {
  const { stack, run, settings, inputs } = parts;
  const size = inputs.files.reduce((sum, file) => sum + Buffer.byteLength(file.content, 'base64'), 0);
  if (size > MAX_FILES_BYTES) throw invalid(`the mounted files of stack ${stack.id} and its contexts have ${size} bytes together; at most 20 MB can be mounted`, { bytes: size });
  return {
    v: 1,
    account: parts.account,
    stack: {
      id: stack.id,
      name: stack.name,
      space: { id: stack.spaceId, path: parts.spacePath },
      labels: stack.labels,
      vendor: stack.vendorConfig.vendor,
      vendorConfig: {
        workspace: stack.vendorConfig.workspace,
        useSmartSanitization: stack.vendorConfig.useSmartSanitization,
        concise: stack.vendorConfig.vendor === 'opentofu' && stack.vendorConfig.concise,
      },
      projectRoot: settings.projectRoot,
      additionalProjectGlobs: stack.additionalProjectGlobs,
      autodeploy: stack.autodeploy,
      sensitiveOutputs: stack.sensitiveOutputUpload,
    },
    run: {
      id: run.id,
      type: run.type,
      branch: run.branch,
      commit: { hash: run.commit.hash, message: run.commit.message, author: run.commit.authorLogin ?? run.commit.authorName, url: run.commit.url, timestamp: run.commit.timestamp },
      trigger: run.triggeredBy ?? 'git commit',
      drift: run.driftDetection,
      command: run.command,
      targets: run.targets,
      userMetadata: run.userMetadata,
      localPreview: run.localWorkspaceId !== null,
      skipInit: run.skipInitialization,
    },
    image: settings.runnerImage === null ? { ref: parts.defaultImage, source: 'default' } : { ref: settings.runnerImage, source: settings.runnerImageSource ?? 'stack' },
    tool: parts.tool,
    env: inputs.env,
    files: inputs.files,
    hooks: inputs.hooks,
    source: parts.source,
    workflow: null,
    masking: { wellKnown: stack.wellKnownSecretMasking, timestamps: stack.labels.includes('feature:enable_log_timestamps') },
    state: { managed: stack.manageState, workspace: DEFAULT_WORKSPACE },
    apiToken: parts.apiToken,
    oidcToken: parts.oidcToken,
    sanitize: sanitizationOf(stack),
    mayApply: run.type === 'TASK' || run.type === 'DESTROY' || (run.type === 'TRACKED' && (run.phase === 'APPLY' || stack.autodeploy || run.forceApply !== null)),
  };
}
