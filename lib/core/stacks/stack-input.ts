import picomatch from 'picomatch';
import type { Settings } from '../ports/settings.ts';
import { invalid } from '../shared/errors.ts';
import { hookLists, HOOK_KEYS, type HookKey } from '../shared/hooks.ts';
import { requireFits } from '../shared/row-size.ts';
import { ROOT_SPACE } from '../spaces/space.ts';
import { normalizeRepositoryUrl, repositoryNames } from './repository-url.ts';
import { StackProblems } from './stack-problems.ts';
import type { Stack } from './stack.ts';
import { vendorConfig, type VendorConfigInput } from './vendor-config.ts';

type HookInput = Partial<Readonly<Record<HookKey, readonly string[] | null>>>;

/** Settings of a stack as clients send them; an update replaces them all. */
export interface StackInput extends HookInput {
  readonly name: string;
  readonly branch: string;
  readonly repository: string;
  readonly administrative?: boolean | null;
  readonly additionalProjectGlobs?: readonly string[] | null;
  readonly autodeploy?: boolean | null;
  readonly autoretry?: boolean | null;
  readonly description?: string | null;
  readonly enableSensitiveOutputUpload?: boolean | null;
  readonly enableWellKnownSecretMasking?: boolean | null;
  readonly gitSparseCheckoutPaths?: readonly string[] | null;
  readonly githubActionDeploy?: boolean | null;
  readonly labels?: readonly string[] | null;
  readonly localPreviewEnabled?: boolean | null;
  readonly namespace?: string | null;
  readonly projectRoot?: string | null;
  readonly protectFromDeletion?: boolean | null;
  readonly provider?: string | null;
  readonly repositoryURL?: string | null;
  readonly runnerImage?: string | null;
  readonly space?: string | null;
  readonly terraformVersion?: string | null;
  readonly vcsIntegrationId?: string | null;
  readonly vendorConfig?: VendorConfigInput | null;
  readonly workerPool?: string | null;
}

/** What of a stack a person sets. */
export type StackSettings = Pick<
  Stack,
  | 'name' | 'description' | 'labels' | 'spaceId' | 'provider' | 'namespace' | 'repository' | 'repositoryUrl' | 'branch' | 'projectRoot' | 'additionalProjectGlobs'
  | 'gitSparseCheckoutPaths' | 'workerPoolId' | 'runnerImage' | 'administrative' | 'autodeploy' | 'autoretry' | 'githubActionDeploy' | 'localPreviewEnabled'
  | 'wellKnownSecretMasking' | 'sensitiveOutputUpload' | 'protectFromDeletion' | 'hooks' | 'vendorConfig'
>;

/** What git itself takes as the name of a branch. */
const BRANCH = /^(?![/.-])(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[^\s~^:?*[\\\p{Cc}]+(?<![/.])$/u;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._\-/:@]*$/;
const MAX_LIST = 500;

/** The settings, checked in themselves; everything that is wrong is told at once. */
export function stackSettings(input: StackInput, manageState: boolean, settings: Pick<Settings, 'allowLocalRepositories'>): StackSettings {
  const problems = new StackProblems();
  const name = input.name.trim();
  if (name === '') problems.add('name', 'must not be empty');
  if (name.length > 255) problems.add('name', 'must have at most 255 characters');

  const provider = input.provider ?? 'GITHUB';
  if (provider !== 'GIT') {
    problems.add('provider', `${provider} repositories are not supported: use the provider GIT with a repositoryURL`);
  } else if (!input.repositoryURL) {
    problems.add('repositoryURL', 'must be given for the provider GIT');
  }
  if (input.vcsIntegrationId) problems.add('vcsIntegrationId', 'the provider GIT takes no integration');
  const repositoryUrl = input.repositoryURL ? problems.check('repositoryURL', () => normalizeRepositoryUrl(input.repositoryURL ?? '', settings)) : undefined;
  const names = repositoryUrl === undefined ? { namespace: '', repository: '' } : repositoryNames(repositoryUrl);

  const branch = input.branch.trim();
  if (branch === '') problems.add('branch', 'must not be empty');
  else if (!BRANCH.test(branch)) problems.add('branch', `"${branch}" cannot be the name of a branch`);

  const runnerImage = input.runnerImage?.trim() || null;
  if (runnerImage !== null && !IMAGE.test(runnerImage)) problems.add('runnerImage', `"${runnerImage}" is no image reference`);

  const hooks = hookLists(input);
  for (const key of HOOK_KEYS) if (hooks[key].some((command) => command.trim() === '')) problems.add(key, 'a hook cannot be empty');

  const result: StackSettings = {
    name,
    description: input.description ?? null,
    labels: unique('labels', input.labels, problems),
    spaceId: input.space || ROOT_SPACE,
    provider: 'GIT',
    namespace: input.namespace || names.namespace,
    repository: input.repository || names.repository,
    repositoryUrl: repositoryUrl ?? '',
    branch,
    projectRoot: problems.check('projectRoot', () => projectRoot(input.projectRoot)) ?? null,
    additionalProjectGlobs: globs(input.additionalProjectGlobs, problems),
    gitSparseCheckoutPaths: sparsePaths(input.gitSparseCheckoutPaths, problems),
    workerPoolId: input.workerPool || null,
    runnerImage,
    administrative: input.administrative ?? false,
    autodeploy: input.autodeploy ?? false,
    autoretry: input.autoretry ?? false,
    githubActionDeploy: input.githubActionDeploy ?? true,
    localPreviewEnabled: input.localPreviewEnabled ?? false,
    wellKnownSecretMasking: input.enableWellKnownSecretMasking ?? false,
    sensitiveOutputUpload: input.enableSensitiveOutputUpload ?? true,
    protectFromDeletion: input.protectFromDeletion ?? false,
    hooks,
    vendorConfig: vendorConfig(input.vendorConfig, input.terraformVersion ?? null, manageState, problems),
  };
  problems.check('hooks', () => requireFits('description, labels, globs, paths and hooks of a stack', [result.description, result.labels, result.additionalProjectGlobs, result.gitSparseCheckoutPaths, hooks]));
  problems.throwAny();
  return result;
}

/** Relative to the repository's root, slashes at the ends dropped; null for the root itself. */
export function projectRoot(path: string | null | undefined): string | null {
  const trimmed = (path ?? '').trim().replace(/^(?:\.?\/)+|\/+$/g, '');
  if (trimmed === '' || trimmed === '.') return null;
  if (trimmed.split('/').includes('..')) throw invalid(`"${trimmed}" leaves the repository: it must not contain ".."`);
  if (/[\0\\\r\n]/.test(trimmed)) throw invalid(`"${trimmed}" is no path`);
  return trimmed;
}

function unique(field: string, items: readonly string[] | null | undefined, problems: StackProblems): readonly string[] {
  const trimmed = (items ?? []).map((item) => item.trim());
  if (trimmed.includes('')) problems.add(field, 'an entry cannot be empty');
  if (trimmed.length > MAX_LIST) problems.add(field, `at most ${MAX_LIST} entries`);
  return [...new Set(trimmed)];
}

function globs(items: readonly string[] | null | undefined, problems: StackProblems): readonly string[] {
  const list = unique('additionalProjectGlobs', items, problems);
  for (const glob of list) {
    const bad = compileProblem(glob);
    if (bad !== undefined) problems.add('additionalProjectGlobs', `"${glob}" is no glob: ${bad}`);
  }
  return list;
}

function compileProblem(glob: string): string | undefined {
  if (glob.split('/').includes('..')) return 'it must not contain ".."';
  try {
    picomatch.makeRe(glob, { strictBrackets: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function sparsePaths(items: readonly string[] | null | undefined, problems: StackProblems): readonly string[] {
  const list = unique('gitSparseCheckoutPaths', items, problems);
  for (const path of list) {
    if (/[*?[\]{}]/.test(path)) problems.add('gitSparseCheckoutPaths', `"${path}": folders and files only, no globs`);
    else if (path.split('/').includes('..')) problems.add('gitSparseCheckoutPaths', `"${path}" must not contain ".."`);
  }
  return list;
}
