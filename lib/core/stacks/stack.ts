import type { CommitInfo } from '../ports/vcs.ts';
import type { HookLists } from '../shared/hooks.ts';

export interface TerraformConfig {
  readonly vendor: 'terraform';
  readonly version: string | null;
  readonly workflowTool: 'TERRAFORM_FOSS' | 'OPEN_TOFU' | 'CUSTOM';
  readonly workspace: string | null;
  readonly useSmartSanitization: boolean;
  readonly externalStateAccessEnabled: boolean;
}
export interface OpenTofuConfig {
  readonly vendor: 'opentofu';
  readonly version: string | null;
  readonly workflowTool: 'OPENTOFU' | 'CUSTOM';
  readonly workspace: string | null;
  readonly useSmartSanitization: boolean;
  readonly externalStateAccessEnabled: boolean;
  readonly concise: boolean;
}
/** Further vendors (stacks.md §8) join this union. */
export type VendorConfig = TerraformConfig | OpenTofuConfig;

export type StackState =
  | 'NONE' | 'APPLYING' | 'CONFIRMED' | 'DESTROYING' | 'DISCARDED' | 'FAILED' | 'FINISHED' | 'INITIALIZING' | 'PLANNING'
  | 'PREPARING' | 'PREPARING_APPLY' | 'PREPARING_REPLAN' | 'REPLAN_REQUESTED' | 'STOPPED' | 'UNCONFIRMED';

/** A unit of infrastructure code with its own state, runs and settings (stacks.md §2). */
export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly labels: readonly string[];
  readonly spaceId: string;
  readonly provider: 'GIT';
  readonly namespace: string;
  readonly repository: string;
  readonly repositoryUrl: string;
  readonly branch: string;
  readonly projectRoot: string | null;
  readonly additionalProjectGlobs: readonly string[];
  readonly gitSparseCheckoutPaths: readonly string[];
  readonly workerPoolId: string | null;
  readonly runnerImage: string | null;
  readonly administrative: boolean;
  readonly autodeploy: boolean;
  readonly autoretry: boolean;
  readonly githubActionDeploy: boolean;
  readonly localPreviewEnabled: boolean;
  readonly wellKnownSecretMasking: boolean;
  readonly sensitiveOutputUpload: boolean;
  readonly protectFromDeletion: boolean;
  readonly hooks: HookLists;
  readonly vendorConfig: VendorConfig;
  readonly manageState: boolean;
  readonly isDisabled: boolean;
  readonly deleting: boolean;
  readonly lockedBy: string | null;
  readonly lockedAt: Date | null;
  readonly lockNote: string | null;
  readonly trackedCommit: CommitInfo | null;
  readonly trackedCommitSetBy: string | null;
  readonly branchHead: CommitInfo | null;
  readonly lastAppliedVersion: string | null;
  readonly lastApplyAt: Date | null;
  readonly gitHookToken: string;
  readonly blockerRunId: string | null;
  readonly state: StackState;
  readonly stateSetAt: Date | null;
  readonly stateSetBy: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
