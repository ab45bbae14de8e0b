import { ensureAccount } from '../../lib/core/accounts/actions/ensure-account.ts';
import type { Ports } from '../../lib/core/ports/ports.ts';
import { hookLists } from '../../lib/core/shared/hooks.ts';
import { insertSpace } from '../../lib/core/spaces/space-store.ts';
import { ROOT_SPACE, type Space } from '../../lib/core/spaces/space.ts';
import { insertStack } from '../../lib/core/stacks/stack-store.ts';
import type { Stack } from '../../lib/core/stacks/stack.ts';
import type { FakeVcs } from './fake-vcs.ts';

type App = { readonly ports: Ports; readonly vcs?: FakeVcs };

export const REPOSITORY_URL = 'https://git.example.com/acme/network.git';

/** The account, the root space and the system roles. */
export const anAccount = (app: App): Promise<string> => ensureAccount(app.ports, { name: 'acme' });

export async function aSpace(app: App, changes: Partial<Space> & { readonly id: string }): Promise<Space> {
  const now = app.ports.clock.now();
  const space: Space = { name: changes.id, description: '', labels: [], parentId: ROOT_SPACE, inheritEntities: true, createdAt: now, updatedAt: now, ...changes };
  await insertSpace(app.ports.db.sql, space);
  return space;
}

/** A stack as a value, ready to run on Terraform with managed state. */
export function stackWith(app: App, changes: Partial<Stack> = {}): Stack {
  const now = app.ports.clock.now();
  const id = changes.id ?? 'network';
  return {
    id,
    name: id,
    description: null,
    labels: [],
    spaceId: ROOT_SPACE,
    provider: 'GIT',
    namespace: 'acme',
    repository: 'network',
    repositoryUrl: REPOSITORY_URL,
    branch: 'main',
    projectRoot: null,
    additionalProjectGlobs: [],
    gitSparseCheckoutPaths: [],
    workerPoolId: null,
    runnerImage: null,
    administrative: false,
    autodeploy: false,
    autoretry: false,
    githubActionDeploy: true,
    localPreviewEnabled: false,
    wellKnownSecretMasking: false,
    sensitiveOutputUpload: true,
    protectFromDeletion: false,
    hooks: hookLists(),
    vendorConfig: { vendor: 'terraform', version: null, workflowTool: 'TERRAFORM_FOSS', workspace: null, useSmartSanitization: false, externalStateAccessEnabled: false },
    manageState: true,
    isDisabled: false,
    deleting: false,
    lockedBy: null,
    lockedAt: null,
    lockNote: null,
    trackedCommit: null,
    trackedCommitSetBy: null,
    branchHead: null,
    lastAppliedVersion: null,
    lastApplyAt: null,
    gitHookToken: app.ports.ids.random(24).toString('base64url'),
    blockerRunId: null,
    state: 'NONE',
    stateSetAt: null,
    stateSetBy: null,
    createdBy: 'admin',
    createdAt: now,
    updatedAt: now,
    ...changes,
  };
}

/** A stack in the database, with the account around it; its repository has one commit when the app has none yet. */
export async function aStack(app: App, changes: Partial<Stack> = {}): Promise<Stack> {
  await anAccount(app);
  const stack = stackWith(app, changes);
  const known = await app.ports.vcs.heads({ provider: 'GIT', url: stack.repositoryUrl }).then((heads) => heads.has(stack.branch), () => false);
  if (!known) app.vcs?.push(stack.repositoryUrl, stack.branch, { 'main.tf': 'resource "terraform_data" "this" {}\n' });
  if (!(await insertStack(app.ports.db.sql, stack))) throw new Error(`there is a stack "${stack.id}" already`);
  return stack;
}
