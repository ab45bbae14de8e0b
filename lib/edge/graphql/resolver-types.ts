// Generated from lib/edge/graphql/schema by `npm run generate`; do not edit.
import type { GraphQLResolveInfo } from 'graphql';
import type { ApiKeyModel, ConfigModel, StateVersionModel, PolicyModel, StackIntegrationsModel, StackWebhookModel, WorkerPoolModel } from './models.ts';
import type { RoleBinding as RoleBindingModel } from '../../core/accounts/role-binding-store.ts';
import type { AuditTrailEntry as AuditEntryModel } from '../../core/audit/audit-entry.ts';
import type { Webhook as WebhookModel, Delivery as DeliveryModel } from '../../core/webhooks/webhook.ts';
import type { Cause as CauseModel, Run as RunModel, RunHistoryEntry, RunWait as RunWaitModel } from '../../core/runs/run.ts';
import type { Context as ContextModel, ContextAttachment as ContextAttachmentModel, AttachedContext } from '../../core/contexts/context.ts';
import type { Notification as NotificationModel } from '../../core/notifications/notification.ts';
import type { StackEntity } from '../../core/state/entity-search-store.ts';
import type { PolicyAttachment as PolicyAttachmentModel } from '../../core/policies/policy.ts';
import type { Evaluation } from '../../core/policies/evaluation.ts';
import type { ReplayFlip } from '../../core/policies/replay.ts';
import type { PoolNumbers } from '../../core/workers/pool-numbers-store.ts';
import type { Role as RoleModel } from '../../core/accounts/role.ts';
import type { Delta as DeltaModel } from '../../protocol/worker-api.ts';
import type { Space as SpaceModel } from '../../core/spaces/space.ts';
import type { Stack as StackModel } from '../../core/stacks/stack.ts';
import type { AttachedPolicy } from '../../core/policies/attachment-store.ts';
import type { UndeliveredNotice as UndeliveredNoticeModel } from '../../core/notifications/notification-store.ts';
import type { Worker as WorkerModel } from '../../core/workers/worker.ts';
import type { GraphqlContext } from './context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
};

export type Query = {
  readonly __typename?: 'Query';
  readonly apiKey?: Maybe<ApiKey>;
  readonly apiKeys: ReadonlyArray<ApiKey>;
  readonly role?: Maybe<Role>;
  readonly roles: ReadonlyArray<Role>;
  readonly apiKeyRoleBinding?: Maybe<ApiKeyRoleBinding>;
  readonly context?: Maybe<Context>;
  readonly contexts: ReadonlyArray<Context>;
  readonly searchContexts: SearchContextsOutput;
  readonly attachableContextsInSpace: ReadonlyArray<Context>;
  readonly license: License;
  readonly tier: Scalars['String']['output'];
  readonly tierFeatures: ReadonlyArray<Scalars['String']['output']>;
  readonly deadLetters: DeadLetterPage;
  readonly policy?: Maybe<Policy>;
  readonly policies: ReadonlyArray<Policy>;
  readonly searchPolicies: SearchPoliciesOutput;
  readonly attachablePoliciesInSpace: ReadonlyArray<Policy>;
  readonly policyTemplate?: Maybe<PolicyTemplate>;
  readonly searchPolicyTemplates: SearchPolicyTemplatesOutput;
  readonly autoattachmentForLabels: Autoattachment;
  readonly policyRuntime: PolicyRuntime;
  readonly policyReplay?: Maybe<PolicyReplay>;
  readonly searchManagedEntities: SearchManagedEntitiesOutput;
  readonly searchManagedEntitiesGroupByProviders: SearchManagedEntityGroupsOutput;
  readonly searchManagedEntitiesGroupByStacks: SearchManagedEntityGroupsOutput;
  readonly searchManagedEntitiesGroupByTypes: SearchManagedEntityGroupsOutput;
  readonly providers: ReadonlyArray<Scalars['String']['output']>;
  readonly providersInSpace: ReadonlyArray<Scalars['String']['output']>;
  readonly runStack?: Maybe<Stack>;
  readonly searchRuns: SearchRunsOutput;
  readonly viewer?: Maybe<User>;
  readonly name: Scalars['String']['output'];
  readonly debugInfo: DebugInfo;
  readonly space?: Maybe<Space>;
  readonly spaces: ReadonlyArray<Space>;
  readonly stack?: Maybe<Stack>;
  readonly stacks: ReadonlyArray<Stack>;
  readonly searchStacks: SearchStacksOutput;
  readonly namedWebhooksIntegration?: Maybe<NamedWebhooksIntegration>;
  readonly searchNamedWebhooksIntegrations: SearchNamedWebhooksIntegrationsOutput;
  readonly auditTrailWebhook?: Maybe<AuditTrailWebhook>;
  readonly searchAuditTrailEntries: SearchAuditTrailEntriesOutput;
  readonly inbox: InboxPage;
  readonly undeliveredNotices: ReadonlyArray<UndeliveredNotice>;
  readonly usage: Usage;
  readonly metrics: Metrics;
  readonly metricsRange: Metrics;
  readonly openTofuVersions: ReadonlyArray<Scalars['String']['output']>;
  readonly terraformVersions: ReadonlyArray<Scalars['String']['output']>;
  readonly openTofuEffectiveVersion?: Maybe<Scalars['String']['output']>;
  readonly terraformEffectiveVersion?: Maybe<Scalars['String']['output']>;
  readonly workerPool?: Maybe<WorkerPool>;
  readonly workerPools: ReadonlyArray<WorkerPool>;
  readonly searchWorkerPools: SearchWorkerPoolsOutput;
  readonly publicWorkerPool: PublicWorkerPool;
  readonly attachableWorkerPoolsInSpace: ReadonlyArray<WorkerPool>;
};


export type QueryApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type QueryRoleArgs = {
  id: Scalars['ID']['input'];
};


export type QueryApiKeyRoleBindingArgs = {
  id: Scalars['ID']['input'];
};


export type QueryContextArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySearchContextsArgs = {
  input: SearchInput;
};


export type QueryAttachableContextsInSpaceArgs = {
  id: Scalars['ID']['input'];
};


export type QueryDeadLettersArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
};


export type QueryPolicyArgs = {
  id: Scalars['ID']['input'];
};


export type QueryPoliciesArgs = {
  input: InputMaybe<PoliciesInput>;
};


export type QuerySearchPoliciesArgs = {
  input: SearchInput;
};


export type QueryAttachablePoliciesInSpaceArgs = {
  id: Scalars['ID']['input'];
};


export type QueryPolicyTemplateArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySearchPolicyTemplatesArgs = {
  input: SearchInput;
};


export type QueryAutoattachmentForLabelsArgs = {
  space: Scalars['ID']['input'];
  labels: ReadonlyArray<Scalars['String']['input']>;
};


export type QueryPolicyReplayArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySearchManagedEntitiesArgs = {
  input: SearchInput;
};


export type QuerySearchManagedEntitiesGroupByProvidersArgs = {
  input: SearchInput;
};


export type QuerySearchManagedEntitiesGroupByStacksArgs = {
  input: SearchInput;
};


export type QuerySearchManagedEntitiesGroupByTypesArgs = {
  input: SearchInput;
};


export type QueryProvidersInSpaceArgs = {
  id: Scalars['ID']['input'];
};


export type QueryRunStackArgs = {
  runId: Scalars['ID']['input'];
};


export type QuerySearchRunsArgs = {
  input: SearchInput;
};


export type QuerySpaceArgs = {
  id: Scalars['ID']['input'];
};


export type QueryStackArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySearchStacksArgs = {
  input: SearchInput;
};


export type QueryNamedWebhooksIntegrationArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySearchNamedWebhooksIntegrationsArgs = {
  input: SearchInput;
};


export type QuerySearchAuditTrailEntriesArgs = {
  input: SearchInput;
};


export type QueryInboxArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['ID']['input']>;
  unread: InputMaybe<Scalars['Boolean']['input']>;
};


export type QueryUndeliveredNoticesArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
};


export type QueryMetricsRangeArgs = {
  input: InputMaybe<MetricsInput>;
};


export type QueryOpenTofuEffectiveVersionArgs = {
  constraints: Scalars['String']['input'];
};


export type QueryTerraformEffectiveVersionArgs = {
  constraints: Scalars['String']['input'];
};


export type QueryWorkerPoolArgs = {
  id: Scalars['ID']['input'];
};


export type QuerySearchWorkerPoolsArgs = {
  input: SearchInput;
};


export type QueryAttachableWorkerPoolsInSpaceArgs = {
  id: Scalars['ID']['input'];
};

export type Mutation = {
  readonly __typename?: 'Mutation';
  readonly apiKeyCreate: ApiKey;
  readonly apiKeyUpdate: ApiKey;
  readonly apiKeyDelete?: Maybe<ApiKey>;
  readonly apiKeyRoleBindingCreate: ApiKeyRoleBinding;
  readonly apiKeyRoleBindingDelete?: Maybe<ApiKeyRoleBinding>;
  readonly contextCreateV2: Context;
  readonly contextUpdateV2: Context;
  readonly contextDelete?: Maybe<Context>;
  readonly contextConfigAdd: ConfigElement;
  readonly contextConfigDelete?: Maybe<ConfigElement>;
  readonly contextAttach: ContextAttachment;
  readonly contextDetach?: Maybe<ContextAttachment>;
  readonly deadLetterRedrive: Scalars['Int']['output'];
  readonly policyCreate: Policy;
  readonly policyUpdate: Policy;
  readonly policyCreatev2: Policy;
  readonly policyUpdatev2: Policy;
  readonly policyDelete?: Maybe<Policy>;
  readonly policyAttach: PolicyAttachment;
  readonly policyDetach?: Maybe<PolicyAttachment>;
  readonly policySimulate: Scalars['String']['output'];
  readonly policySimulatev2: Scalars['String']['output'];
  readonly policyObserve: PolicyObservation;
  readonly policyReplayStart: PolicyReplay;
  readonly runTrigger: Run;
  readonly runResourceCreate: Scalars['ID']['output'];
  readonly proposeWithOverrides: Run;
  readonly runConfirm: Run;
  readonly runDiscard: Run;
  readonly runDiscardAll?: Maybe<RunDiscardAllOutput>;
  readonly runReview: RunReview;
  readonly runCancel: Run;
  readonly runStop: Run;
  readonly runKill: Run;
  readonly runRetry: Run;
  readonly runPromote: Run;
  readonly runTargetedReplan: Run;
  readonly runPrioritizeSet: Run;
  readonly runPrioritySet: Run;
  readonly runComment: RunComment;
  readonly runExternalDependencyMarkAsCompleted: RunExternalDependency;
  readonly taskCreate: Run;
  readonly uploadLocalWorkspace: LocalWorkspaceUpload;
  readonly runProposeLocalWorkspace: Run;
  readonly apiKeyUser?: Maybe<User>;
  readonly logout?: Maybe<User>;
  readonly spaceCreate: Space;
  readonly spaceUpdate: Space;
  readonly spaceDelete?: Maybe<Space>;
  readonly stackCreate: Stack;
  readonly stackUpdate: Stack;
  readonly stackDelete?: Maybe<Stack>;
  readonly stackEnable?: Maybe<Stack>;
  readonly stackDisable?: Maybe<Stack>;
  readonly stackLock: Stack;
  readonly stackUnlock: Stack;
  readonly stackReslug: Stack;
  readonly starSet: Stack;
  readonly stackSetCurrentCommit: Stack;
  readonly stackSyncCommit: Stack;
  readonly stackConfigAdd: ConfigElement;
  readonly stackConfigDelete?: Maybe<ConfigElement>;
  readonly stackGitHookReset: Stack;
  readonly stateDownloadUrl: StateDownloadUrl;
  readonly stateUploadUrl: StateUploadUrl;
  readonly stackManagedStateImport: Scalars['Boolean']['output'];
  readonly stackManagedStateRollback: ManagedStateVersion;
  readonly webhooksIntegrationCreate: WebhooksIntegration;
  readonly webhooksIntegrationUpdate: WebhooksIntegration;
  readonly webhooksIntegrationDelete: WebhooksIntegration;
  readonly namedWebhooksIntegrationCreate: NamedWebhooksIntegration;
  readonly namedWebhooksIntegrationUpdate?: Maybe<NamedWebhooksIntegration>;
  readonly namedWebhooksIntegrationDelete: NamedWebhooksIntegration;
  readonly namedWebhooksIntegrationSetHeaders: NamedWebhooksIntegration;
  readonly namedWebhooksIntegrationDeleteHeaders: NamedWebhooksIntegration;
  readonly auditTrailSetWebhook?: Maybe<AuditTrailWebhook>;
  readonly auditTrailDeleteWebhook?: Maybe<AuditTrailWebhook>;
  readonly auditTrailWebhookSetHeaders: AuditTrailWebhook;
  readonly auditTrailWebhookDeleteHeaders: AuditTrailWebhook;
  readonly webhookRedeliver: Scalars['Boolean']['output'];
  readonly webhookTest: WebhookDelivery;
  readonly inboxRead: Scalars['Int']['output'];
  readonly inboxDismiss: Scalars['Int']['output'];
  readonly workerPoolCreate?: Maybe<WorkerPool>;
  readonly workerPoolUpdate: WorkerPool;
  readonly workerPoolDelete?: Maybe<WorkerPool>;
  readonly workerPoolReset: WorkerPool;
  readonly workerPoolCycle: Scalars['Boolean']['output'];
  readonly workerDrainSet: Worker;
};


export type MutationApiKeyCreateArgs = {
  input: ApiKeyInput;
};


export type MutationApiKeyUpdateArgs = {
  id: Scalars['ID']['input'];
  input: ApiKeyUpdateInput;
};


export type MutationApiKeyDeleteArgs = {
  id: Scalars['ID']['input'];
};


export type MutationApiKeyRoleBindingCreateArgs = {
  input: ApiKeyRoleBindingInput;
};


export type MutationApiKeyRoleBindingDeleteArgs = {
  id: Scalars['ID']['input'];
};


export type MutationContextCreateV2Args = {
  input: ContextInput;
};


export type MutationContextUpdateV2Args = {
  id: Scalars['ID']['input'];
  input: ContextInput;
  replaceConfigElements: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationContextDeleteArgs = {
  id: Scalars['ID']['input'];
  force: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationContextConfigAddArgs = {
  context: Scalars['ID']['input'];
  config: ConfigInput;
};


export type MutationContextConfigDeleteArgs = {
  context: Scalars['ID']['input'];
  id: Scalars['ID']['input'];
};


export type MutationContextAttachArgs = {
  id: Scalars['ID']['input'];
  stack: Scalars['ID']['input'];
  priority: Scalars['Int']['input'];
};


export type MutationContextDetachArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeadLetterRedriveArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


export type MutationPolicyCreateArgs = {
  name: Scalars['String']['input'];
  body: Scalars['String']['input'];
  type: PolicyType;
  labels: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  space: InputMaybe<Scalars['ID']['input']>;
  description: InputMaybe<Scalars['String']['input']>;
};


export type MutationPolicyUpdateArgs = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
  body: Scalars['String']['input'];
  labels: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  space: InputMaybe<Scalars['ID']['input']>;
  description: InputMaybe<Scalars['String']['input']>;
};


export type MutationPolicyCreatev2Args = {
  input: PolicyCreateInput;
};


export type MutationPolicyUpdatev2Args = {
  id: Scalars['ID']['input'];
  input: PolicyUpdateInput;
};


export type MutationPolicyDeleteArgs = {
  id: Scalars['ID']['input'];
  force: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationPolicyAttachArgs = {
  id: Scalars['ID']['input'];
  stack: Scalars['ID']['input'];
};


export type MutationPolicyDetachArgs = {
  id: Scalars['ID']['input'];
};


export type MutationPolicySimulateArgs = {
  body: Scalars['String']['input'];
  input: Scalars['String']['input'];
  type: PolicyType;
};


export type MutationPolicySimulatev2Args = {
  input: PolicySimulateInput;
};


export type MutationPolicyObserveArgs = {
  input: PolicySimulateInput;
};


export type MutationPolicyReplayStartArgs = {
  policy: Scalars['ID']['input'];
  body: Scalars['String']['input'];
  engineType: PolicyEngineType;
  since: InputMaybe<Scalars['Int']['input']>;
};


export type MutationRunTriggerArgs = {
  stack: Scalars['ID']['input'];
  commitSha: InputMaybe<Scalars['String']['input']>;
  runType: InputMaybe<RunType>;
  runtimeConfig: InputMaybe<RuntimeConfigInput>;
  forceApply: InputMaybe<ForceApplyMode>;
};


export type MutationRunResourceCreateArgs = {
  stack: Scalars['ID']['input'];
  commitSha: InputMaybe<Scalars['String']['input']>;
  proposed: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationProposeWithOverridesArgs = {
  stack: Scalars['ID']['input'];
  commitSha: InputMaybe<Scalars['String']['input']>;
  environmentVarsOverrides: InputMaybe<ReadonlyArray<EnvironmentVariable>>;
};


export type MutationRunConfirmArgs = {
  stack: Scalars['ID']['input'];
  run: InputMaybe<Scalars['ID']['input']>;
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationRunDiscardArgs = {
  stack: Scalars['ID']['input'];
  run: InputMaybe<Scalars['ID']['input']>;
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationRunDiscardAllArgs = {
  stack: Scalars['ID']['input'];
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationRunReviewArgs = {
  stack: Scalars['ID']['input'];
  run: InputMaybe<Scalars['ID']['input']>;
  decision: RunReviewDecision;
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationRunCancelArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationRunStopArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationRunKillArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationRunRetryArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
};


export type MutationRunPromoteArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
};


export type MutationRunTargetedReplanArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
  targets: ReadonlyArray<Scalars['String']['input']>;
};


export type MutationRunPrioritizeSetArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
  prioritize: Scalars['Boolean']['input'];
};


export type MutationRunPrioritySetArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
  preset: RunPriorityPreset;
};


export type MutationRunCommentArgs = {
  stack: Scalars['ID']['input'];
  run: Scalars['ID']['input'];
  body: Scalars['String']['input'];
};


export type MutationRunExternalDependencyMarkAsCompletedArgs = {
  dependency: Scalars['ID']['input'];
  status: RunExternalDependencyStatus;
};


export type MutationTaskCreateArgs = {
  stack: Scalars['ID']['input'];
  command: Scalars['String']['input'];
  skipInitialization: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationUploadLocalWorkspaceArgs = {
  stack: Scalars['ID']['input'];
};


export type MutationRunProposeLocalWorkspaceArgs = {
  stack: Scalars['ID']['input'];
  workspace: Scalars['ID']['input'];
  environmentVarsOverrides: InputMaybe<ReadonlyArray<EnvironmentVariable>>;
};


export type MutationApiKeyUserArgs = {
  id: Scalars['ID']['input'];
  secret: Scalars['String']['input'];
};


export type MutationSpaceCreateArgs = {
  input: SpaceInput;
};


export type MutationSpaceUpdateArgs = {
  space: Scalars['ID']['input'];
  input: SpaceInput;
};


export type MutationSpaceDeleteArgs = {
  space: Scalars['ID']['input'];
};


export type MutationStackCreateArgs = {
  input: StackInput;
  manageState: Scalars['Boolean']['input'];
  stackObjectID: InputMaybe<Scalars['String']['input']>;
  slug: InputMaybe<Scalars['String']['input']>;
};


export type MutationStackUpdateArgs = {
  id: Scalars['ID']['input'];
  input: StackInput;
};


export type MutationStackDeleteArgs = {
  id: Scalars['ID']['input'];
  destroyResources: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationStackEnableArgs = {
  id: Scalars['ID']['input'];
};


export type MutationStackDisableArgs = {
  id: Scalars['ID']['input'];
};


export type MutationStackLockArgs = {
  id: Scalars['ID']['input'];
  note: InputMaybe<Scalars['String']['input']>;
};


export type MutationStackUnlockArgs = {
  id: Scalars['ID']['input'];
};


export type MutationStackReslugArgs = {
  id: Scalars['ID']['input'];
};


export type MutationStarSetArgs = {
  id: Scalars['ID']['input'];
  star: Scalars['Boolean']['input'];
};


export type MutationStackSetCurrentCommitArgs = {
  id: Scalars['ID']['input'];
  sha: Scalars['String']['input'];
};


export type MutationStackSyncCommitArgs = {
  id: Scalars['ID']['input'];
};


export type MutationStackConfigAddArgs = {
  stack: Scalars['ID']['input'];
  config: ConfigInput;
};


export type MutationStackConfigDeleteArgs = {
  stack: Scalars['ID']['input'];
  id: Scalars['ID']['input'];
};


export type MutationStackGitHookResetArgs = {
  id: Scalars['ID']['input'];
};


export type MutationStateDownloadUrlArgs = {
  input: StateDownloadUrlInput;
};


export type MutationStackManagedStateImportArgs = {
  stackId: Scalars['ID']['input'];
  state: Scalars['String']['input'];
};


export type MutationStackManagedStateRollbackArgs = {
  stackId: Scalars['ID']['input'];
  managedStateVersionId: Scalars['String']['input'];
};


export type MutationWebhooksIntegrationCreateArgs = {
  stack: Scalars['ID']['input'];
  input: WebhooksIntegrationInput;
};


export type MutationWebhooksIntegrationUpdateArgs = {
  stack: Scalars['ID']['input'];
  id: Scalars['ID']['input'];
  input: WebhooksIntegrationInput;
};


export type MutationWebhooksIntegrationDeleteArgs = {
  stack: Scalars['ID']['input'];
  id: Scalars['ID']['input'];
};


export type MutationNamedWebhooksIntegrationCreateArgs = {
  input: NamedWebhooksIntegrationInput;
};


export type MutationNamedWebhooksIntegrationUpdateArgs = {
  id: Scalars['ID']['input'];
  input: NamedWebhooksIntegrationInput;
};


export type MutationNamedWebhooksIntegrationDeleteArgs = {
  id: Scalars['ID']['input'];
};


export type MutationNamedWebhooksIntegrationSetHeadersArgs = {
  id: Scalars['ID']['input'];
  input: NamedWebhookHeaderInput;
};


export type MutationNamedWebhooksIntegrationDeleteHeadersArgs = {
  id: Scalars['ID']['input'];
  headerKeys: ReadonlyArray<Scalars['String']['input']>;
};


export type MutationAuditTrailSetWebhookArgs = {
  input: AuditTrailWebhookInput;
};


export type MutationAuditTrailWebhookSetHeadersArgs = {
  input: AuditTrailWebhookSetHeadersInput;
};


export type MutationAuditTrailWebhookDeleteHeadersArgs = {
  input: AuditTrailWebhookDeleteHeadersInput;
};


export type MutationWebhookRedeliverArgs = {
  delivery: Scalars['ID']['input'];
};


export type MutationWebhookTestArgs = {
  id: Scalars['ID']['input'];
};


export type MutationInboxReadArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


export type MutationInboxDismissArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


export type MutationWorkerPoolCreateArgs = {
  name: Scalars['String']['input'];
  certificateSigningRequest: Scalars['String']['input'];
  description: InputMaybe<Scalars['String']['input']>;
  labels: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  space: InputMaybe<Scalars['ID']['input']>;
  driftDetectionRunLimit: InputMaybe<Scalars['Int']['input']>;
};


export type MutationWorkerPoolUpdateArgs = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
  description: InputMaybe<Scalars['String']['input']>;
  labels: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  space: InputMaybe<Scalars['ID']['input']>;
  driftDetectionRunLimit: InputMaybe<Scalars['Int']['input']>;
};


export type MutationWorkerPoolDeleteArgs = {
  id: Scalars['ID']['input'];
};


export type MutationWorkerPoolResetArgs = {
  id: Scalars['ID']['input'];
  certificateSigningRequest: Scalars['String']['input'];
};


export type MutationWorkerPoolCycleArgs = {
  id: Scalars['ID']['input'];
};


export type MutationWorkerDrainSetArgs = {
  workerPool: Scalars['ID']['input'];
  id: Scalars['ID']['input'];
  drain: Scalars['Boolean']['input'];
};

export type SpaceAccessRule = {
  readonly __typename?: 'SpaceAccessRule';
  readonly space: Scalars['ID']['output'];
  readonly spaceAccessLevel: SpaceAccessLevel;
};

export type ApiKey = {
  readonly __typename?: 'ApiKey';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly accessRules: ReadonlyArray<SpaceAccessRule>;
  readonly admin: Scalars['Boolean']['output'];
  readonly apiKeyRoleBindings: ReadonlyArray<ApiKeyRoleBinding>;
  readonly createdAt: Scalars['Int']['output'];
  readonly creator: Scalars['String']['output'];
  readonly deleted: Scalars['Boolean']['output'];
  readonly expiresAt?: Maybe<Scalars['Int']['output']>;
  readonly isMachineUser: Scalars['Boolean']['output'];
  readonly lastUsedAt?: Maybe<Scalars['Int']['output']>;
  readonly secret?: Maybe<Scalars['String']['output']>;
  readonly spaceCount: Scalars['Int']['output'];
  readonly teamCount: Scalars['Int']['output'];
  readonly teams: ReadonlyArray<Scalars['String']['output']>;
  readonly type: ApiKeyType;
};

export type ApiKeyType =
  | 'SECRET'
  | 'OIDC';

export type ApiKeyInput = {
  readonly name: Scalars['String']['input'];
  readonly admin: Scalars['Boolean']['input'];
  readonly teams?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly expiresAt?: InputMaybe<Scalars['Int']['input']>;
  readonly machine?: InputMaybe<Scalars['Boolean']['input']>;
};

export type ApiKeyUpdateInput = {
  readonly name?: InputMaybe<Scalars['String']['input']>;
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly teams?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type Role = {
  readonly __typename?: 'Role';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly slug: Scalars['String']['output'];
  readonly description: Scalars['String']['output'];
  readonly actions: ReadonlyArray<Action>;
  readonly isSystem: Scalars['Boolean']['output'];
};

export type Action =
  | 'CONTEXT_CREATE'
  | 'CONTEXT_DELETE'
  | 'CONTEXT_UPDATE'
  | 'MODULE_DISABLE'
  | 'MODULE_ENABLE'
  | 'MODULE_PUBLISH'
  | 'POLICY_CREATE'
  | 'POLICY_DELETE'
  | 'POLICY_UPDATE'
  | 'RUN_CANCEL'
  | 'RUN_CANCEL_BLOCKING'
  | 'RUN_COMMENT'
  | 'RUN_CONFIRM'
  | 'RUN_DISCARD'
  | 'RUN_PRIORITIZE_SET'
  | 'RUN_PROMOTE'
  | 'RUN_PROPOSE_LOCAL_WORKSPACE'
  | 'RUN_PROPOSE_WITH_OVERRIDES'
  | 'RUN_RETRY'
  | 'RUN_RETRY_BLOCKING'
  | 'RUN_REVIEW'
  | 'RUN_STOP'
  | 'RUN_STOP_BLOCKING'
  | 'RUN_TARGETED_REPLAN'
  | 'RUN_TRIGGER'
  | 'RUN_TRIGGER_WITH_CUSTOM_RUNTIME_CONFIG'
  | 'SPACE_ADMIN'
  | 'SPACE_READ'
  | 'SPACE_SHARE_MODULE'
  | 'SPACE_WRITE'
  | 'STACK_ADD_CONFIG'
  | 'STACK_CREATE'
  | 'STACK_DELETE'
  | 'STACK_DELETE_CONFIG'
  | 'STACK_DISABLE'
  | 'STACK_ENABLE'
  | 'STACK_LOCK'
  | 'STACK_MANAGE'
  | 'STACK_MANAGED_STATE_IMPORT'
  | 'STACK_MANAGED_STATE_ROLLBACK'
  | 'STACK_RESLUG'
  | 'STACK_SET_CURRENT_COMMIT'
  | 'STACK_SET_STAR'
  | 'STACK_STATE_DOWNLOAD'
  | 'STACK_STATE_READ'
  | 'STACK_SYNC_COMMIT'
  | 'STACK_UNLOCK'
  | 'STACK_UNLOCK_FORCE'
  | 'STACK_UPDATE'
  | 'STACK_UPLOAD_LOCAL_WORKSPACE'
  | 'STACK_WORKSPACE_LOCK'
  | 'STACK_WORKSPACE_UNLOCK'
  | 'TASK_CREATE'
  | 'WORKER_DRAIN_SET'
  | 'WORKER_POOL_CREATE'
  | 'WORKER_POOL_CYCLE'
  | 'WORKER_POOL_DELETE'
  | 'WORKER_POOL_RESET'
  | 'WORKER_POOL_UPDATE';

export type ApiKeyRoleBinding = {
  readonly __typename?: 'ApiKeyRoleBinding';
  readonly id: Scalars['ID']['output'];
  readonly apiKeyID: Scalars['ID']['output'];
  readonly role: Role;
  readonly spaceID: Scalars['ID']['output'];
};

export type ApiKeyRoleBindingInput = {
  readonly apiKeyID: Scalars['ID']['input'];
  readonly roleID: Scalars['ID']['input'];
  readonly spaceID: Scalars['ID']['input'];
};

export type Hooks = {
  readonly __typename?: 'Hooks';
  readonly afterApply: ReadonlyArray<Scalars['String']['output']>;
  readonly afterDestroy: ReadonlyArray<Scalars['String']['output']>;
  readonly afterInit: ReadonlyArray<Scalars['String']['output']>;
  readonly afterPerform: ReadonlyArray<Scalars['String']['output']>;
  readonly afterPlan: ReadonlyArray<Scalars['String']['output']>;
  readonly afterRun: ReadonlyArray<Scalars['String']['output']>;
  readonly beforeApply: ReadonlyArray<Scalars['String']['output']>;
  readonly beforeDestroy: ReadonlyArray<Scalars['String']['output']>;
  readonly beforeInit: ReadonlyArray<Scalars['String']['output']>;
  readonly beforePerform: ReadonlyArray<Scalars['String']['output']>;
  readonly beforePlan: ReadonlyArray<Scalars['String']['output']>;
};

export type HooksInput = {
  readonly afterApply?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterDestroy?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterInit?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterPerform?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterPlan?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterRun?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeApply?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeDestroy?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeInit?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforePerform?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforePlan?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type ConfigType =
  | 'ENVIRONMENT_VARIABLE'
  | 'FILE_MOUNT';

export type ConfigElement = {
  readonly __typename?: 'ConfigElement';
  readonly id: Scalars['ID']['output'];
  readonly checksum: Scalars['String']['output'];
  readonly createdAt?: Maybe<Scalars['Int']['output']>;
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly fileMode?: Maybe<Scalars['String']['output']>;
  readonly runtime: Scalars['Boolean']['output'];
  readonly type: ConfigType;
  readonly value?: Maybe<Scalars['String']['output']>;
  readonly writeOnly: Scalars['Boolean']['output'];
};

export type ConfigInput = {
  readonly id: Scalars['ID']['input'];
  readonly type: ConfigType;
  readonly value: Scalars['String']['input'];
  readonly writeOnly: Scalars['Boolean']['input'];
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly fileMode?: InputMaybe<Scalars['String']['input']>;
};

export type Context = {
  readonly __typename?: 'Context';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly space: Scalars['ID']['output'];
  readonly spaceDetails: Space;
  readonly createdAt: Scalars['Int']['output'];
  readonly updatedAt: Scalars['Int']['output'];
  readonly hooks: Hooks;
  readonly config: ReadonlyArray<ConfigElement>;
  readonly configElement?: Maybe<ConfigElement>;
  readonly hasAttachedStacks: Scalars['Boolean']['output'];
  readonly attachedStacks: ReadonlyArray<ContextAttachment>;
  readonly attachedStack?: Maybe<ContextAttachment>;
};


export type ContextConfigElementArgs = {
  id: Scalars['ID']['input'];
};


export type ContextAttachedStackArgs = {
  id: Scalars['ID']['input'];
};

export type ContextAttachment = {
  readonly __typename?: 'ContextAttachment';
  readonly id: Scalars['ID']['output'];
  readonly stackId: Scalars['ID']['output'];
  readonly stackName: Scalars['String']['output'];
  readonly isAutoattached: Scalars['Boolean']['output'];
  readonly isModule: Scalars['Boolean']['output'];
  readonly priority: Scalars['Int']['output'];
};

export type ContextInput = {
  readonly name: Scalars['String']['input'];
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly labels?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly space?: InputMaybe<Scalars['ID']['input']>;
  readonly hooks?: InputMaybe<HooksInput>;
  readonly configAttachments?: InputMaybe<ReadonlyArray<ConfigAttachmentsInput>>;
  readonly stackAttachments?: InputMaybe<ReadonlyArray<StackAttachmentInput>>;
};

export type ConfigAttachmentsInput = {
  readonly id: Scalars['ID']['input'];
  readonly type: ConfigType;
  readonly value: Scalars['String']['input'];
  readonly writeOnly: Scalars['Boolean']['input'];
  readonly description?: InputMaybe<Scalars['String']['input']>;
};

export type StackAttachmentInput = {
  readonly stack: Scalars['ID']['input'];
  readonly priority: Scalars['Int']['input'];
};

export type SearchContextsOutput = {
  readonly __typename?: 'SearchContextsOutput';
  readonly edges: ReadonlyArray<SearchContextsEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchContextsEdge = {
  readonly __typename?: 'SearchContextsEdge';
  readonly node: Context;
};

export type License = {
  readonly __typename?: 'License';
  readonly type: LicenseType;
  readonly state: LicenseState;
  readonly reason?: Maybe<Scalars['String']['output']>;
  readonly notice?: Maybe<Scalars['String']['output']>;
  readonly licensee?: Maybe<Scalars['String']['output']>;
  readonly tier?: Maybe<Scalars['String']['output']>;
  readonly features: ReadonlyArray<Scalars['String']['output']>;
  readonly maxWorkers?: Maybe<Scalars['Int']['output']>;
  readonly maxUsers?: Maybe<Scalars['Int']['output']>;
  readonly validUntil?: Maybe<Scalars['Int']['output']>;
  readonly graceEndsAt?: Maybe<Scalars['Int']['output']>;
  readonly checkedAt?: Maybe<Scalars['Int']['output']>;
};

export type LicenseType =
  | 'AWS'
  | 'JWT'
  | 'NONE';

export type LicenseState =
  | 'VALID'
  | 'GRACE'
  | 'RESTRICTED';

export type DeadLetterPage = {
  readonly __typename?: 'DeadLetterPage';
  readonly edges: ReadonlyArray<DeadLetter>;
  readonly endCursor?: Maybe<Scalars['String']['output']>;
};

export type DeadLetter = {
  readonly __typename?: 'DeadLetter';
  readonly id: Scalars['ID']['output'];
  readonly queue: Scalars['String']['output'];
  readonly type: Scalars['String']['output'];
  readonly error: Scalars['String']['output'];
  readonly receivedAt: Scalars['Int']['output'];
  readonly body: Scalars['String']['output'];
};

export type Policy = {
  readonly __typename?: 'Policy';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly body: Scalars['String']['output'];
  readonly type: PolicyType;
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly engineType: PolicyEngineType;
  readonly keepInputs: Scalars['Boolean']['output'];
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly space: Scalars['ID']['output'];
  readonly spaceDetails: Space;
  readonly createdAt: Scalars['Int']['output'];
  readonly updatedAt: Scalars['Int']['output'];
  readonly attachedModulesCount: Scalars['Int']['output'];
  readonly attachedStacksCount: Scalars['Int']['output'];
  readonly attachedStacks: ReadonlyArray<PolicyAttachment>;
  readonly attachedStack?: Maybe<PolicyAttachment>;
  readonly evaluationRecords: ReadonlyArray<PolicyEvaluationRecord>;
  readonly evaluationSample?: Maybe<PolicyEvaluationSample>;
  readonly searchEvaluationRecords: SearchPolicyEvaluationRecordsOutput;
};


export type PolicyAttachedStackArgs = {
  id: Scalars['ID']['input'];
};


export type PolicyEvaluationSampleArgs = {
  key: Scalars['String']['input'];
};


export type PolicySearchEvaluationRecordsArgs = {
  input: SearchInput;
};

export type PolicyEngineType =
  | 'REGO_V0'
  | 'REGO_V1';

export type PoliciesInput = {
  readonly type?: InputMaybe<PolicyType>;
};

export type PolicyCreateInput = {
  readonly name: Scalars['String']['input'];
  readonly body: Scalars['String']['input'];
  readonly type: PolicyType;
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly engineType?: InputMaybe<PolicyEngineType>;
  readonly keepInputs?: InputMaybe<Scalars['Boolean']['input']>;
  readonly labels?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly space?: InputMaybe<Scalars['ID']['input']>;
};

export type PolicyUpdateInput = {
  readonly name: Scalars['String']['input'];
  readonly body: Scalars['String']['input'];
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly engineType?: InputMaybe<PolicyEngineType>;
  readonly keepInputs?: InputMaybe<Scalars['Boolean']['input']>;
  readonly labels?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly space?: InputMaybe<Scalars['ID']['input']>;
};

export type PolicySimulateInput = {
  readonly type: PolicyType;
  readonly body: Scalars['String']['input'];
  readonly data: Scalars['String']['input'];
  readonly engineType?: InputMaybe<PolicyEngineType>;
};

export type PolicyAttachment = {
  readonly __typename?: 'PolicyAttachment';
  readonly id: Scalars['ID']['output'];
  readonly stackId: Scalars['ID']['output'];
  readonly stackName: Scalars['String']['output'];
  readonly isAutoattached: Scalars['Boolean']['output'];
  readonly isModule: Scalars['Boolean']['output'];
};

export type PolicyEvaluationRecord = {
  readonly __typename?: 'PolicyEvaluationRecord';
  readonly key: Scalars['String']['output'];
  readonly outcome: Scalars['String']['output'];
  readonly timestamp: Scalars['Int']['output'];
};

export type PolicyEvaluationSample = {
  readonly __typename?: 'PolicyEvaluationSample';
  readonly body: Scalars['String']['output'];
  readonly input: Scalars['String']['output'];
};

export type SearchPolicyEvaluationRecordsOutput = {
  readonly __typename?: 'SearchPolicyEvaluationRecordsOutput';
  readonly edges: ReadonlyArray<SearchPolicyEvaluationRecordsEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchPolicyEvaluationRecordsEdge = {
  readonly __typename?: 'SearchPolicyEvaluationRecordsEdge';
  readonly node: PolicyEvaluationRecord;
};

export type PolicyTemplate = {
  readonly __typename?: 'PolicyTemplate';
  readonly id: Scalars['ID']['output'];
  readonly body: Scalars['String']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly name: Scalars['String']['output'];
  readonly slug: Scalars['String']['output'];
  readonly type: PolicyType;
};

export type SearchPoliciesOutput = {
  readonly __typename?: 'SearchPoliciesOutput';
  readonly edges: ReadonlyArray<SearchPoliciesEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchPoliciesEdge = {
  readonly __typename?: 'SearchPoliciesEdge';
  readonly node: Policy;
};

export type SearchPolicyTemplatesOutput = {
  readonly __typename?: 'SearchPolicyTemplatesOutput';
  readonly edges: ReadonlyArray<SearchPolicyTemplatesEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchPolicyTemplatesEdge = {
  readonly __typename?: 'SearchPolicyTemplatesEdge';
  readonly node: PolicyTemplate;
};

export type Autoattachment = {
  readonly __typename?: 'Autoattachment';
  readonly count: Scalars['Int']['output'];
  readonly sample: ReadonlyArray<AutoattachmentTarget>;
};

export type AutoattachmentTarget = {
  readonly __typename?: 'AutoattachmentTarget';
  readonly id: Scalars['ID']['output'];
  readonly isModule: Scalars['Boolean']['output'];
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly name: Scalars['String']['output'];
};

export type PolicyRuntime = {
  readonly __typename?: 'PolicyRuntime';
  readonly openPolicyAgentVersion: Scalars['String']['output'];
};

export type PolicyObservation = {
  readonly __typename?: 'PolicyObservation';
  readonly result?: Maybe<Scalars['String']['output']>;
  readonly error?: Maybe<PolicyFault>;
  readonly prints: ReadonlyArray<PolicyPrint>;
  readonly reached: ReadonlyArray<Scalars['Int']['output']>;
  readonly notReached: ReadonlyArray<Scalars['Int']['output']>;
  readonly trace: ReadonlyArray<Scalars['String']['output']>;
};

export type PolicyFault = {
  readonly __typename?: 'PolicyFault';
  readonly kind: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  readonly line?: Maybe<Scalars['Int']['output']>;
  readonly column?: Maybe<Scalars['Int']['output']>;
};

export type PolicyPrint = {
  readonly __typename?: 'PolicyPrint';
  readonly line: Scalars['Int']['output'];
  readonly text: Scalars['String']['output'];
};

export type PolicyReceipt = {
  readonly __typename?: 'PolicyReceipt';
  readonly policy: Scalars['ID']['output'];
  readonly policyName: Scalars['String']['output'];
  readonly type: PolicyType;
  readonly timestamp: Scalars['Int']['output'];
  readonly stateVersion: Scalars['Int']['output'];
  readonly outcome: Scalars['String']['output'];
  readonly messages: ReadonlyArray<Scalars['String']['output']>;
  readonly result: Scalars['String']['output'];
  readonly bodySha256: Scalars['String']['output'];
  readonly inputSha256: Scalars['String']['output'];
  readonly durationMs: Scalars['Int']['output'];
  readonly error?: Maybe<Scalars['String']['output']>;
};

export type PolicyReplay = {
  readonly __typename?: 'PolicyReplay';
  readonly id: Scalars['ID']['output'];
  readonly status: Scalars['String']['output'];
  readonly done: Scalars['Int']['output'];
  readonly total: Scalars['Int']['output'];
  readonly flips: ReadonlyArray<PolicyReplayFlip>;
};

export type PolicyReplayFlip = {
  readonly __typename?: 'PolicyReplayFlip';
  readonly input: Scalars['String']['output'];
  readonly run?: Maybe<Scalars['ID']['output']>;
  readonly old: Scalars['String']['output'];
  readonly new: Scalars['String']['output'];
};

export type ManagedEntity = {
  readonly __typename?: 'ManagedEntity';
  readonly id: Scalars['ID']['output'];
  readonly address: Scalars['String']['output'];
  readonly creator?: Maybe<Run>;
  readonly drifted?: Maybe<Scalars['Int']['output']>;
  readonly name: Scalars['String']['output'];
  readonly parent: Scalars['String']['output'];
  readonly stackId: Scalars['ID']['output'];
  readonly stackName: Scalars['String']['output'];
  readonly thirdPartyMetadata?: Maybe<Scalars['String']['output']>;
  readonly type: Scalars['String']['output'];
  readonly updatedAt?: Maybe<Scalars['Int']['output']>;
  readonly updater?: Maybe<Run>;
  readonly vendor: EntityVendor;
};

export type EntityVendor = EntityVendorAnsible | EntityVendorCloudFormation | EntityVendorKubernetes | EntityVendorPulumi | EntityVendorTerraform;

export type EntityVendorAnsible = {
  readonly __typename?: 'EntityVendorAnsible';
  readonly ansible?: Maybe<AnsibleEntity>;
};

export type EntityVendorCloudFormation = {
  readonly __typename?: 'EntityVendorCloudFormation';
  readonly cloudFormation?: Maybe<CloudFormationEntity>;
};

export type EntityVendorKubernetes = {
  readonly __typename?: 'EntityVendorKubernetes';
  readonly kubernetes?: Maybe<KubernetesEntity>;
};

export type EntityVendorPulumi = {
  readonly __typename?: 'EntityVendorPulumi';
  readonly pulumi?: Maybe<PulumiEntity>;
};

export type EntityVendorTerraform = {
  readonly __typename?: 'EntityVendorTerraform';
  readonly terraform?: Maybe<TerraformEntity>;
};

export type AnsibleEntity = AnsibleResource;

export type AnsibleResource = {
  readonly __typename?: 'AnsibleResource';
  readonly data: Scalars['String']['output'];
};

export type CloudFormationEntity = CloudFormationResource | CloudFormationOutput;

export type CloudFormationResource = {
  readonly __typename?: 'CloudFormationResource';
  readonly logicalResourceId: Scalars['String']['output'];
  readonly physicalResourceId: Scalars['String']['output'];
  readonly template: Scalars['String']['output'];
};

export type CloudFormationOutput = {
  readonly __typename?: 'CloudFormationOutput';
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly export?: Maybe<Scalars['String']['output']>;
  readonly value: Scalars['String']['output'];
};

export type KubernetesEntity = KubernetesResource | KubernetesRoot;

export type KubernetesResource = {
  readonly __typename?: 'KubernetesResource';
  readonly data: Scalars['String']['output'];
};

export type KubernetesRoot = {
  readonly __typename?: 'KubernetesRoot';
  readonly phantom: Scalars['Boolean']['output'];
};

export type PulumiEntity = PulumiOutput | PulumiStack | PulumiResource;

export type PulumiOutput = {
  readonly __typename?: 'PulumiOutput';
  readonly hash: Scalars['String']['output'];
  readonly sensitive: Scalars['Boolean']['output'];
  readonly value?: Maybe<Scalars['String']['output']>;
};

export type PulumiStack = {
  readonly __typename?: 'PulumiStack';
  readonly phantom: Scalars['Boolean']['output'];
};

export type PulumiResource = {
  readonly __typename?: 'PulumiResource';
  readonly id: Scalars['ID']['output'];
  readonly outputs: Scalars['String']['output'];
  readonly parent: Scalars['String']['output'];
  readonly provider: Scalars['String']['output'];
  readonly urn: Scalars['String']['output'];
};

export type TerraformEntity = TerraformResource | TerraformModule | TerraformOutput;

export type TerraformResource = {
  readonly __typename?: 'TerraformResource';
  readonly address: Scalars['String']['output'];
  readonly mode: Scalars['String']['output'];
  readonly module: Scalars['String']['output'];
  readonly provider: Scalars['String']['output'];
  readonly tainted: Scalars['Boolean']['output'];
  readonly values: Scalars['String']['output'];
};

export type TerraformModule = {
  readonly __typename?: 'TerraformModule';
  readonly phantom: Scalars['Boolean']['output'];
};

export type TerraformOutput = {
  readonly __typename?: 'TerraformOutput';
  readonly hash: Scalars['String']['output'];
  readonly sensitive: Scalars['Boolean']['output'];
  readonly value?: Maybe<Scalars['String']['output']>;
};

export type SearchManagedEntitiesOutput = {
  readonly __typename?: 'SearchManagedEntitiesOutput';
  readonly edges: ReadonlyArray<SearchManagedEntitiesEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchManagedEntitiesEdge = {
  readonly __typename?: 'SearchManagedEntitiesEdge';
  readonly node: ManagedEntity;
};

export type SearchManagedEntityGroupsOutput = {
  readonly __typename?: 'SearchManagedEntityGroupsOutput';
  readonly edges: ReadonlyArray<SearchManagedEntityGroupsEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchManagedEntityGroupsEdge = {
  readonly __typename?: 'SearchManagedEntityGroupsEdge';
  readonly node: ManagedEntityGroup;
};

export type ManagedEntityGroup = {
  readonly __typename?: 'ManagedEntityGroup';
  readonly id: Scalars['ID']['output'];
  readonly count: Scalars['Int']['output'];
  readonly stackName?: Maybe<Scalars['String']['output']>;
};

export type Run = {
  readonly __typename?: 'Run';
  readonly id: Scalars['ID']['output'];
  readonly type: RunType;
  readonly state: RunState;
  readonly title: Scalars['String']['output'];
  readonly branch?: Maybe<Scalars['String']['output']>;
  readonly command?: Maybe<Scalars['String']['output']>;
  readonly commit: Commit;
  readonly createdAt: Scalars['Int']['output'];
  readonly updatedAt: Scalars['Int']['output'];
  readonly stackId?: Maybe<Scalars['ID']['output']>;
  readonly triggeredBy?: Maybe<Scalars['String']['output']>;
  readonly canConfirm: Scalars['Boolean']['output'];
  readonly canRetry: Scalars['Boolean']['output'];
  readonly driftDetection: Scalars['Boolean']['output'];
  readonly expired: Scalars['Boolean']['output'];
  readonly finished: Scalars['Boolean']['output'];
  readonly isMostRecent: Scalars['Boolean']['output'];
  readonly needsApproval: Scalars['Boolean']['output'];
  readonly comments: ReadonlyArray<RunComment>;
  readonly delta?: Maybe<RunDelta>;
  readonly history: ReadonlyArray<RunStateTransition>;
  readonly logs?: Maybe<RunLogs>;
  readonly changesV3: ReadonlyArray<RunChangesGroup>;
  readonly waitingFor?: Maybe<RunWait>;
  readonly why: ReadonlyArray<Cause>;
  readonly policyReceipts: ReadonlyArray<PolicyReceipt>;
};


export type RunLogsArgs = {
  state: RunState;
  token: InputMaybe<Scalars['String']['input']>;
  stateVersion: InputMaybe<Scalars['Int']['input']>;
};


export type RunChangesV3Args = {
  input: RunChangesInput;
};

export type RunType =
  | 'PROPOSED'
  | 'TRACKED'
  | 'TASK'
  | 'TESTING'
  | 'DESTROY'
  | 'PARSE';

export type RunState =
  | 'UNKNOWN'
  | 'QUEUED'
  | 'READY'
  | 'PENDING'
  | 'PREPARING'
  | 'INITIALIZING'
  | 'PLANNING'
  | 'PENDING_REVIEW'
  | 'UNCONFIRMED'
  | 'CONFIRMED'
  | 'PREPARING_APPLY'
  | 'APPLYING'
  | 'REPLAN_REQUESTED'
  | 'PREPARING_REPLAN'
  | 'PERFORMING'
  | 'DESTROYING'
  | 'FINISHED'
  | 'FAILED'
  | 'CANCELED'
  | 'DISCARDED'
  | 'STOPPED'
  | 'SKIPPED';

export type RunDelta = {
  readonly __typename?: 'RunDelta';
  readonly addCount: Scalars['Int']['output'];
  readonly changeCount: Scalars['Int']['output'];
  readonly deleteCount: Scalars['Int']['output'];
  readonly resources: Scalars['Int']['output'];
};

export type RunComment = {
  readonly __typename?: 'RunComment';
  readonly body: Scalars['String']['output'];
  readonly createdAt: Scalars['Int']['output'];
  readonly username: Scalars['String']['output'];
};

export type RunStateTransition = {
  readonly __typename?: 'RunStateTransition';
  readonly hasLogs: Scalars['Boolean']['output'];
  readonly note?: Maybe<Scalars['String']['output']>;
  readonly state: RunState;
  readonly stateVersion: Scalars['Int']['output'];
  readonly terminal: Scalars['Boolean']['output'];
  readonly timestamp: Scalars['Int']['output'];
  readonly username?: Maybe<Scalars['String']['output']>;
};

export type RunLogs = {
  readonly __typename?: 'RunLogs';
  readonly exists: Scalars['Boolean']['output'];
  readonly expired: Scalars['Boolean']['output'];
  readonly finished: Scalars['Boolean']['output'];
  readonly hasMore: Scalars['Boolean']['output'];
  readonly messages: ReadonlyArray<RunLogMessage>;
  readonly nextToken?: Maybe<Scalars['String']['output']>;
};

export type RunLogMessage = {
  readonly __typename?: 'RunLogMessage';
  readonly message: Scalars['String']['output'];
  readonly timestamp: Scalars['Int']['output'];
};

export type RunResourceState = {
  readonly __typename?: 'RunResourceState';
  readonly id: Scalars['ID']['output'];
  readonly finished: Scalars['Boolean']['output'];
  readonly state: RunState;
};

export type RunChangesInput = {
  readonly types?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type RunChangesGroup = {
  readonly __typename?: 'RunChangesGroup';
  readonly resources: ReadonlyArray<RunChangedResource>;
};

export type RunChangedResource = {
  readonly __typename?: 'RunChangedResource';
  readonly address: Scalars['String']['output'];
  readonly metadata: RunChangedResourceMetadata;
  readonly previousAddress?: Maybe<Scalars['String']['output']>;
};

export type RunChangedResourceMetadata = {
  readonly __typename?: 'RunChangedResourceMetadata';
  readonly type: Scalars['String']['output'];
};

export type RunDiscardAllOutput = {
  readonly __typename?: 'RunDiscardAllOutput';
  readonly discardedRuns: ReadonlyArray<Run>;
  readonly failedDiscarding: ReadonlyArray<Scalars['ID']['output']>;
};

export type RunReviewDecision =
  | 'APPROVE'
  | 'REJECT';

export type RunExternalDependencyStatus =
  | 'FINISHED'
  | 'FAILED'
  | 'SKIPPED';

export type RunExternalDependency = {
  readonly __typename?: 'RunExternalDependency';
  readonly phantom: Scalars['Boolean']['output'];
  readonly status?: Maybe<RunExternalDependencyStatus>;
};

export type RunReview = {
  readonly __typename?: 'RunReview';
  readonly id: Scalars['ID']['output'];
  readonly author: Scalars['String']['output'];
  readonly decision: RunReviewDecision;
  readonly note?: Maybe<Scalars['String']['output']>;
  readonly state: RunState;
  readonly timestamp: Scalars['Int']['output'];
};

export type RunPriorityPreset =
  | 'LOW'
  | 'NORMAL'
  | 'HIGH';

export type ForceApplyMode =
  | 'SINGLE'
  | 'CASCADE';

export type RuntimeConfigInput = {
  readonly yaml?: InputMaybe<Scalars['String']['input']>;
  readonly environment?: InputMaybe<ReadonlyArray<EnvVarInput>>;
  readonly projectRoot?: InputMaybe<Scalars['String']['input']>;
  readonly runnerImage?: InputMaybe<Scalars['String']['input']>;
  readonly terraformVersion?: InputMaybe<Scalars['String']['input']>;
  readonly terraformWorkflowTool?: InputMaybe<TerraformWorkflowTool>;
  readonly afterApply?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterDestroy?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterInit?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterPerform?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterPlan?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterRun?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeApply?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeDestroy?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeInit?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforePerform?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforePlan?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type EnvVarInput = {
  readonly key: Scalars['String']['input'];
  readonly value: Scalars['String']['input'];
};

export type EnvironmentVariable = {
  readonly key: Scalars['String']['input'];
  readonly value: Scalars['String']['input'];
};

export type LocalWorkspaceUpload = {
  readonly __typename?: 'LocalWorkspaceUpload';
  readonly id: Scalars['ID']['output'];
  readonly uploadUrl: Scalars['String']['output'];
  readonly uploadHeaders: StringMap;
};

export type SearchRunsOutput = {
  readonly __typename?: 'SearchRunsOutput';
  readonly edges: ReadonlyArray<SearchRunsEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchRunsEdge = {
  readonly __typename?: 'SearchRunsEdge';
  readonly node: RunWithStack;
};

export type RunWithStack = {
  readonly __typename?: 'RunWithStack';
  readonly run: Run;
  readonly stack: Stack;
};

export type RunWait = {
  readonly __typename?: 'RunWait';
  readonly reason: Scalars['String']['output'];
  readonly since: Scalars['Int']['output'];
  readonly run?: Maybe<Scalars['ID']['output']>;
  readonly workerPool?: Maybe<Scalars['ID']['output']>;
  readonly approvals?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

export type Cause = {
  readonly __typename?: 'Cause';
  readonly timestamp: Scalars['Int']['output'];
  readonly kind: Scalars['String']['output'];
  readonly text: Scalars['String']['output'];
  readonly subject?: Maybe<Scalars['ID']['output']>;
};

export type PageInfo = {
  readonly __typename?: 'PageInfo';
  readonly endCursor: Scalars['String']['output'];
  readonly hasNextPage: Scalars['Boolean']['output'];
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

export type SearchInput = {
  readonly first?: InputMaybe<Scalars['Int']['input']>;
  readonly after?: InputMaybe<Scalars['String']['input']>;
  readonly before?: InputMaybe<Scalars['String']['input']>;
  readonly last?: InputMaybe<Scalars['Int']['input']>;
  readonly fullTextSearch?: InputMaybe<Scalars['String']['input']>;
  readonly predicates?: InputMaybe<ReadonlyArray<QueryPredicate>>;
  readonly orderBy?: InputMaybe<QueryOrder>;
};

export type QueryPredicate = {
  readonly field: Scalars['String']['input'];
  readonly constraint: QueryFieldConstraint;
  readonly exclude?: InputMaybe<Scalars['Boolean']['input']>;
};

export type QueryFieldConstraint = {
  readonly booleanEquals?: InputMaybe<ReadonlyArray<Scalars['Boolean']['input']>>;
  readonly enumEquals?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly stringMatches?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type QueryOrder = {
  readonly field: Scalars['String']['input'];
  readonly direction: Scalars['String']['input'];
};

export type StringMap = {
  readonly __typename?: 'StringMap';
  readonly entries: ReadonlyArray<KeyValuePair>;
};

export type KeyValuePair = {
  readonly __typename?: 'KeyValuePair';
  readonly key: Scalars['String']['output'];
  readonly value: Scalars['String']['output'];
};

export type Commit = {
  readonly __typename?: 'Commit';
  readonly authorLogin?: Maybe<Scalars['String']['output']>;
  readonly authorName: Scalars['String']['output'];
  readonly hash: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  readonly tag?: Maybe<Scalars['String']['output']>;
  readonly timestamp: Scalars['Int']['output'];
  readonly url: Scalars['String']['output'];
};

export type User = {
  readonly __typename?: 'User';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly login?: Maybe<Scalars['String']['output']>;
  readonly type?: Maybe<Scalars['String']['output']>;
  readonly admin: Scalars['Boolean']['output'];
  readonly jwt?: Maybe<Scalars['String']['output']>;
  readonly validUntil?: Maybe<Scalars['Int']['output']>;
};

export type DebugInfo = {
  readonly __typename?: 'DebugInfo';
  readonly selfHostedVersion?: Maybe<Scalars['String']['output']>;
};

export type PolicyType =
  | 'ACCESS'
  | 'APPROVAL'
  | 'GIT_PUSH'
  | 'INITIALIZATION'
  | 'INTENT'
  | 'LOGIN'
  | 'NOTIFICATION'
  | 'PLAN'
  | 'TASK'
  | 'TRIGGER'
  | 'STACK_ACCESS'
  | 'TASK_RUN'
  | 'TERRAFORM_PLAN';

export type VcsProvider =
  | 'AZURE_DEVOPS'
  | 'BITBUCKET_CLOUD'
  | 'BITBUCKET_DATACENTER'
  | 'GIT'
  | 'GITHUB'
  | 'GITHUB_ENTERPRISE'
  | 'GITLAB'
  | 'SHOWCASE'
  | 'SPACELIFT';

export type Space = {
  readonly __typename?: 'Space';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly description: Scalars['String']['output'];
  readonly parentSpace?: Maybe<Scalars['ID']['output']>;
  readonly inheritEntities: Scalars['Boolean']['output'];
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly accessLevel?: Maybe<SpaceAccessLevel>;
};

export type SpaceInput = {
  readonly name: Scalars['String']['input'];
  readonly description: Scalars['String']['input'];
  readonly parentSpace: Scalars['ID']['input'];
  readonly inheritEntities: Scalars['Boolean']['input'];
  readonly labels?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type SpaceAccessLevel =
  | 'READ'
  | 'WRITE'
  | 'ADMIN'
  | 'NONE';

export type Stack = {
  readonly __typename?: 'Stack';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly space: Scalars['ID']['output'];
  readonly spaceDetails: Space;
  readonly createdAt: Scalars['Int']['output'];
  readonly administrative: Scalars['Boolean']['output'];
  readonly autodeploy: Scalars['Boolean']['output'];
  readonly autoretry: Scalars['Boolean']['output'];
  readonly canWrite: Scalars['Boolean']['output'];
  readonly deleted: Scalars['Boolean']['output'];
  readonly deleting: Scalars['Boolean']['output'];
  readonly enableSensitiveOutputUpload: Scalars['Boolean']['output'];
  readonly enableWellKnownSecretMasking: Scalars['Boolean']['output'];
  readonly githubActionDeploy: Scalars['Boolean']['output'];
  readonly isDisabled: Scalars['Boolean']['output'];
  readonly isStateRollback: Scalars['Boolean']['output'];
  readonly localPreviewEnabled: Scalars['Boolean']['output'];
  readonly managesStateFile: Scalars['Boolean']['output'];
  readonly protectFromDeletion: Scalars['Boolean']['output'];
  readonly starred: Scalars['Boolean']['output'];
  readonly repository: Scalars['ID']['output'];
  readonly namespace: Scalars['String']['output'];
  readonly branch: Scalars['String']['output'];
  readonly provider: VcsProvider;
  readonly repositoryURL?: Maybe<Scalars['String']['output']>;
  readonly projectRoot?: Maybe<Scalars['String']['output']>;
  readonly additionalProjectGlobs: ReadonlyArray<Scalars['String']['output']>;
  readonly gitSparseCheckoutPaths: ReadonlyArray<Scalars['String']['output']>;
  readonly trackedCommit?: Maybe<Commit>;
  readonly trackedBranchHead?: Maybe<Commit>;
  readonly trackedCommitSetBy?: Maybe<Scalars['String']['output']>;
  readonly vendorConfig: StackConfigVendor;
  readonly terraformVersion?: Maybe<Scalars['String']['output']>;
  readonly effectiveTerraformVersion?: Maybe<Scalars['String']['output']>;
  readonly runnerImage?: Maybe<Scalars['String']['output']>;
  readonly workerPool?: Maybe<WorkerPool>;
  readonly state: StackState;
  readonly stateIsTerminal: Scalars['Boolean']['output'];
  readonly stateSetAt?: Maybe<Scalars['Int']['output']>;
  readonly stateSetBy?: Maybe<Scalars['String']['output']>;
  readonly lastApplyAt?: Maybe<Scalars['Int']['output']>;
  readonly blocked: Scalars['Boolean']['output'];
  readonly blocker?: Maybe<Run>;
  readonly lockedAt?: Maybe<Scalars['Int']['output']>;
  readonly lockedBy?: Maybe<Scalars['String']['output']>;
  readonly lockNote?: Maybe<Scalars['String']['output']>;
  readonly afterApply: ReadonlyArray<Scalars['String']['output']>;
  readonly afterDestroy: ReadonlyArray<Scalars['String']['output']>;
  readonly afterInit: ReadonlyArray<Scalars['String']['output']>;
  readonly afterPerform: ReadonlyArray<Scalars['String']['output']>;
  readonly afterPlan: ReadonlyArray<Scalars['String']['output']>;
  readonly afterRun: ReadonlyArray<Scalars['String']['output']>;
  readonly beforeApply: ReadonlyArray<Scalars['String']['output']>;
  readonly beforeDestroy: ReadonlyArray<Scalars['String']['output']>;
  readonly beforeInit: ReadonlyArray<Scalars['String']['output']>;
  readonly beforePerform: ReadonlyArray<Scalars['String']['output']>;
  readonly beforePlan: ReadonlyArray<Scalars['String']['output']>;
  readonly hooks: Hooks;
  readonly config: ReadonlyArray<ConfigElement>;
  readonly configElement?: Maybe<ConfigElement>;
  readonly runtimeConfig: ReadonlyArray<RuntimeConfigElement>;
  readonly integrations: StackIntegrations;
  readonly attachedContexts: ReadonlyArray<StackContextAttachment>;
  readonly attachedPolicies: ReadonlyArray<StackPolicyAttachment>;
  readonly moduleVersionsUsed: ReadonlyArray<ModuleVersion>;
  readonly entities: ReadonlyArray<ManagedEntity>;
  readonly entityCount: Scalars['Int']['output'];
  readonly outputs: ReadonlyArray<StackOutput>;
  readonly dependsOn: ReadonlyArray<StackDependency>;
  readonly isDependedOnBy: ReadonlyArray<StackDependency>;
  readonly run?: Maybe<Run>;
  readonly runResourceState?: Maybe<RunResourceState>;
  readonly runs: ReadonlyArray<Run>;
  readonly proposedRuns: ReadonlyArray<Run>;
  readonly tasks: ReadonlyArray<Run>;
  readonly gitHookUrl?: Maybe<Scalars['String']['output']>;
  readonly managedStateVersions: ReadonlyArray<ManagedStateVersion>;
  readonly why: ReadonlyArray<Cause>;
  readonly notificationCount: Scalars['Int']['output'];
};


export type StackConfigElementArgs = {
  id: Scalars['ID']['input'];
};


export type StackRunArgs = {
  id: Scalars['ID']['input'];
};


export type StackRunResourceStateArgs = {
  id: Scalars['ID']['input'];
};


export type StackRunsArgs = {
  before: InputMaybe<Scalars['ID']['input']>;
};


export type StackProposedRunsArgs = {
  before: InputMaybe<Scalars['ID']['input']>;
};


export type StackTasksArgs = {
  before: InputMaybe<Scalars['ID']['input']>;
};


export type StackManagedStateVersionsArgs = {
  before: InputMaybe<Scalars['ID']['input']>;
};


export type StackWhyArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
};

export type SearchStacksOutput = {
  readonly __typename?: 'SearchStacksOutput';
  readonly edges: ReadonlyArray<SearchStacksEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchStacksEdge = {
  readonly __typename?: 'SearchStacksEdge';
  readonly node: Stack;
};

export type StackState =
  | 'NONE'
  | 'APPLYING'
  | 'CONFIRMED'
  | 'DESTROYING'
  | 'DISCARDED'
  | 'FAILED'
  | 'FINISHED'
  | 'INITIALIZING'
  | 'PLANNING'
  | 'PREPARING'
  | 'PREPARING_APPLY'
  | 'PREPARING_REPLAN'
  | 'REPLAN_REQUESTED'
  | 'STOPPED'
  | 'UNCONFIRMED';

export type StackInput = {
  readonly name: Scalars['String']['input'];
  readonly administrative: Scalars['Boolean']['input'];
  readonly branch: Scalars['String']['input'];
  readonly repository: Scalars['ID']['input'];
  readonly additionalProjectGlobs?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterApply?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterDestroy?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterInit?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterPerform?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterPlan?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly afterRun?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly autodeploy?: InputMaybe<Scalars['Boolean']['input']>;
  readonly autoretry?: InputMaybe<Scalars['Boolean']['input']>;
  readonly beforeApply?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeDestroy?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforeInit?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforePerform?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly beforePlan?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly enableSensitiveOutputUpload?: InputMaybe<Scalars['Boolean']['input']>;
  readonly enableWellKnownSecretMasking?: InputMaybe<Scalars['Boolean']['input']>;
  readonly gitSparseCheckoutPaths?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly githubActionDeploy?: InputMaybe<Scalars['Boolean']['input']>;
  readonly labels?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly localPreviewEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  readonly namespace?: InputMaybe<Scalars['String']['input']>;
  readonly projectRoot?: InputMaybe<Scalars['String']['input']>;
  readonly protectFromDeletion?: InputMaybe<Scalars['Boolean']['input']>;
  readonly provider?: InputMaybe<VcsProvider>;
  readonly repositoryURL?: InputMaybe<Scalars['String']['input']>;
  readonly runnerImage?: InputMaybe<Scalars['String']['input']>;
  readonly space?: InputMaybe<Scalars['ID']['input']>;
  readonly terraformVersion?: InputMaybe<Scalars['String']['input']>;
  readonly vcsIntegrationId?: InputMaybe<Scalars['ID']['input']>;
  readonly vendorConfig?: InputMaybe<VendorConfigInput>;
  readonly workerPool?: InputMaybe<Scalars['ID']['input']>;
};

export type RuntimeConfigElement = {
  readonly __typename?: 'RuntimeConfigElement';
  readonly context?: Maybe<StackContextAttachment>;
  readonly element: ConfigElement;
};

export type StackContextAttachment = {
  readonly __typename?: 'StackContextAttachment';
  readonly id: Scalars['ID']['output'];
  readonly contextId: Scalars['ID']['output'];
  readonly contextName: Scalars['String']['output'];
  readonly contextDescription?: Maybe<Scalars['String']['output']>;
  readonly contextLabels: ReadonlyArray<Scalars['String']['output']>;
  readonly config: ReadonlyArray<ConfigElement>;
  readonly isAutoattached: Scalars['Boolean']['output'];
  readonly priority: Scalars['Int']['output'];
};

export type StackPolicyAttachment = {
  readonly __typename?: 'StackPolicyAttachment';
  readonly id: Scalars['ID']['output'];
  readonly policyId: Scalars['ID']['output'];
  readonly policyName: Scalars['String']['output'];
  readonly policyType: PolicyType;
  readonly policyLabels: ReadonlyArray<Scalars['String']['output']>;
  readonly isAutoattached: Scalars['Boolean']['output'];
};

export type StackOutput = {
  readonly __typename?: 'StackOutput';
  readonly id: Scalars['ID']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly sensitive: Scalars['Boolean']['output'];
  readonly value?: Maybe<Scalars['String']['output']>;
};

export type StackIntegrations = {
  readonly __typename?: 'StackIntegrations';
  readonly aws: StackAwsIntegration;
  readonly gcp: StackGcpIntegration;
  readonly webhooks: ReadonlyArray<WebhooksIntegration>;
};

export type StackAwsIntegration = {
  readonly __typename?: 'StackAWSIntegration';
  readonly activated: Scalars['Boolean']['output'];
  readonly assumedRoleArn?: Maybe<Scalars['String']['output']>;
  readonly assumeRoleLink?: Maybe<Scalars['String']['output']>;
  readonly assumeRolePolicyStatement: Scalars['String']['output'];
  readonly durationSeconds?: Maybe<Scalars['Int']['output']>;
  readonly externalID?: Maybe<Scalars['String']['output']>;
  readonly generateCredentialsInWorker: Scalars['Boolean']['output'];
  readonly region?: Maybe<Scalars['String']['output']>;
};

export type StackGcpIntegration = {
  readonly __typename?: 'StackGCPIntegration';
  readonly activated: Scalars['Boolean']['output'];
  readonly serviceAccountEmail?: Maybe<Scalars['String']['output']>;
  readonly tokenScopes: ReadonlyArray<Scalars['String']['output']>;
};

export type StackDependency = {
  readonly __typename?: 'StackDependency';
  readonly stack: StackDependencyDetail;
  readonly dependsOnStack: StackDependencyDetail;
};

export type StackDependencyDetail = {
  readonly __typename?: 'StackDependencyDetail';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
};

export type Module = {
  readonly __typename?: 'Module';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly owner?: Maybe<Scalars['String']['output']>;
};

export type ModuleVersion = {
  readonly __typename?: 'ModuleVersion';
  readonly id: Scalars['ID']['output'];
  readonly number: Scalars['String']['output'];
  readonly module: Module;
};

export type StateDownloadUrlInput = {
  readonly stackId: Scalars['ID']['input'];
};

export type StateDownloadUrl = {
  readonly __typename?: 'StateDownloadUrl';
  readonly url: Scalars['String']['output'];
};

export type StateUploadUrl = {
  readonly __typename?: 'StateUploadUrl';
  readonly objectId: Scalars['ID']['output'];
  readonly url: Scalars['String']['output'];
};

export type ManagedStateVersion = {
  readonly __typename?: 'ManagedStateVersion';
  readonly id: Scalars['ID']['output'];
  readonly imported: Scalars['Boolean']['output'];
  readonly lastModified?: Maybe<Scalars['Int']['output']>;
  readonly rollback: Scalars['Boolean']['output'];
  readonly rollbackUsername?: Maybe<Scalars['String']['output']>;
  readonly size?: Maybe<Scalars['Int']['output']>;
  readonly serial: Scalars['Int']['output'];
  readonly lineage: Scalars['String']['output'];
  readonly sha256: Scalars['String']['output'];
  readonly createdBy: Scalars['String']['output'];
  readonly run?: Maybe<Scalars['ID']['output']>;
  readonly current: Scalars['Boolean']['output'];
};

export type WebhooksIntegration = {
  readonly __typename?: 'WebhooksIntegration';
  readonly id: Scalars['ID']['output'];
  readonly deleted: Scalars['Boolean']['output'];
  readonly enabled: Scalars['Boolean']['output'];
  readonly endpoint: Scalars['String']['output'];
  readonly retryOnFailure?: Maybe<Scalars['Boolean']['output']>;
  readonly secret: Scalars['String']['output'];
  readonly deliveries: ReadonlyArray<WebhookDelivery>;
};


export type WebhooksIntegrationDeliveriesArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
};

export type WebhooksIntegrationInput = {
  readonly enabled: Scalars['Boolean']['input'];
  readonly endpoint: Scalars['String']['input'];
  readonly retryOnFailure?: InputMaybe<Scalars['Boolean']['input']>;
  readonly secret: Scalars['String']['input'];
};

export type NamedWebhooksIntegration = {
  readonly __typename?: 'NamedWebhooksIntegration';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly createdAt: Scalars['Int']['output'];
  readonly enabled: Scalars['Boolean']['output'];
  readonly endpoint: Scalars['String']['output'];
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly retryOnFailure?: Maybe<Scalars['Boolean']['output']>;
  readonly secret?: Maybe<Scalars['String']['output']>;
  readonly secretHeaders: ReadonlyArray<Scalars['String']['output']>;
  readonly space: Space;
  readonly deliveries: ReadonlyArray<WebhookDelivery>;
};


export type NamedWebhooksIntegrationDeliveriesArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
};

export type NamedWebhooksIntegrationInput = {
  readonly name: Scalars['String']['input'];
  readonly enabled: Scalars['Boolean']['input'];
  readonly endpoint: Scalars['String']['input'];
  readonly labels: ReadonlyArray<Scalars['String']['input']>;
  readonly retryOnFailure?: InputMaybe<Scalars['Boolean']['input']>;
  readonly secret?: InputMaybe<Scalars['String']['input']>;
  readonly space: Scalars['ID']['input'];
};

export type NamedWebhookHeaderInput = {
  readonly entries: ReadonlyArray<KeyValuePairInput>;
};

export type KeyValuePairInput = {
  readonly key: Scalars['String']['input'];
  readonly value: Scalars['String']['input'];
};

export type StringMapInput = {
  readonly entries: ReadonlyArray<KeyValuePairInput>;
};

export type SearchNamedWebhooksIntegrationsOutput = {
  readonly __typename?: 'SearchNamedWebhooksIntegrationsOutput';
  readonly edges: ReadonlyArray<SearchNamedWebhooksIntegrationsEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchNamedWebhooksIntegrationsEdge = {
  readonly __typename?: 'SearchNamedWebhooksIntegrationsEdge';
  readonly node: NamedWebhooksIntegration;
};

export type WebhookDelivery = {
  readonly __typename?: 'WebhookDelivery';
  readonly id: Scalars['ID']['output'];
  readonly event: Scalars['String']['output'];
  readonly method: Scalars['String']['output'];
  readonly endpoint: Scalars['String']['output'];
  readonly run?: Maybe<Scalars['ID']['output']>;
  readonly status: Scalars['String']['output'];
  readonly tries: Scalars['Int']['output'];
  readonly statusCode?: Maybe<Scalars['Int']['output']>;
  readonly error?: Maybe<Scalars['String']['output']>;
  readonly durationMs?: Maybe<Scalars['Int']['output']>;
  readonly createdAt: Scalars['Int']['output'];
  readonly finishedAt?: Maybe<Scalars['Int']['output']>;
  readonly request?: Maybe<WebhookRequest>;
  readonly response?: Maybe<WebhookResponse>;
};

export type WebhookRequest = {
  readonly __typename?: 'WebhookRequest';
  readonly headers: StringMap;
  readonly body: Scalars['String']['output'];
};

export type WebhookResponse = {
  readonly __typename?: 'WebhookResponse';
  readonly status: Scalars['Int']['output'];
  readonly body: Scalars['String']['output'];
  readonly cut: Scalars['Boolean']['output'];
};

export type AuditTrailWebhook = {
  readonly __typename?: 'AuditTrailWebhook';
  readonly enabled: Scalars['Boolean']['output'];
  readonly endpoint: Scalars['String']['output'];
  readonly includeRuns: Scalars['Boolean']['output'];
  readonly retryOnFailure?: Maybe<Scalars['Boolean']['output']>;
  readonly secret: Scalars['String']['output'];
  readonly deliveries: ReadonlyArray<WebhookDelivery>;
};


export type AuditTrailWebhookDeliveriesArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
};

export type AuditTrailWebhookInput = {
  readonly enabled: Scalars['Boolean']['input'];
  readonly endpoint: Scalars['String']['input'];
  readonly includeRuns: Scalars['Boolean']['input'];
  readonly retryOnFailure?: InputMaybe<Scalars['Boolean']['input']>;
  readonly secret: Scalars['String']['input'];
  readonly customHeaders?: InputMaybe<StringMapInput>;
};

export type AuditTrailWebhookSetHeadersInput = {
  readonly entries: ReadonlyArray<KeyValuePairInput>;
};

export type AuditTrailWebhookDeleteHeadersInput = {
  readonly keys: ReadonlyArray<Scalars['String']['input']>;
};

export type AuditTrailEntry = {
  readonly __typename?: 'AuditTrailEntry';
  readonly id: Scalars['ID']['output'];
  readonly action: Scalars['String']['output'];
  readonly actor: AuditTrailActor;
  readonly affectedResource: AuditTrailResource;
  readonly body?: Maybe<Scalars['String']['output']>;
  readonly createdAt: Scalars['Int']['output'];
  readonly eventType: Scalars['String']['output'];
  readonly relatedResource?: Maybe<AuditTrailResource>;
  readonly updatedAt: Scalars['Int']['output'];
};

export type AuditTrailActor = {
  readonly __typename?: 'AuditTrailActor';
  readonly run?: Maybe<AuditTrailActorRun>;
  readonly username: Scalars['String']['output'];
};

export type AuditTrailActorRun = {
  readonly __typename?: 'AuditTrailActorRun';
  readonly id: Scalars['ID']['output'];
  readonly stackId: Scalars['ID']['output'];
};

export type AuditTrailResource = {
  readonly __typename?: 'AuditTrailResource';
  readonly resourceId?: Maybe<Scalars['ID']['output']>;
  readonly resourceType: AuditTrailResourceType;
};

export type AuditTrailResourceType =
  | 'ACCOUNT'
  | 'API_KEY'
  | 'AWS_INTEGRATION'
  | 'AZURE_DEVOPS_REPO_INTEGRATION'
  | 'AZURE_INTEGRATION'
  | 'BITBUCKET_CLOUD_INTEGRATION'
  | 'BITBUCKET_DATACENTER_INTEGRATION'
  | 'BLUEPRINT'
  | 'CONTEXT'
  | 'DRIFT_DETECTION_INTEGRATION'
  | 'GENERIC_FORM'
  | 'GITHUB_APP_INSTALLATION'
  | 'GITHUB_ENTERPRISE_INTEGRATION'
  | 'GITLAB_INTEGRATION'
  | 'GPG_KEY'
  | 'LOGIN'
  | 'MODULE'
  | 'NAMED_WEBHOOKS_INTEGRATION'
  | 'NOTIFICATION'
  | 'POLICY'
  | 'RUN'
  | 'SCHEDULED_DELETE'
  | 'SCHEDULED_RUN'
  | 'SCHEDULED_TASK'
  | 'SECURITY_KEY'
  | 'SESSION'
  | 'SPACE'
  | 'STACK'
  | 'TASK'
  | 'TERRAFORM_PROVIDER'
  | 'TERRAFORM_PROVIDER_VERSION'
  | 'UNKNOWN'
  | 'USER'
  | 'USER_GROUP'
  | 'USER_GROUP_INTEGRATION'
  | 'VERSION'
  | 'WEBHOOK'
  | 'WORKER'
  | 'WORKER_POOL';

export type SearchAuditTrailEntriesOutput = {
  readonly __typename?: 'SearchAuditTrailEntriesOutput';
  readonly edges: ReadonlyArray<SearchAuditTrailEntriesEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchAuditTrailEntriesEdge = {
  readonly __typename?: 'SearchAuditTrailEntriesEdge';
  readonly node: AuditTrailEntry;
};

export type InboxPage = {
  readonly __typename?: 'InboxPage';
  readonly edges: ReadonlyArray<InboxEntry>;
  readonly endCursor?: Maybe<Scalars['ID']['output']>;
};

export type InboxEntry = {
  readonly __typename?: 'InboxEntry';
  readonly id: Scalars['ID']['output'];
  readonly title: Scalars['String']['output'];
  readonly body: Scalars['String']['output'];
  readonly severity: Scalars['String']['output'];
  readonly space: Scalars['ID']['output'];
  readonly stack?: Maybe<Scalars['ID']['output']>;
  readonly run?: Maybe<Scalars['ID']['output']>;
  readonly policy?: Maybe<Scalars['ID']['output']>;
  readonly times: Scalars['Int']['output'];
  readonly createdAt: Scalars['Int']['output'];
  readonly lastAt: Scalars['Int']['output'];
  readonly readAt?: Maybe<Scalars['Int']['output']>;
};

export type UndeliveredNotice = {
  readonly __typename?: 'UndeliveredNotice';
  readonly id: Scalars['ID']['output'];
  readonly kind: Scalars['String']['output'];
  readonly policy: Scalars['ID']['output'];
  readonly run?: Maybe<Scalars['ID']['output']>;
  readonly notice: Scalars['String']['output'];
  readonly reason: Scalars['String']['output'];
  readonly createdAt: Scalars['Int']['output'];
};

export type Usage = {
  readonly __typename?: 'Usage';
  readonly billingPeriodStart: Scalars['Int']['output'];
  readonly billingPeriodEnd: Scalars['Int']['output'];
  readonly usedPrivateMinutes: Scalars['Int']['output'];
  readonly usedPublicMinutes: Scalars['Int']['output'];
  readonly usedSeats: Scalars['Int']['output'];
};

export type Metrics = {
  readonly __typename?: 'Metrics';
  readonly hasStacks: Scalars['Boolean']['output'];
  readonly hasRuns: Scalars['Boolean']['output'];
  readonly stacksCountByState: ReadonlyArray<DataPoint>;
  readonly resourcesCountByDrift: ReadonlyArray<DataPoint>;
  readonly avgStackSizeByResourceCount: ReadonlyArray<DataPoint>;
  readonly averageRunDuration: ReadonlyArray<DataPoint>;
  readonly medianRunDuration: ReadonlyArray<DataPoint>;
};

export type DataPoint = {
  readonly __typename?: 'DataPoint';
  readonly value: Scalars['Float']['output'];
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
};

export type MetricsInput = {
  readonly startTime?: InputMaybe<Scalars['Int']['input']>;
  readonly endTime?: InputMaybe<Scalars['Int']['input']>;
};

export type StackConfigVendor = StackConfigVendorAnsible | StackConfigVendorCloudFormation | StackConfigVendorKubernetes | StackConfigVendorOpenTofu | StackConfigVendorPulumi | StackConfigVendorTerraform | StackConfigVendorTerragrunt;

export type StackConfigVendorAnsible = {
  readonly __typename?: 'StackConfigVendorAnsible';
  readonly playbook: Scalars['String']['output'];
};

export type StackConfigVendorCloudFormation = {
  readonly __typename?: 'StackConfigVendorCloudFormation';
  readonly entryTemplateFile: Scalars['String']['output'];
  readonly region: Scalars['String']['output'];
  readonly stackName: Scalars['String']['output'];
  readonly templateBucket: Scalars['String']['output'];
};

export type StackConfigVendorKubernetes = {
  readonly __typename?: 'StackConfigVendorKubernetes';
  readonly namespace: Scalars['String']['output'];
  readonly kubectlVersion?: Maybe<Scalars['String']['output']>;
  readonly kubernetesWorkflowTool?: Maybe<KubernetesWorkflowTool>;
};

export type StackConfigVendorOpenTofu = {
  readonly __typename?: 'StackConfigVendorOpenTofu';
  readonly concise: Scalars['Boolean']['output'];
  readonly externalStateAccessEnabled: Scalars['Boolean']['output'];
  readonly useSmartSanitization: Scalars['Boolean']['output'];
  readonly version?: Maybe<Scalars['String']['output']>;
  readonly workflowTool?: Maybe<OpenTofuWorkflowTool>;
  readonly workspace?: Maybe<Scalars['String']['output']>;
};

export type StackConfigVendorPulumi = {
  readonly __typename?: 'StackConfigVendorPulumi';
  readonly loginURL: Scalars['String']['output'];
  readonly stackName: Scalars['String']['output'];
};

export type StackConfigVendorTerraform = {
  readonly __typename?: 'StackConfigVendorTerraform';
  readonly externalStateAccessEnabled: Scalars['Boolean']['output'];
  readonly useSmartSanitization: Scalars['Boolean']['output'];
  readonly version?: Maybe<Scalars['String']['output']>;
  readonly workflowTool?: Maybe<TerraformWorkflowTool>;
  readonly workspace?: Maybe<Scalars['String']['output']>;
};

export type StackConfigVendorTerragrunt = {
  readonly __typename?: 'StackConfigVendorTerragrunt';
  readonly terraformVersion?: Maybe<Scalars['String']['output']>;
  readonly terragruntVersion?: Maybe<Scalars['String']['output']>;
  readonly tool: TerragruntTool;
  readonly useRunAll: Scalars['Boolean']['output'];
  readonly useSmartSanitization: Scalars['Boolean']['output'];
  readonly useStateManagement: Scalars['Boolean']['output'];
};

export type TerraformWorkflowTool =
  | 'TERRAFORM_FOSS'
  | 'OPEN_TOFU'
  | 'CUSTOM';

export type OpenTofuWorkflowTool =
  | 'OPENTOFU'
  | 'CUSTOM';

export type KubernetesWorkflowTool =
  | 'KUBERNETES'
  | 'CUSTOM';

export type TerragruntTool =
  | 'OPEN_TOFU'
  | 'TERRAFORM_FOSS'
  | 'MANUALLY_PROVISIONED';

export type VendorConfigInput = {
  readonly ansible?: InputMaybe<AnsibleInput>;
  readonly cloudFormation?: InputMaybe<CloudFormationInput>;
  readonly kubernetes?: InputMaybe<KubernetesInput>;
  readonly opentofu?: InputMaybe<OpenTofuInput>;
  readonly pulumi?: InputMaybe<PulumiInput>;
  readonly terraform?: InputMaybe<TerraformInput>;
  readonly terragrunt?: InputMaybe<TerragruntInput>;
};

export type AnsibleInput = {
  readonly playbook: Scalars['String']['input'];
};

export type CloudFormationInput = {
  readonly entryTemplateFile: Scalars['String']['input'];
  readonly region: Scalars['String']['input'];
  readonly stackName: Scalars['String']['input'];
  readonly templateBucket: Scalars['String']['input'];
};

export type KubernetesInput = {
  readonly namespace: Scalars['String']['input'];
  readonly kubectlVersion?: InputMaybe<Scalars['String']['input']>;
  readonly kubernetesWorkflowTool?: InputMaybe<KubernetesWorkflowTool>;
};

export type OpenTofuInput = {
  readonly concise?: InputMaybe<Scalars['Boolean']['input']>;
  readonly externalStateAccessEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  readonly useSmartSanitization?: InputMaybe<Scalars['Boolean']['input']>;
  readonly version?: InputMaybe<Scalars['String']['input']>;
  readonly workflowTool?: InputMaybe<OpenTofuWorkflowTool>;
  readonly workspace?: InputMaybe<Scalars['String']['input']>;
};

export type PulumiInput = {
  readonly loginURL: Scalars['String']['input'];
  readonly stackName: Scalars['String']['input'];
};

export type TerraformInput = {
  readonly externalStateAccessEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  readonly useSmartSanitization?: InputMaybe<Scalars['Boolean']['input']>;
  readonly version?: InputMaybe<Scalars['String']['input']>;
  readonly workflowTool?: InputMaybe<TerraformWorkflowTool>;
  readonly workspace?: InputMaybe<Scalars['String']['input']>;
};

export type TerragruntInput = {
  readonly prefixResourceNamesWithModuleName?: InputMaybe<Scalars['Boolean']['input']>;
  readonly skipReplan?: InputMaybe<Scalars['Boolean']['input']>;
  readonly skipReplanWhenRunAll?: InputMaybe<Scalars['Boolean']['input']>;
  readonly terraformVersion?: InputMaybe<Scalars['String']['input']>;
  readonly terragruntVersion?: InputMaybe<Scalars['String']['input']>;
  readonly tool?: InputMaybe<TerragruntTool>;
  readonly useRunAll: Scalars['Boolean']['input'];
  readonly useSmartSanitization: Scalars['Boolean']['input'];
  readonly useStateManagement?: InputMaybe<Scalars['Boolean']['input']>;
};

export type WorkerPool = {
  readonly __typename?: 'WorkerPool';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly labels: ReadonlyArray<Scalars['String']['output']>;
  readonly space: Scalars['ID']['output'];
  readonly spaceDetails: Space;
  readonly createdAt: Scalars['Int']['output'];
  readonly updatedAt: Scalars['Int']['output'];
  readonly deleted: Scalars['Boolean']['output'];
  readonly config: Scalars['String']['output'];
  readonly driftDetectionRunLimit?: Maybe<Scalars['Int']['output']>;
  readonly managedByK8sController: Scalars['Boolean']['output'];
  readonly busyWorkers: Scalars['Int']['output'];
  readonly pendingRuns: Scalars['Int']['output'];
  readonly workersCount: Scalars['Int']['output'];
  readonly workers: ReadonlyArray<Worker>;
  readonly searchSchedulableRuns: SearchSchedulableRunsOutput;
};


export type WorkerPoolSearchSchedulableRunsArgs = {
  input: SearchInput;
};

export type PublicWorkerPool = {
  readonly __typename?: 'PublicWorkerPool';
  readonly busyWorkers: Scalars['Int']['output'];
  readonly parallelism: Scalars['Int']['output'];
  readonly pendingRuns: Scalars['Int']['output'];
  readonly schedulableRunsCount: Scalars['Int']['output'];
  readonly usersCount: Scalars['Int']['output'];
  readonly searchSchedulableRuns: SearchSchedulableRunsOutput;
};


export type PublicWorkerPoolSearchSchedulableRunsArgs = {
  input: SearchInput;
};

export type Worker = {
  readonly __typename?: 'Worker';
  readonly id: Scalars['ID']['output'];
  readonly availableAt?: Maybe<Scalars['Int']['output']>;
  readonly busy: Scalars['Boolean']['output'];
  readonly createdAt: Scalars['Int']['output'];
  readonly drained: Scalars['Boolean']['output'];
  readonly metadata: Scalars['String']['output'];
  readonly status: Scalars['String']['output'];
};

export type SearchWorkerPoolsOutput = {
  readonly __typename?: 'SearchWorkerPoolsOutput';
  readonly edges: ReadonlyArray<SearchWorkerPoolsEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchWorkerPoolsEdge = {
  readonly __typename?: 'SearchWorkerPoolsEdge';
  readonly node: WorkerPool;
};

export type SearchSchedulableRunsOutput = {
  readonly __typename?: 'SearchSchedulableRunsOutput';
  readonly edges: ReadonlyArray<SearchSchedulableRunsEdge>;
  readonly pageInfo: PageInfo;
};

export type SearchSchedulableRunsEdge = {
  readonly __typename?: 'SearchSchedulableRunsEdge';
  readonly node: SchedulableRun;
};

export type SchedulableRun = {
  readonly __typename?: 'SchedulableRun';
  readonly position: Scalars['Int']['output'];
  readonly run: Run;
  readonly stackId: Scalars['ID']['output'];
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;



/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  EntityVendor:
    | ( Omit<EntityVendorAnsible, 'ansible'> & { ansible?: Maybe<_RefType['AnsibleEntity']> } )
    | ( Omit<EntityVendorCloudFormation, 'cloudFormation'> & { cloudFormation?: Maybe<_RefType['CloudFormationEntity']> } )
    | ( Omit<EntityVendorKubernetes, 'kubernetes'> & { kubernetes?: Maybe<_RefType['KubernetesEntity']> } )
    | ( Omit<EntityVendorPulumi, 'pulumi'> & { pulumi?: Maybe<_RefType['PulumiEntity']> } )
    | ( Omit<EntityVendorTerraform, 'terraform'> & { terraform?: Maybe<_RefType['TerraformEntity']> } )
  ;
  AnsibleEntity: ( AnsibleResource );
  CloudFormationEntity:
    | ( CloudFormationResource )
    | ( CloudFormationOutput )
  ;
  KubernetesEntity:
    | ( KubernetesResource )
    | ( KubernetesRoot )
  ;
  PulumiEntity:
    | ( PulumiOutput )
    | ( PulumiStack )
    | ( PulumiResource )
  ;
  TerraformEntity:
    | ( TerraformResource )
    | ( TerraformModule )
    | ( TerraformOutput )
  ;
  StackConfigVendor:
    | ( StackConfigVendorAnsible )
    | ( StackConfigVendorCloudFormation )
    | ( StackConfigVendorKubernetes )
    | ( StackConfigVendorOpenTofu )
    | ( StackConfigVendorPulumi )
    | ( StackConfigVendorTerraform )
    | ( StackConfigVendorTerragrunt )
  ;
};


/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  SpaceAccessRule: ResolverTypeWrapper<SpaceAccessRule>;
  ApiKey: ResolverTypeWrapper<ApiKeyModel>;
  ApiKeyType: ApiKeyType;
  ApiKeyInput: ApiKeyInput;
  ApiKeyUpdateInput: ApiKeyUpdateInput;
  Role: ResolverTypeWrapper<RoleModel>;
  Action: Action;
  ApiKeyRoleBinding: ResolverTypeWrapper<RoleBindingModel>;
  ApiKeyRoleBindingInput: ApiKeyRoleBindingInput;
  Hooks: ResolverTypeWrapper<Hooks>;
  HooksInput: HooksInput;
  ConfigType: ConfigType;
  ConfigElement: ResolverTypeWrapper<ConfigModel>;
  ConfigInput: ConfigInput;
  Context: ResolverTypeWrapper<ContextModel>;
  ContextAttachment: ResolverTypeWrapper<ContextAttachmentModel>;
  ContextInput: ContextInput;
  ConfigAttachmentsInput: ConfigAttachmentsInput;
  StackAttachmentInput: StackAttachmentInput;
  SearchContextsOutput: ResolverTypeWrapper<Omit<SearchContextsOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchContextsEdge']> }>;
  SearchContextsEdge: ResolverTypeWrapper<Omit<SearchContextsEdge, 'node'> & { node: ResolversTypes['Context'] }>;
  License: ResolverTypeWrapper<License>;
  LicenseType: LicenseType;
  LicenseState: LicenseState;
  DeadLetterPage: ResolverTypeWrapper<DeadLetterPage>;
  DeadLetter: ResolverTypeWrapper<DeadLetter>;
  Policy: ResolverTypeWrapper<PolicyModel>;
  PolicyEngineType: PolicyEngineType;
  PoliciesInput: PoliciesInput;
  PolicyCreateInput: PolicyCreateInput;
  PolicyUpdateInput: PolicyUpdateInput;
  PolicySimulateInput: PolicySimulateInput;
  PolicyAttachment: ResolverTypeWrapper<PolicyAttachmentModel>;
  PolicyEvaluationRecord: ResolverTypeWrapper<PolicyEvaluationRecord>;
  PolicyEvaluationSample: ResolverTypeWrapper<PolicyEvaluationSample>;
  SearchPolicyEvaluationRecordsOutput: ResolverTypeWrapper<SearchPolicyEvaluationRecordsOutput>;
  SearchPolicyEvaluationRecordsEdge: ResolverTypeWrapper<SearchPolicyEvaluationRecordsEdge>;
  PolicyTemplate: ResolverTypeWrapper<PolicyTemplate>;
  SearchPoliciesOutput: ResolverTypeWrapper<Omit<SearchPoliciesOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchPoliciesEdge']> }>;
  SearchPoliciesEdge: ResolverTypeWrapper<Omit<SearchPoliciesEdge, 'node'> & { node: ResolversTypes['Policy'] }>;
  SearchPolicyTemplatesOutput: ResolverTypeWrapper<SearchPolicyTemplatesOutput>;
  SearchPolicyTemplatesEdge: ResolverTypeWrapper<SearchPolicyTemplatesEdge>;
  Autoattachment: ResolverTypeWrapper<Autoattachment>;
  AutoattachmentTarget: ResolverTypeWrapper<AutoattachmentTarget>;
  PolicyRuntime: ResolverTypeWrapper<PolicyRuntime>;
  PolicyObservation: ResolverTypeWrapper<PolicyObservation>;
  PolicyFault: ResolverTypeWrapper<PolicyFault>;
  PolicyPrint: ResolverTypeWrapper<PolicyPrint>;
  PolicyReceipt: ResolverTypeWrapper<Evaluation>;
  PolicyReplay: ResolverTypeWrapper<Omit<PolicyReplay, 'flips'> & { flips: ReadonlyArray<ResolversTypes['PolicyReplayFlip']> }>;
  PolicyReplayFlip: ResolverTypeWrapper<ReplayFlip>;
  ManagedEntity: ResolverTypeWrapper<StackEntity>;
  EntityVendor: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['EntityVendor']>;
  EntityVendorAnsible: ResolverTypeWrapper<Omit<EntityVendorAnsible, 'ansible'> & { ansible?: Maybe<ResolversTypes['AnsibleEntity']> }>;
  EntityVendorCloudFormation: ResolverTypeWrapper<Omit<EntityVendorCloudFormation, 'cloudFormation'> & { cloudFormation?: Maybe<ResolversTypes['CloudFormationEntity']> }>;
  EntityVendorKubernetes: ResolverTypeWrapper<Omit<EntityVendorKubernetes, 'kubernetes'> & { kubernetes?: Maybe<ResolversTypes['KubernetesEntity']> }>;
  EntityVendorPulumi: ResolverTypeWrapper<Omit<EntityVendorPulumi, 'pulumi'> & { pulumi?: Maybe<ResolversTypes['PulumiEntity']> }>;
  EntityVendorTerraform: ResolverTypeWrapper<Omit<EntityVendorTerraform, 'terraform'> & { terraform?: Maybe<ResolversTypes['TerraformEntity']> }>;
  AnsibleEntity: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['AnsibleEntity']>;
  AnsibleResource: ResolverTypeWrapper<AnsibleResource>;
  CloudFormationEntity: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CloudFormationEntity']>;
  CloudFormationResource: ResolverTypeWrapper<CloudFormationResource>;
  CloudFormationOutput: ResolverTypeWrapper<CloudFormationOutput>;
  KubernetesEntity: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['KubernetesEntity']>;
  KubernetesResource: ResolverTypeWrapper<KubernetesResource>;
  KubernetesRoot: ResolverTypeWrapper<KubernetesRoot>;
  PulumiEntity: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['PulumiEntity']>;
  PulumiOutput: ResolverTypeWrapper<PulumiOutput>;
  PulumiStack: ResolverTypeWrapper<PulumiStack>;
  PulumiResource: ResolverTypeWrapper<PulumiResource>;
  TerraformEntity: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['TerraformEntity']>;
  TerraformResource: ResolverTypeWrapper<TerraformResource>;
  TerraformModule: ResolverTypeWrapper<TerraformModule>;
  TerraformOutput: ResolverTypeWrapper<TerraformOutput>;
  SearchManagedEntitiesOutput: ResolverTypeWrapper<Omit<SearchManagedEntitiesOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchManagedEntitiesEdge']> }>;
  SearchManagedEntitiesEdge: ResolverTypeWrapper<Omit<SearchManagedEntitiesEdge, 'node'> & { node: ResolversTypes['ManagedEntity'] }>;
  SearchManagedEntityGroupsOutput: ResolverTypeWrapper<SearchManagedEntityGroupsOutput>;
  SearchManagedEntityGroupsEdge: ResolverTypeWrapper<SearchManagedEntityGroupsEdge>;
  ManagedEntityGroup: ResolverTypeWrapper<ManagedEntityGroup>;
  Run: ResolverTypeWrapper<RunModel>;
  RunType: RunType;
  RunState: RunState;
  RunDelta: ResolverTypeWrapper<DeltaModel>;
  RunComment: ResolverTypeWrapper<RunComment>;
  RunStateTransition: ResolverTypeWrapper<RunHistoryEntry>;
  RunLogs: ResolverTypeWrapper<RunLogs>;
  RunLogMessage: ResolverTypeWrapper<RunLogMessage>;
  RunResourceState: ResolverTypeWrapper<RunModel>;
  RunChangesInput: RunChangesInput;
  RunChangesGroup: ResolverTypeWrapper<RunChangesGroup>;
  RunChangedResource: ResolverTypeWrapper<RunChangedResource>;
  RunChangedResourceMetadata: ResolverTypeWrapper<RunChangedResourceMetadata>;
  RunDiscardAllOutput: ResolverTypeWrapper<Omit<RunDiscardAllOutput, 'discardedRuns'> & { discardedRuns: ReadonlyArray<ResolversTypes['Run']> }>;
  RunReviewDecision: RunReviewDecision;
  RunExternalDependencyStatus: RunExternalDependencyStatus;
  RunExternalDependency: ResolverTypeWrapper<RunExternalDependency>;
  RunReview: ResolverTypeWrapper<RunReview>;
  RunPriorityPreset: RunPriorityPreset;
  ForceApplyMode: ForceApplyMode;
  RuntimeConfigInput: RuntimeConfigInput;
  EnvVarInput: EnvVarInput;
  EnvironmentVariable: EnvironmentVariable;
  LocalWorkspaceUpload: ResolverTypeWrapper<LocalWorkspaceUpload>;
  SearchRunsOutput: ResolverTypeWrapper<Omit<SearchRunsOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchRunsEdge']> }>;
  SearchRunsEdge: ResolverTypeWrapper<Omit<SearchRunsEdge, 'node'> & { node: ResolversTypes['RunWithStack'] }>;
  RunWithStack: ResolverTypeWrapper<Omit<RunWithStack, 'run' | 'stack'> & { run: ResolversTypes['Run'], stack: ResolversTypes['Stack'] }>;
  RunWait: ResolverTypeWrapper<RunWaitModel>;
  Cause: ResolverTypeWrapper<CauseModel>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  SearchInput: SearchInput;
  QueryPredicate: QueryPredicate;
  QueryFieldConstraint: QueryFieldConstraint;
  QueryOrder: QueryOrder;
  StringMap: ResolverTypeWrapper<StringMap>;
  KeyValuePair: ResolverTypeWrapper<KeyValuePair>;
  Commit: ResolverTypeWrapper<Commit>;
  User: ResolverTypeWrapper<User>;
  DebugInfo: ResolverTypeWrapper<DebugInfo>;
  PolicyType: PolicyType;
  VCSProvider: VcsProvider;
  Space: ResolverTypeWrapper<SpaceModel>;
  SpaceInput: SpaceInput;
  SpaceAccessLevel: SpaceAccessLevel;
  Stack: ResolverTypeWrapper<StackModel>;
  SearchStacksOutput: ResolverTypeWrapper<Omit<SearchStacksOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchStacksEdge']> }>;
  SearchStacksEdge: ResolverTypeWrapper<Omit<SearchStacksEdge, 'node'> & { node: ResolversTypes['Stack'] }>;
  StackState: StackState;
  StackInput: StackInput;
  RuntimeConfigElement: ResolverTypeWrapper<Omit<RuntimeConfigElement, 'context' | 'element'> & { context?: Maybe<ResolversTypes['StackContextAttachment']>, element: ResolversTypes['ConfigElement'] }>;
  StackContextAttachment: ResolverTypeWrapper<AttachedContext>;
  StackPolicyAttachment: ResolverTypeWrapper<AttachedPolicy>;
  StackOutput: ResolverTypeWrapper<StackOutput>;
  StackIntegrations: ResolverTypeWrapper<StackIntegrationsModel>;
  StackAWSIntegration: ResolverTypeWrapper<StackAwsIntegration>;
  StackGCPIntegration: ResolverTypeWrapper<StackGcpIntegration>;
  StackDependency: ResolverTypeWrapper<StackDependency>;
  StackDependencyDetail: ResolverTypeWrapper<StackDependencyDetail>;
  Module: ResolverTypeWrapper<Module>;
  ModuleVersion: ResolverTypeWrapper<ModuleVersion>;
  StateDownloadUrlInput: StateDownloadUrlInput;
  StateDownloadUrl: ResolverTypeWrapper<StateDownloadUrl>;
  StateUploadUrl: ResolverTypeWrapper<StateUploadUrl>;
  ManagedStateVersion: ResolverTypeWrapper<StateVersionModel>;
  WebhooksIntegration: ResolverTypeWrapper<StackWebhookModel>;
  WebhooksIntegrationInput: WebhooksIntegrationInput;
  NamedWebhooksIntegration: ResolverTypeWrapper<WebhookModel>;
  NamedWebhooksIntegrationInput: NamedWebhooksIntegrationInput;
  NamedWebhookHeaderInput: NamedWebhookHeaderInput;
  KeyValuePairInput: KeyValuePairInput;
  StringMapInput: StringMapInput;
  SearchNamedWebhooksIntegrationsOutput: ResolverTypeWrapper<Omit<SearchNamedWebhooksIntegrationsOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchNamedWebhooksIntegrationsEdge']> }>;
  SearchNamedWebhooksIntegrationsEdge: ResolverTypeWrapper<Omit<SearchNamedWebhooksIntegrationsEdge, 'node'> & { node: ResolversTypes['NamedWebhooksIntegration'] }>;
  WebhookDelivery: ResolverTypeWrapper<DeliveryModel>;
  WebhookRequest: ResolverTypeWrapper<WebhookRequest>;
  WebhookResponse: ResolverTypeWrapper<WebhookResponse>;
  AuditTrailWebhook: ResolverTypeWrapper<WebhookModel>;
  AuditTrailWebhookInput: AuditTrailWebhookInput;
  AuditTrailWebhookSetHeadersInput: AuditTrailWebhookSetHeadersInput;
  AuditTrailWebhookDeleteHeadersInput: AuditTrailWebhookDeleteHeadersInput;
  AuditTrailEntry: ResolverTypeWrapper<AuditEntryModel>;
  AuditTrailActor: ResolverTypeWrapper<AuditTrailActor>;
  AuditTrailActorRun: ResolverTypeWrapper<AuditTrailActorRun>;
  AuditTrailResource: ResolverTypeWrapper<AuditTrailResource>;
  AuditTrailResourceType: AuditTrailResourceType;
  SearchAuditTrailEntriesOutput: ResolverTypeWrapper<Omit<SearchAuditTrailEntriesOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchAuditTrailEntriesEdge']> }>;
  SearchAuditTrailEntriesEdge: ResolverTypeWrapper<Omit<SearchAuditTrailEntriesEdge, 'node'> & { node: ResolversTypes['AuditTrailEntry'] }>;
  InboxPage: ResolverTypeWrapper<Omit<InboxPage, 'edges'> & { edges: ReadonlyArray<ResolversTypes['InboxEntry']> }>;
  InboxEntry: ResolverTypeWrapper<NotificationModel>;
  UndeliveredNotice: ResolverTypeWrapper<UndeliveredNoticeModel>;
  Usage: ResolverTypeWrapper<Usage>;
  Metrics: ResolverTypeWrapper<Metrics>;
  DataPoint: ResolverTypeWrapper<DataPoint>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  MetricsInput: MetricsInput;
  StackConfigVendor: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['StackConfigVendor']>;
  StackConfigVendorAnsible: ResolverTypeWrapper<StackConfigVendorAnsible>;
  StackConfigVendorCloudFormation: ResolverTypeWrapper<StackConfigVendorCloudFormation>;
  StackConfigVendorKubernetes: ResolverTypeWrapper<StackConfigVendorKubernetes>;
  StackConfigVendorOpenTofu: ResolverTypeWrapper<StackConfigVendorOpenTofu>;
  StackConfigVendorPulumi: ResolverTypeWrapper<StackConfigVendorPulumi>;
  StackConfigVendorTerraform: ResolverTypeWrapper<StackConfigVendorTerraform>;
  StackConfigVendorTerragrunt: ResolverTypeWrapper<StackConfigVendorTerragrunt>;
  TerraformWorkflowTool: TerraformWorkflowTool;
  OpenTofuWorkflowTool: OpenTofuWorkflowTool;
  KubernetesWorkflowTool: KubernetesWorkflowTool;
  TerragruntTool: TerragruntTool;
  VendorConfigInput: VendorConfigInput;
  AnsibleInput: AnsibleInput;
  CloudFormationInput: CloudFormationInput;
  KubernetesInput: KubernetesInput;
  OpenTofuInput: OpenTofuInput;
  PulumiInput: PulumiInput;
  TerraformInput: TerraformInput;
  TerragruntInput: TerragruntInput;
  WorkerPool: ResolverTypeWrapper<WorkerPoolModel>;
  PublicWorkerPool: ResolverTypeWrapper<PoolNumbers>;
  Worker: ResolverTypeWrapper<WorkerModel>;
  SearchWorkerPoolsOutput: ResolverTypeWrapper<Omit<SearchWorkerPoolsOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchWorkerPoolsEdge']> }>;
  SearchWorkerPoolsEdge: ResolverTypeWrapper<Omit<SearchWorkerPoolsEdge, 'node'> & { node: ResolversTypes['WorkerPool'] }>;
  SearchSchedulableRunsOutput: ResolverTypeWrapper<Omit<SearchSchedulableRunsOutput, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SearchSchedulableRunsEdge']> }>;
  SearchSchedulableRunsEdge: ResolverTypeWrapper<Omit<SearchSchedulableRunsEdge, 'node'> & { node: ResolversTypes['SchedulableRun'] }>;
  SchedulableRun: ResolverTypeWrapper<Omit<SchedulableRun, 'run'> & { run: ResolversTypes['Run'] }>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Query: Record<PropertyKey, never>;
  ID: Scalars['ID']['output'];
  String: Scalars['String']['output'];
  Int: Scalars['Int']['output'];
  Boolean: Scalars['Boolean']['output'];
  Mutation: Record<PropertyKey, never>;
  SpaceAccessRule: SpaceAccessRule;
  ApiKey: ApiKeyModel;
  ApiKeyInput: ApiKeyInput;
  ApiKeyUpdateInput: ApiKeyUpdateInput;
  Role: RoleModel;
  ApiKeyRoleBinding: RoleBindingModel;
  ApiKeyRoleBindingInput: ApiKeyRoleBindingInput;
  Hooks: Hooks;
  HooksInput: HooksInput;
  ConfigElement: ConfigModel;
  ConfigInput: ConfigInput;
  Context: ContextModel;
  ContextAttachment: ContextAttachmentModel;
  ContextInput: ContextInput;
  ConfigAttachmentsInput: ConfigAttachmentsInput;
  StackAttachmentInput: StackAttachmentInput;
  SearchContextsOutput: Omit<SearchContextsOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchContextsEdge']> };
  SearchContextsEdge: Omit<SearchContextsEdge, 'node'> & { node: ResolversParentTypes['Context'] };
  License: License;
  DeadLetterPage: DeadLetterPage;
  DeadLetter: DeadLetter;
  Policy: PolicyModel;
  PoliciesInput: PoliciesInput;
  PolicyCreateInput: PolicyCreateInput;
  PolicyUpdateInput: PolicyUpdateInput;
  PolicySimulateInput: PolicySimulateInput;
  PolicyAttachment: PolicyAttachmentModel;
  PolicyEvaluationRecord: PolicyEvaluationRecord;
  PolicyEvaluationSample: PolicyEvaluationSample;
  SearchPolicyEvaluationRecordsOutput: SearchPolicyEvaluationRecordsOutput;
  SearchPolicyEvaluationRecordsEdge: SearchPolicyEvaluationRecordsEdge;
  PolicyTemplate: PolicyTemplate;
  SearchPoliciesOutput: Omit<SearchPoliciesOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchPoliciesEdge']> };
  SearchPoliciesEdge: Omit<SearchPoliciesEdge, 'node'> & { node: ResolversParentTypes['Policy'] };
  SearchPolicyTemplatesOutput: SearchPolicyTemplatesOutput;
  SearchPolicyTemplatesEdge: SearchPolicyTemplatesEdge;
  Autoattachment: Autoattachment;
  AutoattachmentTarget: AutoattachmentTarget;
  PolicyRuntime: PolicyRuntime;
  PolicyObservation: PolicyObservation;
  PolicyFault: PolicyFault;
  PolicyPrint: PolicyPrint;
  PolicyReceipt: Evaluation;
  PolicyReplay: Omit<PolicyReplay, 'flips'> & { flips: ReadonlyArray<ResolversParentTypes['PolicyReplayFlip']> };
  PolicyReplayFlip: ReplayFlip;
  ManagedEntity: StackEntity;
  EntityVendor: ResolversUnionTypes<ResolversParentTypes>['EntityVendor'];
  EntityVendorAnsible: Omit<EntityVendorAnsible, 'ansible'> & { ansible?: Maybe<ResolversParentTypes['AnsibleEntity']> };
  EntityVendorCloudFormation: Omit<EntityVendorCloudFormation, 'cloudFormation'> & { cloudFormation?: Maybe<ResolversParentTypes['CloudFormationEntity']> };
  EntityVendorKubernetes: Omit<EntityVendorKubernetes, 'kubernetes'> & { kubernetes?: Maybe<ResolversParentTypes['KubernetesEntity']> };
  EntityVendorPulumi: Omit<EntityVendorPulumi, 'pulumi'> & { pulumi?: Maybe<ResolversParentTypes['PulumiEntity']> };
  EntityVendorTerraform: Omit<EntityVendorTerraform, 'terraform'> & { terraform?: Maybe<ResolversParentTypes['TerraformEntity']> };
  AnsibleEntity: ResolversUnionTypes<ResolversParentTypes>['AnsibleEntity'];
  AnsibleResource: AnsibleResource;
  CloudFormationEntity: ResolversUnionTypes<ResolversParentTypes>['CloudFormationEntity'];
  CloudFormationResource: CloudFormationResource;
  CloudFormationOutput: CloudFormationOutput;
  KubernetesEntity: ResolversUnionTypes<ResolversParentTypes>['KubernetesEntity'];
  KubernetesResource: KubernetesResource;
  KubernetesRoot: KubernetesRoot;
  PulumiEntity: ResolversUnionTypes<ResolversParentTypes>['PulumiEntity'];
  PulumiOutput: PulumiOutput;
  PulumiStack: PulumiStack;
  PulumiResource: PulumiResource;
  TerraformEntity: ResolversUnionTypes<ResolversParentTypes>['TerraformEntity'];
  TerraformResource: TerraformResource;
  TerraformModule: TerraformModule;
  TerraformOutput: TerraformOutput;
  SearchManagedEntitiesOutput: Omit<SearchManagedEntitiesOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchManagedEntitiesEdge']> };
  SearchManagedEntitiesEdge: Omit<SearchManagedEntitiesEdge, 'node'> & { node: ResolversParentTypes['ManagedEntity'] };
  SearchManagedEntityGroupsOutput: SearchManagedEntityGroupsOutput;
  SearchManagedEntityGroupsEdge: SearchManagedEntityGroupsEdge;
  ManagedEntityGroup: ManagedEntityGroup;
  Run: RunModel;
  RunDelta: DeltaModel;
  RunComment: RunComment;
  RunStateTransition: RunHistoryEntry;
  RunLogs: RunLogs;
  RunLogMessage: RunLogMessage;
  RunResourceState: RunModel;
  RunChangesInput: RunChangesInput;
  RunChangesGroup: RunChangesGroup;
  RunChangedResource: RunChangedResource;
  RunChangedResourceMetadata: RunChangedResourceMetadata;
  RunDiscardAllOutput: Omit<RunDiscardAllOutput, 'discardedRuns'> & { discardedRuns: ReadonlyArray<ResolversParentTypes['Run']> };
  RunExternalDependency: RunExternalDependency;
  RunReview: RunReview;
  RuntimeConfigInput: RuntimeConfigInput;
  EnvVarInput: EnvVarInput;
  EnvironmentVariable: EnvironmentVariable;
  LocalWorkspaceUpload: LocalWorkspaceUpload;
  SearchRunsOutput: Omit<SearchRunsOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchRunsEdge']> };
  SearchRunsEdge: Omit<SearchRunsEdge, 'node'> & { node: ResolversParentTypes['RunWithStack'] };
  RunWithStack: Omit<RunWithStack, 'run' | 'stack'> & { run: ResolversParentTypes['Run'], stack: ResolversParentTypes['Stack'] };
  RunWait: RunWaitModel;
  Cause: CauseModel;
  PageInfo: PageInfo;
  SearchInput: SearchInput;
  QueryPredicate: QueryPredicate;
  QueryFieldConstraint: QueryFieldConstraint;
  QueryOrder: QueryOrder;
  StringMap: StringMap;
  KeyValuePair: KeyValuePair;
  Commit: Commit;
  User: User;
  DebugInfo: DebugInfo;
  Space: SpaceModel;
  SpaceInput: SpaceInput;
  Stack: StackModel;
  SearchStacksOutput: Omit<SearchStacksOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchStacksEdge']> };
  SearchStacksEdge: Omit<SearchStacksEdge, 'node'> & { node: ResolversParentTypes['Stack'] };
  StackInput: StackInput;
  RuntimeConfigElement: Omit<RuntimeConfigElement, 'context' | 'element'> & { context?: Maybe<ResolversParentTypes['StackContextAttachment']>, element: ResolversParentTypes['ConfigElement'] };
  StackContextAttachment: AttachedContext;
  StackPolicyAttachment: AttachedPolicy;
  StackOutput: StackOutput;
  StackIntegrations: StackIntegrationsModel;
  StackAWSIntegration: StackAwsIntegration;
  StackGCPIntegration: StackGcpIntegration;
  StackDependency: StackDependency;
  StackDependencyDetail: StackDependencyDetail;
  Module: Module;
  ModuleVersion: ModuleVersion;
  StateDownloadUrlInput: StateDownloadUrlInput;
  StateDownloadUrl: StateDownloadUrl;
  StateUploadUrl: StateUploadUrl;
  ManagedStateVersion: StateVersionModel;
  WebhooksIntegration: StackWebhookModel;
  WebhooksIntegrationInput: WebhooksIntegrationInput;
  NamedWebhooksIntegration: WebhookModel;
  NamedWebhooksIntegrationInput: NamedWebhooksIntegrationInput;
  NamedWebhookHeaderInput: NamedWebhookHeaderInput;
  KeyValuePairInput: KeyValuePairInput;
  StringMapInput: StringMapInput;
  SearchNamedWebhooksIntegrationsOutput: Omit<SearchNamedWebhooksIntegrationsOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchNamedWebhooksIntegrationsEdge']> };
  SearchNamedWebhooksIntegrationsEdge: Omit<SearchNamedWebhooksIntegrationsEdge, 'node'> & { node: ResolversParentTypes['NamedWebhooksIntegration'] };
  WebhookDelivery: DeliveryModel;
  WebhookRequest: WebhookRequest;
  WebhookResponse: WebhookResponse;
  AuditTrailWebhook: WebhookModel;
  AuditTrailWebhookInput: AuditTrailWebhookInput;
  AuditTrailWebhookSetHeadersInput: AuditTrailWebhookSetHeadersInput;
  AuditTrailWebhookDeleteHeadersInput: AuditTrailWebhookDeleteHeadersInput;
  AuditTrailEntry: AuditEntryModel;
  AuditTrailActor: AuditTrailActor;
  AuditTrailActorRun: AuditTrailActorRun;
  AuditTrailResource: AuditTrailResource;
  SearchAuditTrailEntriesOutput: Omit<SearchAuditTrailEntriesOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchAuditTrailEntriesEdge']> };
  SearchAuditTrailEntriesEdge: Omit<SearchAuditTrailEntriesEdge, 'node'> & { node: ResolversParentTypes['AuditTrailEntry'] };
  InboxPage: Omit<InboxPage, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['InboxEntry']> };
  InboxEntry: NotificationModel;
  UndeliveredNotice: UndeliveredNoticeModel;
  Usage: Usage;
  Metrics: Metrics;
  DataPoint: DataPoint;
  Float: Scalars['Float']['output'];
  MetricsInput: MetricsInput;
  StackConfigVendor: ResolversUnionTypes<ResolversParentTypes>['StackConfigVendor'];
  StackConfigVendorAnsible: StackConfigVendorAnsible;
  StackConfigVendorCloudFormation: StackConfigVendorCloudFormation;
  StackConfigVendorKubernetes: StackConfigVendorKubernetes;
  StackConfigVendorOpenTofu: StackConfigVendorOpenTofu;
  StackConfigVendorPulumi: StackConfigVendorPulumi;
  StackConfigVendorTerraform: StackConfigVendorTerraform;
  StackConfigVendorTerragrunt: StackConfigVendorTerragrunt;
  VendorConfigInput: VendorConfigInput;
  AnsibleInput: AnsibleInput;
  CloudFormationInput: CloudFormationInput;
  KubernetesInput: KubernetesInput;
  OpenTofuInput: OpenTofuInput;
  PulumiInput: PulumiInput;
  TerraformInput: TerraformInput;
  TerragruntInput: TerragruntInput;
  WorkerPool: WorkerPoolModel;
  PublicWorkerPool: PoolNumbers;
  Worker: WorkerModel;
  SearchWorkerPoolsOutput: Omit<SearchWorkerPoolsOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchWorkerPoolsEdge']> };
  SearchWorkerPoolsEdge: Omit<SearchWorkerPoolsEdge, 'node'> & { node: ResolversParentTypes['WorkerPool'] };
  SearchSchedulableRunsOutput: Omit<SearchSchedulableRunsOutput, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SearchSchedulableRunsEdge']> };
  SearchSchedulableRunsEdge: Omit<SearchSchedulableRunsEdge, 'node'> & { node: ResolversParentTypes['SchedulableRun'] };
  SchedulableRun: Omit<SchedulableRun, 'run'> & { run: ResolversParentTypes['Run'] };
};

export type QueryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType, RequireFields<QueryApiKeyArgs, 'id'>>;
  apiKeys?: Resolver<ReadonlyArray<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  role?: Resolver<Maybe<ResolversTypes['Role']>, ParentType, ContextType, RequireFields<QueryRoleArgs, 'id'>>;
  roles?: Resolver<ReadonlyArray<ResolversTypes['Role']>, ParentType, ContextType>;
  apiKeyRoleBinding?: Resolver<Maybe<ResolversTypes['ApiKeyRoleBinding']>, ParentType, ContextType, RequireFields<QueryApiKeyRoleBindingArgs, 'id'>>;
  context?: Resolver<Maybe<ResolversTypes['Context']>, ParentType, ContextType, RequireFields<QueryContextArgs, 'id'>>;
  contexts?: Resolver<ReadonlyArray<ResolversTypes['Context']>, ParentType, ContextType>;
  searchContexts?: Resolver<ResolversTypes['SearchContextsOutput'], ParentType, ContextType, RequireFields<QuerySearchContextsArgs, 'input'>>;
  attachableContextsInSpace?: Resolver<ReadonlyArray<ResolversTypes['Context']>, ParentType, ContextType, RequireFields<QueryAttachableContextsInSpaceArgs, 'id'>>;
  license?: Resolver<ResolversTypes['License'], ParentType, ContextType>;
  tier?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tierFeatures?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  deadLetters?: Resolver<ResolversTypes['DeadLetterPage'], ParentType, ContextType, Partial<QueryDeadLettersArgs>>;
  policy?: Resolver<Maybe<ResolversTypes['Policy']>, ParentType, ContextType, RequireFields<QueryPolicyArgs, 'id'>>;
  policies?: Resolver<ReadonlyArray<ResolversTypes['Policy']>, ParentType, ContextType, Partial<QueryPoliciesArgs>>;
  searchPolicies?: Resolver<ResolversTypes['SearchPoliciesOutput'], ParentType, ContextType, RequireFields<QuerySearchPoliciesArgs, 'input'>>;
  attachablePoliciesInSpace?: Resolver<ReadonlyArray<ResolversTypes['Policy']>, ParentType, ContextType, RequireFields<QueryAttachablePoliciesInSpaceArgs, 'id'>>;
  policyTemplate?: Resolver<Maybe<ResolversTypes['PolicyTemplate']>, ParentType, ContextType, RequireFields<QueryPolicyTemplateArgs, 'id'>>;
  searchPolicyTemplates?: Resolver<ResolversTypes['SearchPolicyTemplatesOutput'], ParentType, ContextType, RequireFields<QuerySearchPolicyTemplatesArgs, 'input'>>;
  autoattachmentForLabels?: Resolver<ResolversTypes['Autoattachment'], ParentType, ContextType, RequireFields<QueryAutoattachmentForLabelsArgs, 'space' | 'labels'>>;
  policyRuntime?: Resolver<ResolversTypes['PolicyRuntime'], ParentType, ContextType>;
  policyReplay?: Resolver<Maybe<ResolversTypes['PolicyReplay']>, ParentType, ContextType, RequireFields<QueryPolicyReplayArgs, 'id'>>;
  searchManagedEntities?: Resolver<ResolversTypes['SearchManagedEntitiesOutput'], ParentType, ContextType, RequireFields<QuerySearchManagedEntitiesArgs, 'input'>>;
  searchManagedEntitiesGroupByProviders?: Resolver<ResolversTypes['SearchManagedEntityGroupsOutput'], ParentType, ContextType, RequireFields<QuerySearchManagedEntitiesGroupByProvidersArgs, 'input'>>;
  searchManagedEntitiesGroupByStacks?: Resolver<ResolversTypes['SearchManagedEntityGroupsOutput'], ParentType, ContextType, RequireFields<QuerySearchManagedEntitiesGroupByStacksArgs, 'input'>>;
  searchManagedEntitiesGroupByTypes?: Resolver<ResolversTypes['SearchManagedEntityGroupsOutput'], ParentType, ContextType, RequireFields<QuerySearchManagedEntitiesGroupByTypesArgs, 'input'>>;
  providers?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  providersInSpace?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType, RequireFields<QueryProvidersInSpaceArgs, 'id'>>;
  runStack?: Resolver<Maybe<ResolversTypes['Stack']>, ParentType, ContextType, RequireFields<QueryRunStackArgs, 'runId'>>;
  searchRuns?: Resolver<ResolversTypes['SearchRunsOutput'], ParentType, ContextType, RequireFields<QuerySearchRunsArgs, 'input'>>;
  viewer?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  debugInfo?: Resolver<ResolversTypes['DebugInfo'], ParentType, ContextType>;
  space?: Resolver<Maybe<ResolversTypes['Space']>, ParentType, ContextType, RequireFields<QuerySpaceArgs, 'id'>>;
  spaces?: Resolver<ReadonlyArray<ResolversTypes['Space']>, ParentType, ContextType>;
  stack?: Resolver<Maybe<ResolversTypes['Stack']>, ParentType, ContextType, RequireFields<QueryStackArgs, 'id'>>;
  stacks?: Resolver<ReadonlyArray<ResolversTypes['Stack']>, ParentType, ContextType>;
  searchStacks?: Resolver<ResolversTypes['SearchStacksOutput'], ParentType, ContextType, RequireFields<QuerySearchStacksArgs, 'input'>>;
  namedWebhooksIntegration?: Resolver<Maybe<ResolversTypes['NamedWebhooksIntegration']>, ParentType, ContextType, RequireFields<QueryNamedWebhooksIntegrationArgs, 'id'>>;
  searchNamedWebhooksIntegrations?: Resolver<ResolversTypes['SearchNamedWebhooksIntegrationsOutput'], ParentType, ContextType, RequireFields<QuerySearchNamedWebhooksIntegrationsArgs, 'input'>>;
  auditTrailWebhook?: Resolver<Maybe<ResolversTypes['AuditTrailWebhook']>, ParentType, ContextType>;
  searchAuditTrailEntries?: Resolver<ResolversTypes['SearchAuditTrailEntriesOutput'], ParentType, ContextType, RequireFields<QuerySearchAuditTrailEntriesArgs, 'input'>>;
  inbox?: Resolver<ResolversTypes['InboxPage'], ParentType, ContextType, Partial<QueryInboxArgs>>;
  undeliveredNotices?: Resolver<ReadonlyArray<ResolversTypes['UndeliveredNotice']>, ParentType, ContextType, Partial<QueryUndeliveredNoticesArgs>>;
  usage?: Resolver<ResolversTypes['Usage'], ParentType, ContextType>;
  metrics?: Resolver<ResolversTypes['Metrics'], ParentType, ContextType>;
  metricsRange?: Resolver<ResolversTypes['Metrics'], ParentType, ContextType, Partial<QueryMetricsRangeArgs>>;
  openTofuVersions?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  terraformVersions?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  openTofuEffectiveVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType, RequireFields<QueryOpenTofuEffectiveVersionArgs, 'constraints'>>;
  terraformEffectiveVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType, RequireFields<QueryTerraformEffectiveVersionArgs, 'constraints'>>;
  workerPool?: Resolver<Maybe<ResolversTypes['WorkerPool']>, ParentType, ContextType, RequireFields<QueryWorkerPoolArgs, 'id'>>;
  workerPools?: Resolver<ReadonlyArray<ResolversTypes['WorkerPool']>, ParentType, ContextType>;
  searchWorkerPools?: Resolver<ResolversTypes['SearchWorkerPoolsOutput'], ParentType, ContextType, RequireFields<QuerySearchWorkerPoolsArgs, 'input'>>;
  publicWorkerPool?: Resolver<ResolversTypes['PublicWorkerPool'], ParentType, ContextType>;
  attachableWorkerPoolsInSpace?: Resolver<ReadonlyArray<ResolversTypes['WorkerPool']>, ParentType, ContextType, RequireFields<QueryAttachableWorkerPoolsInSpaceArgs, 'id'>>;
};

export type MutationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  apiKeyCreate?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType, RequireFields<MutationApiKeyCreateArgs, 'input'>>;
  apiKeyUpdate?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType, RequireFields<MutationApiKeyUpdateArgs, 'id' | 'input'>>;
  apiKeyDelete?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType, RequireFields<MutationApiKeyDeleteArgs, 'id'>>;
  apiKeyRoleBindingCreate?: Resolver<ResolversTypes['ApiKeyRoleBinding'], ParentType, ContextType, RequireFields<MutationApiKeyRoleBindingCreateArgs, 'input'>>;
  apiKeyRoleBindingDelete?: Resolver<Maybe<ResolversTypes['ApiKeyRoleBinding']>, ParentType, ContextType, RequireFields<MutationApiKeyRoleBindingDeleteArgs, 'id'>>;
  contextCreateV2?: Resolver<ResolversTypes['Context'], ParentType, ContextType, RequireFields<MutationContextCreateV2Args, 'input'>>;
  contextUpdateV2?: Resolver<ResolversTypes['Context'], ParentType, ContextType, RequireFields<MutationContextUpdateV2Args, 'id' | 'input'>>;
  contextDelete?: Resolver<Maybe<ResolversTypes['Context']>, ParentType, ContextType, RequireFields<MutationContextDeleteArgs, 'id'>>;
  contextConfigAdd?: Resolver<ResolversTypes['ConfigElement'], ParentType, ContextType, RequireFields<MutationContextConfigAddArgs, 'context' | 'config'>>;
  contextConfigDelete?: Resolver<Maybe<ResolversTypes['ConfigElement']>, ParentType, ContextType, RequireFields<MutationContextConfigDeleteArgs, 'context' | 'id'>>;
  contextAttach?: Resolver<ResolversTypes['ContextAttachment'], ParentType, ContextType, RequireFields<MutationContextAttachArgs, 'id' | 'stack' | 'priority'>>;
  contextDetach?: Resolver<Maybe<ResolversTypes['ContextAttachment']>, ParentType, ContextType, RequireFields<MutationContextDetachArgs, 'id'>>;
  deadLetterRedrive?: Resolver<ResolversTypes['Int'], ParentType, ContextType, RequireFields<MutationDeadLetterRedriveArgs, 'ids'>>;
  policyCreate?: Resolver<ResolversTypes['Policy'], ParentType, ContextType, RequireFields<MutationPolicyCreateArgs, 'name' | 'body' | 'type'>>;
  policyUpdate?: Resolver<ResolversTypes['Policy'], ParentType, ContextType, RequireFields<MutationPolicyUpdateArgs, 'id' | 'name' | 'body'>>;
  policyCreatev2?: Resolver<ResolversTypes['Policy'], ParentType, ContextType, RequireFields<MutationPolicyCreatev2Args, 'input'>>;
  policyUpdatev2?: Resolver<ResolversTypes['Policy'], ParentType, ContextType, RequireFields<MutationPolicyUpdatev2Args, 'id' | 'input'>>;
  policyDelete?: Resolver<Maybe<ResolversTypes['Policy']>, ParentType, ContextType, RequireFields<MutationPolicyDeleteArgs, 'id'>>;
  policyAttach?: Resolver<ResolversTypes['PolicyAttachment'], ParentType, ContextType, RequireFields<MutationPolicyAttachArgs, 'id' | 'stack'>>;
  policyDetach?: Resolver<Maybe<ResolversTypes['PolicyAttachment']>, ParentType, ContextType, RequireFields<MutationPolicyDetachArgs, 'id'>>;
  policySimulate?: Resolver<ResolversTypes['String'], ParentType, ContextType, RequireFields<MutationPolicySimulateArgs, 'body' | 'input' | 'type'>>;
  policySimulatev2?: Resolver<ResolversTypes['String'], ParentType, ContextType, RequireFields<MutationPolicySimulatev2Args, 'input'>>;
  policyObserve?: Resolver<ResolversTypes['PolicyObservation'], ParentType, ContextType, RequireFields<MutationPolicyObserveArgs, 'input'>>;
  policyReplayStart?: Resolver<ResolversTypes['PolicyReplay'], ParentType, ContextType, RequireFields<MutationPolicyReplayStartArgs, 'policy' | 'body' | 'engineType'>>;
  runTrigger?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunTriggerArgs, 'stack'>>;
  runResourceCreate?: Resolver<ResolversTypes['ID'], ParentType, ContextType, RequireFields<MutationRunResourceCreateArgs, 'stack'>>;
  proposeWithOverrides?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationProposeWithOverridesArgs, 'stack'>>;
  runConfirm?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunConfirmArgs, 'stack'>>;
  runDiscard?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunDiscardArgs, 'stack'>>;
  runDiscardAll?: Resolver<Maybe<ResolversTypes['RunDiscardAllOutput']>, ParentType, ContextType, RequireFields<MutationRunDiscardAllArgs, 'stack'>>;
  runReview?: Resolver<ResolversTypes['RunReview'], ParentType, ContextType, RequireFields<MutationRunReviewArgs, 'stack' | 'decision'>>;
  runCancel?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunCancelArgs, 'stack' | 'run'>>;
  runStop?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunStopArgs, 'stack' | 'run'>>;
  runKill?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunKillArgs, 'stack' | 'run'>>;
  runRetry?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunRetryArgs, 'stack' | 'run'>>;
  runPromote?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunPromoteArgs, 'stack' | 'run'>>;
  runTargetedReplan?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunTargetedReplanArgs, 'stack' | 'run' | 'targets'>>;
  runPrioritizeSet?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunPrioritizeSetArgs, 'stack' | 'run' | 'prioritize'>>;
  runPrioritySet?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunPrioritySetArgs, 'stack' | 'run' | 'preset'>>;
  runComment?: Resolver<ResolversTypes['RunComment'], ParentType, ContextType, RequireFields<MutationRunCommentArgs, 'stack' | 'run' | 'body'>>;
  runExternalDependencyMarkAsCompleted?: Resolver<ResolversTypes['RunExternalDependency'], ParentType, ContextType, RequireFields<MutationRunExternalDependencyMarkAsCompletedArgs, 'dependency' | 'status'>>;
  taskCreate?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationTaskCreateArgs, 'stack' | 'command'>>;
  uploadLocalWorkspace?: Resolver<ResolversTypes['LocalWorkspaceUpload'], ParentType, ContextType, RequireFields<MutationUploadLocalWorkspaceArgs, 'stack'>>;
  runProposeLocalWorkspace?: Resolver<ResolversTypes['Run'], ParentType, ContextType, RequireFields<MutationRunProposeLocalWorkspaceArgs, 'stack' | 'workspace'>>;
  apiKeyUser?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType, RequireFields<MutationApiKeyUserArgs, 'id' | 'secret'>>;
  logout?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  spaceCreate?: Resolver<ResolversTypes['Space'], ParentType, ContextType, RequireFields<MutationSpaceCreateArgs, 'input'>>;
  spaceUpdate?: Resolver<ResolversTypes['Space'], ParentType, ContextType, RequireFields<MutationSpaceUpdateArgs, 'space' | 'input'>>;
  spaceDelete?: Resolver<Maybe<ResolversTypes['Space']>, ParentType, ContextType, RequireFields<MutationSpaceDeleteArgs, 'space'>>;
  stackCreate?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackCreateArgs, 'input' | 'manageState'>>;
  stackUpdate?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackUpdateArgs, 'id' | 'input'>>;
  stackDelete?: Resolver<Maybe<ResolversTypes['Stack']>, ParentType, ContextType, RequireFields<MutationStackDeleteArgs, 'id'>>;
  stackEnable?: Resolver<Maybe<ResolversTypes['Stack']>, ParentType, ContextType, RequireFields<MutationStackEnableArgs, 'id'>>;
  stackDisable?: Resolver<Maybe<ResolversTypes['Stack']>, ParentType, ContextType, RequireFields<MutationStackDisableArgs, 'id'>>;
  stackLock?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackLockArgs, 'id'>>;
  stackUnlock?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackUnlockArgs, 'id'>>;
  stackReslug?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackReslugArgs, 'id'>>;
  starSet?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStarSetArgs, 'id' | 'star'>>;
  stackSetCurrentCommit?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackSetCurrentCommitArgs, 'id' | 'sha'>>;
  stackSyncCommit?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackSyncCommitArgs, 'id'>>;
  stackConfigAdd?: Resolver<ResolversTypes['ConfigElement'], ParentType, ContextType, RequireFields<MutationStackConfigAddArgs, 'stack' | 'config'>>;
  stackConfigDelete?: Resolver<Maybe<ResolversTypes['ConfigElement']>, ParentType, ContextType, RequireFields<MutationStackConfigDeleteArgs, 'stack' | 'id'>>;
  stackGitHookReset?: Resolver<ResolversTypes['Stack'], ParentType, ContextType, RequireFields<MutationStackGitHookResetArgs, 'id'>>;
  stateDownloadUrl?: Resolver<ResolversTypes['StateDownloadUrl'], ParentType, ContextType, RequireFields<MutationStateDownloadUrlArgs, 'input'>>;
  stateUploadUrl?: Resolver<ResolversTypes['StateUploadUrl'], ParentType, ContextType>;
  stackManagedStateImport?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationStackManagedStateImportArgs, 'stackId' | 'state'>>;
  stackManagedStateRollback?: Resolver<ResolversTypes['ManagedStateVersion'], ParentType, ContextType, RequireFields<MutationStackManagedStateRollbackArgs, 'stackId' | 'managedStateVersionId'>>;
  webhooksIntegrationCreate?: Resolver<ResolversTypes['WebhooksIntegration'], ParentType, ContextType, RequireFields<MutationWebhooksIntegrationCreateArgs, 'stack' | 'input'>>;
  webhooksIntegrationUpdate?: Resolver<ResolversTypes['WebhooksIntegration'], ParentType, ContextType, RequireFields<MutationWebhooksIntegrationUpdateArgs, 'stack' | 'id' | 'input'>>;
  webhooksIntegrationDelete?: Resolver<ResolversTypes['WebhooksIntegration'], ParentType, ContextType, RequireFields<MutationWebhooksIntegrationDeleteArgs, 'stack' | 'id'>>;
  namedWebhooksIntegrationCreate?: Resolver<ResolversTypes['NamedWebhooksIntegration'], ParentType, ContextType, RequireFields<MutationNamedWebhooksIntegrationCreateArgs, 'input'>>;
  namedWebhooksIntegrationUpdate?: Resolver<Maybe<ResolversTypes['NamedWebhooksIntegration']>, ParentType, ContextType, RequireFields<MutationNamedWebhooksIntegrationUpdateArgs, 'id' | 'input'>>;
  namedWebhooksIntegrationDelete?: Resolver<ResolversTypes['NamedWebhooksIntegration'], ParentType, ContextType, RequireFields<MutationNamedWebhooksIntegrationDeleteArgs, 'id'>>;
  namedWebhooksIntegrationSetHeaders?: Resolver<ResolversTypes['NamedWebhooksIntegration'], ParentType, ContextType, RequireFields<MutationNamedWebhooksIntegrationSetHeadersArgs, 'id' | 'input'>>;
  namedWebhooksIntegrationDeleteHeaders?: Resolver<ResolversTypes['NamedWebhooksIntegration'], ParentType, ContextType, RequireFields<MutationNamedWebhooksIntegrationDeleteHeadersArgs, 'id' | 'headerKeys'>>;
  auditTrailSetWebhook?: Resolver<Maybe<ResolversTypes['AuditTrailWebhook']>, ParentType, ContextType, RequireFields<MutationAuditTrailSetWebhookArgs, 'input'>>;
  auditTrailDeleteWebhook?: Resolver<Maybe<ResolversTypes['AuditTrailWebhook']>, ParentType, ContextType>;
  auditTrailWebhookSetHeaders?: Resolver<ResolversTypes['AuditTrailWebhook'], ParentType, ContextType, RequireFields<MutationAuditTrailWebhookSetHeadersArgs, 'input'>>;
  auditTrailWebhookDeleteHeaders?: Resolver<ResolversTypes['AuditTrailWebhook'], ParentType, ContextType, RequireFields<MutationAuditTrailWebhookDeleteHeadersArgs, 'input'>>;
  webhookRedeliver?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationWebhookRedeliverArgs, 'delivery'>>;
  webhookTest?: Resolver<ResolversTypes['WebhookDelivery'], ParentType, ContextType, RequireFields<MutationWebhookTestArgs, 'id'>>;
  inboxRead?: Resolver<ResolversTypes['Int'], ParentType, ContextType, RequireFields<MutationInboxReadArgs, 'ids'>>;
  inboxDismiss?: Resolver<ResolversTypes['Int'], ParentType, ContextType, RequireFields<MutationInboxDismissArgs, 'ids'>>;
  workerPoolCreate?: Resolver<Maybe<ResolversTypes['WorkerPool']>, ParentType, ContextType, RequireFields<MutationWorkerPoolCreateArgs, 'name' | 'certificateSigningRequest'>>;
  workerPoolUpdate?: Resolver<ResolversTypes['WorkerPool'], ParentType, ContextType, RequireFields<MutationWorkerPoolUpdateArgs, 'id' | 'name'>>;
  workerPoolDelete?: Resolver<Maybe<ResolversTypes['WorkerPool']>, ParentType, ContextType, RequireFields<MutationWorkerPoolDeleteArgs, 'id'>>;
  workerPoolReset?: Resolver<ResolversTypes['WorkerPool'], ParentType, ContextType, RequireFields<MutationWorkerPoolResetArgs, 'id' | 'certificateSigningRequest'>>;
  workerPoolCycle?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationWorkerPoolCycleArgs, 'id'>>;
  workerDrainSet?: Resolver<ResolversTypes['Worker'], ParentType, ContextType, RequireFields<MutationWorkerDrainSetArgs, 'workerPool' | 'id' | 'drain'>>;
};

export type SpaceAccessRuleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SpaceAccessRule'] = ResolversParentTypes['SpaceAccessRule']> = {
  space?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  spaceAccessLevel?: Resolver<ResolversTypes['SpaceAccessLevel'], ParentType, ContextType>;
};

export type ApiKeyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ApiKey'] = ResolversParentTypes['ApiKey']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  accessRules?: Resolver<ReadonlyArray<ResolversTypes['SpaceAccessRule']>, ParentType, ContextType>;
  admin?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  apiKeyRoleBindings?: Resolver<ReadonlyArray<ResolversTypes['ApiKeyRoleBinding']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  creator?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  deleted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  isMachineUser?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  spaceCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  teamCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  teams?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ApiKeyType'], ParentType, ContextType>;
};

export type RoleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Role'] = ResolversParentTypes['Role']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  slug?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  actions?: Resolver<ReadonlyArray<ResolversTypes['Action']>, ParentType, ContextType>;
  isSystem?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ApiKeyRoleBindingResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ApiKeyRoleBinding'] = ResolversParentTypes['ApiKeyRoleBinding']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  apiKeyID?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  role?: Resolver<ResolversTypes['Role'], ParentType, ContextType>;
  spaceID?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type HooksResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Hooks'] = ResolversParentTypes['Hooks']> = {
  afterApply?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterDestroy?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterInit?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterPerform?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterPlan?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterRun?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforeApply?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforeDestroy?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforeInit?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforePerform?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforePlan?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ConfigElementResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ConfigElement'] = ResolversParentTypes['ConfigElement']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  checksum?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  fileMode?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  runtime?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ConfigType'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  writeOnly?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ContextResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Context'] = ResolversParentTypes['Context']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  space?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  spaceDetails?: Resolver<ResolversTypes['Space'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  hooks?: Resolver<ResolversTypes['Hooks'], ParentType, ContextType>;
  config?: Resolver<ReadonlyArray<ResolversTypes['ConfigElement']>, ParentType, ContextType>;
  configElement?: Resolver<Maybe<ResolversTypes['ConfigElement']>, ParentType, ContextType, RequireFields<ContextConfigElementArgs, 'id'>>;
  hasAttachedStacks?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  attachedStacks?: Resolver<ReadonlyArray<ResolversTypes['ContextAttachment']>, ParentType, ContextType>;
  attachedStack?: Resolver<Maybe<ResolversTypes['ContextAttachment']>, ParentType, ContextType, RequireFields<ContextAttachedStackArgs, 'id'>>;
};

export type ContextAttachmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ContextAttachment'] = ResolversParentTypes['ContextAttachment']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  stackId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  stackName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  isAutoattached?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  isModule?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  priority?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SearchContextsOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchContextsOutput'] = ResolversParentTypes['SearchContextsOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchContextsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchContextsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchContextsEdge'] = ResolversParentTypes['SearchContextsEdge']> = {
  node?: Resolver<ResolversTypes['Context'], ParentType, ContextType>;
};

export type LicenseResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['License'] = ResolversParentTypes['License']> = {
  type?: Resolver<ResolversTypes['LicenseType'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['LicenseState'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  notice?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  licensee?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  tier?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  features?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  maxWorkers?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  maxUsers?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  validUntil?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  graceEndsAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  checkedAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type DeadLetterPageResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['DeadLetterPage'] = ResolversParentTypes['DeadLetterPage']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['DeadLetter']>, ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DeadLetterResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['DeadLetter'] = ResolversParentTypes['DeadLetter']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  queue?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  error?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  receivedAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PolicyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Policy'] = ResolversParentTypes['Policy']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['PolicyType'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  engineType?: Resolver<ResolversTypes['PolicyEngineType'], ParentType, ContextType>;
  keepInputs?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  space?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  spaceDetails?: Resolver<ResolversTypes['Space'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  attachedModulesCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  attachedStacksCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  attachedStacks?: Resolver<ReadonlyArray<ResolversTypes['PolicyAttachment']>, ParentType, ContextType>;
  attachedStack?: Resolver<Maybe<ResolversTypes['PolicyAttachment']>, ParentType, ContextType, RequireFields<PolicyAttachedStackArgs, 'id'>>;
  evaluationRecords?: Resolver<ReadonlyArray<ResolversTypes['PolicyEvaluationRecord']>, ParentType, ContextType>;
  evaluationSample?: Resolver<Maybe<ResolversTypes['PolicyEvaluationSample']>, ParentType, ContextType, RequireFields<PolicyEvaluationSampleArgs, 'key'>>;
  searchEvaluationRecords?: Resolver<ResolversTypes['SearchPolicyEvaluationRecordsOutput'], ParentType, ContextType, RequireFields<PolicySearchEvaluationRecordsArgs, 'input'>>;
};

export type PolicyAttachmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyAttachment'] = ResolversParentTypes['PolicyAttachment']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  stackId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  stackName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  isAutoattached?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  isModule?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type PolicyEvaluationRecordResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyEvaluationRecord'] = ResolversParentTypes['PolicyEvaluationRecord']> = {
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  timestamp?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type PolicyEvaluationSampleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyEvaluationSample'] = ResolversParentTypes['PolicyEvaluationSample']> = {
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  input?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SearchPolicyEvaluationRecordsOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchPolicyEvaluationRecordsOutput'] = ResolversParentTypes['SearchPolicyEvaluationRecordsOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchPolicyEvaluationRecordsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchPolicyEvaluationRecordsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchPolicyEvaluationRecordsEdge'] = ResolversParentTypes['SearchPolicyEvaluationRecordsEdge']> = {
  node?: Resolver<ResolversTypes['PolicyEvaluationRecord'], ParentType, ContextType>;
};

export type PolicyTemplateResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyTemplate'] = ResolversParentTypes['PolicyTemplate']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  slug?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['PolicyType'], ParentType, ContextType>;
};

export type SearchPoliciesOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchPoliciesOutput'] = ResolversParentTypes['SearchPoliciesOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchPoliciesEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchPoliciesEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchPoliciesEdge'] = ResolversParentTypes['SearchPoliciesEdge']> = {
  node?: Resolver<ResolversTypes['Policy'], ParentType, ContextType>;
};

export type SearchPolicyTemplatesOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchPolicyTemplatesOutput'] = ResolversParentTypes['SearchPolicyTemplatesOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchPolicyTemplatesEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchPolicyTemplatesEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchPolicyTemplatesEdge'] = ResolversParentTypes['SearchPolicyTemplatesEdge']> = {
  node?: Resolver<ResolversTypes['PolicyTemplate'], ParentType, ContextType>;
};

export type AutoattachmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Autoattachment'] = ResolversParentTypes['Autoattachment']> = {
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sample?: Resolver<ReadonlyArray<ResolversTypes['AutoattachmentTarget']>, ParentType, ContextType>;
};

export type AutoattachmentTargetResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AutoattachmentTarget'] = ResolversParentTypes['AutoattachmentTarget']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isModule?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PolicyRuntimeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyRuntime'] = ResolversParentTypes['PolicyRuntime']> = {
  openPolicyAgentVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PolicyObservationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyObservation'] = ResolversParentTypes['PolicyObservation']> = {
  result?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['PolicyFault']>, ParentType, ContextType>;
  prints?: Resolver<ReadonlyArray<ResolversTypes['PolicyPrint']>, ParentType, ContextType>;
  reached?: Resolver<ReadonlyArray<ResolversTypes['Int']>, ParentType, ContextType>;
  notReached?: Resolver<ReadonlyArray<ResolversTypes['Int']>, ParentType, ContextType>;
  trace?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PolicyFaultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyFault'] = ResolversParentTypes['PolicyFault']> = {
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  line?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  column?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type PolicyPrintResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyPrint'] = ResolversParentTypes['PolicyPrint']> = {
  line?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PolicyReceiptResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyReceipt'] = ResolversParentTypes['PolicyReceipt']> = {
  policy?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  policyName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['PolicyType'], ParentType, ContextType>;
  timestamp?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  stateVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  messages?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  result?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  bodySha256?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  inputSha256?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  durationMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PolicyReplayResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyReplay'] = ResolversParentTypes['PolicyReplay']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  done?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  flips?: Resolver<ReadonlyArray<ResolversTypes['PolicyReplayFlip']>, ParentType, ContextType>;
};

export type PolicyReplayFlipResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PolicyReplayFlip'] = ResolversParentTypes['PolicyReplayFlip']> = {
  input?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  old?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  new?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ManagedEntityResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ManagedEntity'] = ResolversParentTypes['ManagedEntity']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  address?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  creator?: Resolver<Maybe<ResolversTypes['Run']>, ParentType, ContextType>;
  drifted?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parent?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  stackId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  stackName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  thirdPartyMetadata?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  updater?: Resolver<Maybe<ResolversTypes['Run']>, ParentType, ContextType>;
  vendor?: Resolver<ResolversTypes['EntityVendor'], ParentType, ContextType>;
};

export type EntityVendorResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['EntityVendor'] = ResolversParentTypes['EntityVendor']> = {
  __resolveType: TypeResolveFn<'EntityVendorAnsible' | 'EntityVendorCloudFormation' | 'EntityVendorKubernetes' | 'EntityVendorPulumi' | 'EntityVendorTerraform', ParentType, ContextType>;
};

export type EntityVendorAnsibleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['EntityVendorAnsible'] = ResolversParentTypes['EntityVendorAnsible']> = {
  ansible?: Resolver<Maybe<ResolversTypes['AnsibleEntity']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EntityVendorCloudFormationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['EntityVendorCloudFormation'] = ResolversParentTypes['EntityVendorCloudFormation']> = {
  cloudFormation?: Resolver<Maybe<ResolversTypes['CloudFormationEntity']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EntityVendorKubernetesResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['EntityVendorKubernetes'] = ResolversParentTypes['EntityVendorKubernetes']> = {
  kubernetes?: Resolver<Maybe<ResolversTypes['KubernetesEntity']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EntityVendorPulumiResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['EntityVendorPulumi'] = ResolversParentTypes['EntityVendorPulumi']> = {
  pulumi?: Resolver<Maybe<ResolversTypes['PulumiEntity']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EntityVendorTerraformResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['EntityVendorTerraform'] = ResolversParentTypes['EntityVendorTerraform']> = {
  terraform?: Resolver<Maybe<ResolversTypes['TerraformEntity']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AnsibleEntityResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AnsibleEntity'] = ResolversParentTypes['AnsibleEntity']> = {
  __resolveType: TypeResolveFn<'AnsibleResource', ParentType, ContextType>;
};

export type AnsibleResourceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AnsibleResource'] = ResolversParentTypes['AnsibleResource']> = {
  data?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CloudFormationEntityResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['CloudFormationEntity'] = ResolversParentTypes['CloudFormationEntity']> = {
  __resolveType: TypeResolveFn<'CloudFormationResource' | 'CloudFormationOutput', ParentType, ContextType>;
};

export type CloudFormationResourceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['CloudFormationResource'] = ResolversParentTypes['CloudFormationResource']> = {
  logicalResourceId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  physicalResourceId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  template?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CloudFormationOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['CloudFormationOutput'] = ResolversParentTypes['CloudFormationOutput']> = {
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  export?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  value?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type KubernetesEntityResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['KubernetesEntity'] = ResolversParentTypes['KubernetesEntity']> = {
  __resolveType: TypeResolveFn<'KubernetesResource' | 'KubernetesRoot', ParentType, ContextType>;
};

export type KubernetesResourceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['KubernetesResource'] = ResolversParentTypes['KubernetesResource']> = {
  data?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type KubernetesRootResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['KubernetesRoot'] = ResolversParentTypes['KubernetesRoot']> = {
  phantom?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PulumiEntityResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PulumiEntity'] = ResolversParentTypes['PulumiEntity']> = {
  __resolveType: TypeResolveFn<'PulumiOutput' | 'PulumiStack' | 'PulumiResource', ParentType, ContextType>;
};

export type PulumiOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PulumiOutput'] = ResolversParentTypes['PulumiOutput']> = {
  hash?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sensitive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PulumiStackResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PulumiStack'] = ResolversParentTypes['PulumiStack']> = {
  phantom?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PulumiResourceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PulumiResource'] = ResolversParentTypes['PulumiResource']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  outputs?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parent?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  urn?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TerraformEntityResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['TerraformEntity'] = ResolversParentTypes['TerraformEntity']> = {
  __resolveType: TypeResolveFn<'TerraformResource' | 'TerraformModule' | 'TerraformOutput', ParentType, ContextType>;
};

export type TerraformResourceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['TerraformResource'] = ResolversParentTypes['TerraformResource']> = {
  address?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  module?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tainted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  values?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TerraformModuleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['TerraformModule'] = ResolversParentTypes['TerraformModule']> = {
  phantom?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TerraformOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['TerraformOutput'] = ResolversParentTypes['TerraformOutput']> = {
  hash?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sensitive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SearchManagedEntitiesOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchManagedEntitiesOutput'] = ResolversParentTypes['SearchManagedEntitiesOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchManagedEntitiesEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchManagedEntitiesEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchManagedEntitiesEdge'] = ResolversParentTypes['SearchManagedEntitiesEdge']> = {
  node?: Resolver<ResolversTypes['ManagedEntity'], ParentType, ContextType>;
};

export type SearchManagedEntityGroupsOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchManagedEntityGroupsOutput'] = ResolversParentTypes['SearchManagedEntityGroupsOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchManagedEntityGroupsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchManagedEntityGroupsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchManagedEntityGroupsEdge'] = ResolversParentTypes['SearchManagedEntityGroupsEdge']> = {
  node?: Resolver<ResolversTypes['ManagedEntityGroup'], ParentType, ContextType>;
};

export type ManagedEntityGroupResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ManagedEntityGroup'] = ResolversParentTypes['ManagedEntityGroup']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  stackName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RunResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Run'] = ResolversParentTypes['Run']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['RunType'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['RunState'], ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  branch?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  command?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  commit?: Resolver<ResolversTypes['Commit'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  stackId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  triggeredBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  canConfirm?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  canRetry?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  driftDetection?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  expired?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  finished?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  isMostRecent?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  needsApproval?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  comments?: Resolver<ReadonlyArray<ResolversTypes['RunComment']>, ParentType, ContextType>;
  delta?: Resolver<Maybe<ResolversTypes['RunDelta']>, ParentType, ContextType>;
  history?: Resolver<ReadonlyArray<ResolversTypes['RunStateTransition']>, ParentType, ContextType>;
  logs?: Resolver<Maybe<ResolversTypes['RunLogs']>, ParentType, ContextType, RequireFields<RunLogsArgs, 'state'>>;
  changesV3?: Resolver<ReadonlyArray<ResolversTypes['RunChangesGroup']>, ParentType, ContextType, RequireFields<RunChangesV3Args, 'input'>>;
  waitingFor?: Resolver<Maybe<ResolversTypes['RunWait']>, ParentType, ContextType>;
  why?: Resolver<ReadonlyArray<ResolversTypes['Cause']>, ParentType, ContextType>;
  policyReceipts?: Resolver<ReadonlyArray<ResolversTypes['PolicyReceipt']>, ParentType, ContextType>;
};

export type RunDeltaResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunDelta'] = ResolversParentTypes['RunDelta']> = {
  addCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  changeCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  deleteCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  resources?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RunCommentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunComment'] = ResolversParentTypes['RunComment']> = {
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  username?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type RunStateTransitionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunStateTransition'] = ResolversParentTypes['RunStateTransition']> = {
  hasLogs?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  note?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['RunState'], ParentType, ContextType>;
  stateVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  terminal?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  timestamp?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  username?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RunLogsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunLogs'] = ResolversParentTypes['RunLogs']> = {
  exists?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  expired?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  finished?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasMore?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  messages?: Resolver<ReadonlyArray<ResolversTypes['RunLogMessage']>, ParentType, ContextType>;
  nextToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RunLogMessageResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunLogMessage'] = ResolversParentTypes['RunLogMessage']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  timestamp?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RunResourceStateResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunResourceState'] = ResolversParentTypes['RunResourceState']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  finished?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['RunState'], ParentType, ContextType>;
};

export type RunChangesGroupResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunChangesGroup'] = ResolversParentTypes['RunChangesGroup']> = {
  resources?: Resolver<ReadonlyArray<ResolversTypes['RunChangedResource']>, ParentType, ContextType>;
};

export type RunChangedResourceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunChangedResource'] = ResolversParentTypes['RunChangedResource']> = {
  address?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  metadata?: Resolver<ResolversTypes['RunChangedResourceMetadata'], ParentType, ContextType>;
  previousAddress?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RunChangedResourceMetadataResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunChangedResourceMetadata'] = ResolversParentTypes['RunChangedResourceMetadata']> = {
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type RunDiscardAllOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunDiscardAllOutput'] = ResolversParentTypes['RunDiscardAllOutput']> = {
  discardedRuns?: Resolver<ReadonlyArray<ResolversTypes['Run']>, ParentType, ContextType>;
  failedDiscarding?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type RunExternalDependencyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunExternalDependency'] = ResolversParentTypes['RunExternalDependency']> = {
  phantom?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['RunExternalDependencyStatus']>, ParentType, ContextType>;
};

export type RunReviewResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunReview'] = ResolversParentTypes['RunReview']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  author?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  decision?: Resolver<ResolversTypes['RunReviewDecision'], ParentType, ContextType>;
  note?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['RunState'], ParentType, ContextType>;
  timestamp?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LocalWorkspaceUploadResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['LocalWorkspaceUpload'] = ResolversParentTypes['LocalWorkspaceUpload']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  uploadUrl?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  uploadHeaders?: Resolver<ResolversTypes['StringMap'], ParentType, ContextType>;
};

export type SearchRunsOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchRunsOutput'] = ResolversParentTypes['SearchRunsOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchRunsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchRunsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchRunsEdge'] = ResolversParentTypes['SearchRunsEdge']> = {
  node?: Resolver<ResolversTypes['RunWithStack'], ParentType, ContextType>;
};

export type RunWithStackResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunWithStack'] = ResolversParentTypes['RunWithStack']> = {
  run?: Resolver<ResolversTypes['Run'], ParentType, ContextType>;
  stack?: Resolver<ResolversTypes['Stack'], ParentType, ContextType>;
};

export type RunWaitResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RunWait'] = ResolversParentTypes['RunWait']> = {
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  since?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  workerPool?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  approvals?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
};

export type CauseResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Cause'] = ResolversParentTypes['Cause']> = {
  timestamp?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  subject?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type StringMapResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StringMap'] = ResolversParentTypes['StringMap']> = {
  entries?: Resolver<ReadonlyArray<ResolversTypes['KeyValuePair']>, ParentType, ContextType>;
};

export type KeyValuePairResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['KeyValuePair'] = ResolversParentTypes['KeyValuePair']> = {
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CommitResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Commit'] = ResolversParentTypes['Commit']> = {
  authorLogin?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  authorName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  hash?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tag?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  timestamp?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type UserResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  login?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  admin?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  jwt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  validUntil?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type DebugInfoResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['DebugInfo'] = ResolversParentTypes['DebugInfo']> = {
  selfHostedVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SpaceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Space'] = ResolversParentTypes['Space']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parentSpace?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  inheritEntities?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  accessLevel?: Resolver<Maybe<ResolversTypes['SpaceAccessLevel']>, ParentType, ContextType>;
};

export type StackResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Stack'] = ResolversParentTypes['Stack']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  space?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  spaceDetails?: Resolver<ResolversTypes['Space'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  administrative?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  autodeploy?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  autoretry?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  canWrite?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  deleted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  deleting?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  enableSensitiveOutputUpload?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  enableWellKnownSecretMasking?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  githubActionDeploy?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  isDisabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  isStateRollback?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  localPreviewEnabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  managesStateFile?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  protectFromDeletion?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  starred?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  repository?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  namespace?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  branch?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['VCSProvider'], ParentType, ContextType>;
  repositoryURL?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  projectRoot?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  additionalProjectGlobs?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  gitSparseCheckoutPaths?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  trackedCommit?: Resolver<Maybe<ResolversTypes['Commit']>, ParentType, ContextType>;
  trackedBranchHead?: Resolver<Maybe<ResolversTypes['Commit']>, ParentType, ContextType>;
  trackedCommitSetBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  vendorConfig?: Resolver<ResolversTypes['StackConfigVendor'], ParentType, ContextType>;
  terraformVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  effectiveTerraformVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  runnerImage?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  workerPool?: Resolver<Maybe<ResolversTypes['WorkerPool']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['StackState'], ParentType, ContextType>;
  stateIsTerminal?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  stateSetAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  stateSetBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  lastApplyAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  blocked?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  blocker?: Resolver<Maybe<ResolversTypes['Run']>, ParentType, ContextType>;
  lockedAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  lockedBy?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  lockNote?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  afterApply?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterDestroy?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterInit?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterPerform?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterPlan?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  afterRun?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforeApply?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforeDestroy?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforeInit?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforePerform?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  beforePlan?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  hooks?: Resolver<ResolversTypes['Hooks'], ParentType, ContextType>;
  config?: Resolver<ReadonlyArray<ResolversTypes['ConfigElement']>, ParentType, ContextType>;
  configElement?: Resolver<Maybe<ResolversTypes['ConfigElement']>, ParentType, ContextType, RequireFields<StackConfigElementArgs, 'id'>>;
  runtimeConfig?: Resolver<ReadonlyArray<ResolversTypes['RuntimeConfigElement']>, ParentType, ContextType>;
  integrations?: Resolver<ResolversTypes['StackIntegrations'], ParentType, ContextType>;
  attachedContexts?: Resolver<ReadonlyArray<ResolversTypes['StackContextAttachment']>, ParentType, ContextType>;
  attachedPolicies?: Resolver<ReadonlyArray<ResolversTypes['StackPolicyAttachment']>, ParentType, ContextType>;
  moduleVersionsUsed?: Resolver<ReadonlyArray<ResolversTypes['ModuleVersion']>, ParentType, ContextType>;
  entities?: Resolver<ReadonlyArray<ResolversTypes['ManagedEntity']>, ParentType, ContextType>;
  entityCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  outputs?: Resolver<ReadonlyArray<ResolversTypes['StackOutput']>, ParentType, ContextType>;
  dependsOn?: Resolver<ReadonlyArray<ResolversTypes['StackDependency']>, ParentType, ContextType>;
  isDependedOnBy?: Resolver<ReadonlyArray<ResolversTypes['StackDependency']>, ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['Run']>, ParentType, ContextType, RequireFields<StackRunArgs, 'id'>>;
  runResourceState?: Resolver<Maybe<ResolversTypes['RunResourceState']>, ParentType, ContextType, RequireFields<StackRunResourceStateArgs, 'id'>>;
  runs?: Resolver<ReadonlyArray<ResolversTypes['Run']>, ParentType, ContextType, Partial<StackRunsArgs>>;
  proposedRuns?: Resolver<ReadonlyArray<ResolversTypes['Run']>, ParentType, ContextType, Partial<StackProposedRunsArgs>>;
  tasks?: Resolver<ReadonlyArray<ResolversTypes['Run']>, ParentType, ContextType, Partial<StackTasksArgs>>;
  gitHookUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  managedStateVersions?: Resolver<ReadonlyArray<ResolversTypes['ManagedStateVersion']>, ParentType, ContextType, Partial<StackManagedStateVersionsArgs>>;
  why?: Resolver<ReadonlyArray<ResolversTypes['Cause']>, ParentType, ContextType, Partial<StackWhyArgs>>;
  notificationCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SearchStacksOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchStacksOutput'] = ResolversParentTypes['SearchStacksOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchStacksEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchStacksEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchStacksEdge'] = ResolversParentTypes['SearchStacksEdge']> = {
  node?: Resolver<ResolversTypes['Stack'], ParentType, ContextType>;
};

export type RuntimeConfigElementResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RuntimeConfigElement'] = ResolversParentTypes['RuntimeConfigElement']> = {
  context?: Resolver<Maybe<ResolversTypes['StackContextAttachment']>, ParentType, ContextType>;
  element?: Resolver<ResolversTypes['ConfigElement'], ParentType, ContextType>;
};

export type StackContextAttachmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackContextAttachment'] = ResolversParentTypes['StackContextAttachment']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  contextId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  contextName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  contextDescription?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  contextLabels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  config?: Resolver<ReadonlyArray<ResolversTypes['ConfigElement']>, ParentType, ContextType>;
  isAutoattached?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  priority?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type StackPolicyAttachmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackPolicyAttachment'] = ResolversParentTypes['StackPolicyAttachment']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  policyId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  policyName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  policyType?: Resolver<ResolversTypes['PolicyType'], ParentType, ContextType>;
  policyLabels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  isAutoattached?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type StackOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackOutput'] = ResolversParentTypes['StackOutput']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sensitive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type StackIntegrationsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackIntegrations'] = ResolversParentTypes['StackIntegrations']> = {
  aws?: Resolver<ResolversTypes['StackAWSIntegration'], ParentType, ContextType>;
  gcp?: Resolver<ResolversTypes['StackGCPIntegration'], ParentType, ContextType>;
  webhooks?: Resolver<ReadonlyArray<ResolversTypes['WebhooksIntegration']>, ParentType, ContextType>;
};

export type StackAwsIntegrationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackAWSIntegration'] = ResolversParentTypes['StackAWSIntegration']> = {
  activated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  assumedRoleArn?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  assumeRoleLink?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  assumeRolePolicyStatement?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  durationSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  externalID?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  generateCredentialsInWorker?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type StackGcpIntegrationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackGCPIntegration'] = ResolversParentTypes['StackGCPIntegration']> = {
  activated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  serviceAccountEmail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  tokenScopes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type StackDependencyResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackDependency'] = ResolversParentTypes['StackDependency']> = {
  stack?: Resolver<ResolversTypes['StackDependencyDetail'], ParentType, ContextType>;
  dependsOnStack?: Resolver<ResolversTypes['StackDependencyDetail'], ParentType, ContextType>;
};

export type StackDependencyDetailResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackDependencyDetail'] = ResolversParentTypes['StackDependencyDetail']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ModuleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Module'] = ResolversParentTypes['Module']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  owner?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ModuleVersionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ModuleVersion'] = ResolversParentTypes['ModuleVersion']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  number?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  module?: Resolver<ResolversTypes['Module'], ParentType, ContextType>;
};

export type StateDownloadUrlResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StateDownloadUrl'] = ResolversParentTypes['StateDownloadUrl']> = {
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type StateUploadUrlResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StateUploadUrl'] = ResolversParentTypes['StateUploadUrl']> = {
  objectId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ManagedStateVersionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ManagedStateVersion'] = ResolversParentTypes['ManagedStateVersion']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  imported?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lastModified?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  rollback?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  rollbackUsername?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  size?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  serial?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  lineage?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sha256?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  current?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type WebhooksIntegrationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['WebhooksIntegration'] = ResolversParentTypes['WebhooksIntegration']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  deleted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endpoint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  retryOnFailure?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  deliveries?: Resolver<ReadonlyArray<ResolversTypes['WebhookDelivery']>, ParentType, ContextType, Partial<WebhooksIntegrationDeliveriesArgs>>;
};

export type NamedWebhooksIntegrationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['NamedWebhooksIntegration'] = ResolversParentTypes['NamedWebhooksIntegration']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endpoint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  retryOnFailure?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  secretHeaders?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  space?: Resolver<ResolversTypes['Space'], ParentType, ContextType>;
  deliveries?: Resolver<ReadonlyArray<ResolversTypes['WebhookDelivery']>, ParentType, ContextType, Partial<NamedWebhooksIntegrationDeliveriesArgs>>;
};

export type SearchNamedWebhooksIntegrationsOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchNamedWebhooksIntegrationsOutput'] = ResolversParentTypes['SearchNamedWebhooksIntegrationsOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchNamedWebhooksIntegrationsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchNamedWebhooksIntegrationsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchNamedWebhooksIntegrationsEdge'] = ResolversParentTypes['SearchNamedWebhooksIntegrationsEdge']> = {
  node?: Resolver<ResolversTypes['NamedWebhooksIntegration'], ParentType, ContextType>;
};

export type WebhookDeliveryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['WebhookDelivery'] = ResolversParentTypes['WebhookDelivery']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  event?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  method?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  endpoint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tries?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  statusCode?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  durationMs?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  request?: Resolver<Maybe<ResolversTypes['WebhookRequest']>, ParentType, ContextType>;
  response?: Resolver<Maybe<ResolversTypes['WebhookResponse']>, ParentType, ContextType>;
};

export type WebhookRequestResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['WebhookRequest'] = ResolversParentTypes['WebhookRequest']> = {
  headers?: Resolver<ResolversTypes['StringMap'], ParentType, ContextType>;
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type WebhookResponseResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['WebhookResponse'] = ResolversParentTypes['WebhookResponse']> = {
  status?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  cut?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type AuditTrailWebhookResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AuditTrailWebhook'] = ResolversParentTypes['AuditTrailWebhook']> = {
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endpoint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  includeRuns?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  retryOnFailure?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  deliveries?: Resolver<ReadonlyArray<ResolversTypes['WebhookDelivery']>, ParentType, ContextType, Partial<AuditTrailWebhookDeliveriesArgs>>;
};

export type AuditTrailEntryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AuditTrailEntry'] = ResolversParentTypes['AuditTrailEntry']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  actor?: Resolver<ResolversTypes['AuditTrailActor'], ParentType, ContextType>;
  affectedResource?: Resolver<ResolversTypes['AuditTrailResource'], ParentType, ContextType>;
  body?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  eventType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  relatedResource?: Resolver<Maybe<ResolversTypes['AuditTrailResource']>, ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type AuditTrailActorResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AuditTrailActor'] = ResolversParentTypes['AuditTrailActor']> = {
  run?: Resolver<Maybe<ResolversTypes['AuditTrailActorRun']>, ParentType, ContextType>;
  username?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type AuditTrailActorRunResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AuditTrailActorRun'] = ResolversParentTypes['AuditTrailActorRun']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  stackId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type AuditTrailResourceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AuditTrailResource'] = ResolversParentTypes['AuditTrailResource']> = {
  resourceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  resourceType?: Resolver<ResolversTypes['AuditTrailResourceType'], ParentType, ContextType>;
};

export type SearchAuditTrailEntriesOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchAuditTrailEntriesOutput'] = ResolversParentTypes['SearchAuditTrailEntriesOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchAuditTrailEntriesEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchAuditTrailEntriesEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchAuditTrailEntriesEdge'] = ResolversParentTypes['SearchAuditTrailEntriesEdge']> = {
  node?: Resolver<ResolversTypes['AuditTrailEntry'], ParentType, ContextType>;
};

export type InboxPageResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['InboxPage'] = ResolversParentTypes['InboxPage']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['InboxEntry']>, ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type InboxEntryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['InboxEntry'] = ResolversParentTypes['InboxEntry']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  severity?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  space?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  stack?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  policy?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  times?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  lastAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  readAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type UndeliveredNoticeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['UndeliveredNotice'] = ResolversParentTypes['UndeliveredNotice']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  policy?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  run?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  notice?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type UsageResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Usage'] = ResolversParentTypes['Usage']> = {
  billingPeriodStart?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  billingPeriodEnd?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  usedPrivateMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  usedPublicMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  usedSeats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type MetricsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Metrics'] = ResolversParentTypes['Metrics']> = {
  hasStacks?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasRuns?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  stacksCountByState?: Resolver<ReadonlyArray<ResolversTypes['DataPoint']>, ParentType, ContextType>;
  resourcesCountByDrift?: Resolver<ReadonlyArray<ResolversTypes['DataPoint']>, ParentType, ContextType>;
  avgStackSizeByResourceCount?: Resolver<ReadonlyArray<ResolversTypes['DataPoint']>, ParentType, ContextType>;
  averageRunDuration?: Resolver<ReadonlyArray<ResolversTypes['DataPoint']>, ParentType, ContextType>;
  medianRunDuration?: Resolver<ReadonlyArray<ResolversTypes['DataPoint']>, ParentType, ContextType>;
};

export type DataPointResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['DataPoint'] = ResolversParentTypes['DataPoint']> = {
  value?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type StackConfigVendorResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendor'] = ResolversParentTypes['StackConfigVendor']> = {
  __resolveType: TypeResolveFn<'StackConfigVendorAnsible' | 'StackConfigVendorCloudFormation' | 'StackConfigVendorKubernetes' | 'StackConfigVendorOpenTofu' | 'StackConfigVendorPulumi' | 'StackConfigVendorTerraform' | 'StackConfigVendorTerragrunt', ParentType, ContextType>;
};

export type StackConfigVendorAnsibleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendorAnsible'] = ResolversParentTypes['StackConfigVendorAnsible']> = {
  playbook?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StackConfigVendorCloudFormationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendorCloudFormation'] = ResolversParentTypes['StackConfigVendorCloudFormation']> = {
  entryTemplateFile?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  region?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  stackName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  templateBucket?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StackConfigVendorKubernetesResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendorKubernetes'] = ResolversParentTypes['StackConfigVendorKubernetes']> = {
  namespace?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kubectlVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kubernetesWorkflowTool?: Resolver<Maybe<ResolversTypes['KubernetesWorkflowTool']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StackConfigVendorOpenTofuResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendorOpenTofu'] = ResolversParentTypes['StackConfigVendorOpenTofu']> = {
  concise?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  externalStateAccessEnabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  useSmartSanitization?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  workflowTool?: Resolver<Maybe<ResolversTypes['OpenTofuWorkflowTool']>, ParentType, ContextType>;
  workspace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StackConfigVendorPulumiResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendorPulumi'] = ResolversParentTypes['StackConfigVendorPulumi']> = {
  loginURL?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  stackName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StackConfigVendorTerraformResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendorTerraform'] = ResolversParentTypes['StackConfigVendorTerraform']> = {
  externalStateAccessEnabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  useSmartSanitization?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  workflowTool?: Resolver<Maybe<ResolversTypes['TerraformWorkflowTool']>, ParentType, ContextType>;
  workspace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StackConfigVendorTerragruntResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['StackConfigVendorTerragrunt'] = ResolversParentTypes['StackConfigVendorTerragrunt']> = {
  terraformVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  terragruntVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  tool?: Resolver<ResolversTypes['TerragruntTool'], ParentType, ContextType>;
  useRunAll?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  useSmartSanitization?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  useStateManagement?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WorkerPoolResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['WorkerPool'] = ResolversParentTypes['WorkerPool']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  space?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  spaceDetails?: Resolver<ResolversTypes['Space'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  deleted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  config?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  driftDetectionRunLimit?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  managedByK8sController?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  busyWorkers?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pendingRuns?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  workersCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  workers?: Resolver<ReadonlyArray<ResolversTypes['Worker']>, ParentType, ContextType>;
  searchSchedulableRuns?: Resolver<ResolversTypes['SearchSchedulableRunsOutput'], ParentType, ContextType, RequireFields<WorkerPoolSearchSchedulableRunsArgs, 'input'>>;
};

export type PublicWorkerPoolResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PublicWorkerPool'] = ResolversParentTypes['PublicWorkerPool']> = {
  busyWorkers?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  parallelism?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pendingRuns?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  schedulableRunsCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  usersCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  searchSchedulableRuns?: Resolver<ResolversTypes['SearchSchedulableRunsOutput'], ParentType, ContextType, RequireFields<PublicWorkerPoolSearchSchedulableRunsArgs, 'input'>>;
};

export type WorkerResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Worker'] = ResolversParentTypes['Worker']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  availableAt?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  busy?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  drained?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  metadata?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SearchWorkerPoolsOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchWorkerPoolsOutput'] = ResolversParentTypes['SearchWorkerPoolsOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchWorkerPoolsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchWorkerPoolsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchWorkerPoolsEdge'] = ResolversParentTypes['SearchWorkerPoolsEdge']> = {
  node?: Resolver<ResolversTypes['WorkerPool'], ParentType, ContextType>;
};

export type SearchSchedulableRunsOutputResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchSchedulableRunsOutput'] = ResolversParentTypes['SearchSchedulableRunsOutput']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchSchedulableRunsEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SearchSchedulableRunsEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchSchedulableRunsEdge'] = ResolversParentTypes['SearchSchedulableRunsEdge']> = {
  node?: Resolver<ResolversTypes['SchedulableRun'], ParentType, ContextType>;
};

export type SchedulableRunResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SchedulableRun'] = ResolversParentTypes['SchedulableRun']> = {
  position?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  run?: Resolver<ResolversTypes['Run'], ParentType, ContextType>;
  stackId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type Resolvers<ContextType = GraphqlContext> = {
  Query?: QueryResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  SpaceAccessRule?: SpaceAccessRuleResolvers<ContextType>;
  ApiKey?: ApiKeyResolvers<ContextType>;
  Role?: RoleResolvers<ContextType>;
  ApiKeyRoleBinding?: ApiKeyRoleBindingResolvers<ContextType>;
  Hooks?: HooksResolvers<ContextType>;
  ConfigElement?: ConfigElementResolvers<ContextType>;
  Context?: ContextResolvers<ContextType>;
  ContextAttachment?: ContextAttachmentResolvers<ContextType>;
  SearchContextsOutput?: SearchContextsOutputResolvers<ContextType>;
  SearchContextsEdge?: SearchContextsEdgeResolvers<ContextType>;
  License?: LicenseResolvers<ContextType>;
  DeadLetterPage?: DeadLetterPageResolvers<ContextType>;
  DeadLetter?: DeadLetterResolvers<ContextType>;
  Policy?: PolicyResolvers<ContextType>;
  PolicyAttachment?: PolicyAttachmentResolvers<ContextType>;
  PolicyEvaluationRecord?: PolicyEvaluationRecordResolvers<ContextType>;
  PolicyEvaluationSample?: PolicyEvaluationSampleResolvers<ContextType>;
  SearchPolicyEvaluationRecordsOutput?: SearchPolicyEvaluationRecordsOutputResolvers<ContextType>;
  SearchPolicyEvaluationRecordsEdge?: SearchPolicyEvaluationRecordsEdgeResolvers<ContextType>;
  PolicyTemplate?: PolicyTemplateResolvers<ContextType>;
  SearchPoliciesOutput?: SearchPoliciesOutputResolvers<ContextType>;
  SearchPoliciesEdge?: SearchPoliciesEdgeResolvers<ContextType>;
  SearchPolicyTemplatesOutput?: SearchPolicyTemplatesOutputResolvers<ContextType>;
  SearchPolicyTemplatesEdge?: SearchPolicyTemplatesEdgeResolvers<ContextType>;
  Autoattachment?: AutoattachmentResolvers<ContextType>;
  AutoattachmentTarget?: AutoattachmentTargetResolvers<ContextType>;
  PolicyRuntime?: PolicyRuntimeResolvers<ContextType>;
  PolicyObservation?: PolicyObservationResolvers<ContextType>;
  PolicyFault?: PolicyFaultResolvers<ContextType>;
  PolicyPrint?: PolicyPrintResolvers<ContextType>;
  PolicyReceipt?: PolicyReceiptResolvers<ContextType>;
  PolicyReplay?: PolicyReplayResolvers<ContextType>;
  PolicyReplayFlip?: PolicyReplayFlipResolvers<ContextType>;
  ManagedEntity?: ManagedEntityResolvers<ContextType>;
  EntityVendor?: EntityVendorResolvers<ContextType>;
  EntityVendorAnsible?: EntityVendorAnsibleResolvers<ContextType>;
  EntityVendorCloudFormation?: EntityVendorCloudFormationResolvers<ContextType>;
  EntityVendorKubernetes?: EntityVendorKubernetesResolvers<ContextType>;
  EntityVendorPulumi?: EntityVendorPulumiResolvers<ContextType>;
  EntityVendorTerraform?: EntityVendorTerraformResolvers<ContextType>;
  AnsibleEntity?: AnsibleEntityResolvers<ContextType>;
  AnsibleResource?: AnsibleResourceResolvers<ContextType>;
  CloudFormationEntity?: CloudFormationEntityResolvers<ContextType>;
  CloudFormationResource?: CloudFormationResourceResolvers<ContextType>;
  CloudFormationOutput?: CloudFormationOutputResolvers<ContextType>;
  KubernetesEntity?: KubernetesEntityResolvers<ContextType>;
  KubernetesResource?: KubernetesResourceResolvers<ContextType>;
  KubernetesRoot?: KubernetesRootResolvers<ContextType>;
  PulumiEntity?: PulumiEntityResolvers<ContextType>;
  PulumiOutput?: PulumiOutputResolvers<ContextType>;
  PulumiStack?: PulumiStackResolvers<ContextType>;
  PulumiResource?: PulumiResourceResolvers<ContextType>;
  TerraformEntity?: TerraformEntityResolvers<ContextType>;
  TerraformResource?: TerraformResourceResolvers<ContextType>;
  TerraformModule?: TerraformModuleResolvers<ContextType>;
  TerraformOutput?: TerraformOutputResolvers<ContextType>;
  SearchManagedEntitiesOutput?: SearchManagedEntitiesOutputResolvers<ContextType>;
  SearchManagedEntitiesEdge?: SearchManagedEntitiesEdgeResolvers<ContextType>;
  SearchManagedEntityGroupsOutput?: SearchManagedEntityGroupsOutputResolvers<ContextType>;
  SearchManagedEntityGroupsEdge?: SearchManagedEntityGroupsEdgeResolvers<ContextType>;
  ManagedEntityGroup?: ManagedEntityGroupResolvers<ContextType>;
  Run?: RunResolvers<ContextType>;
  RunDelta?: RunDeltaResolvers<ContextType>;
  RunComment?: RunCommentResolvers<ContextType>;
  RunStateTransition?: RunStateTransitionResolvers<ContextType>;
  RunLogs?: RunLogsResolvers<ContextType>;
  RunLogMessage?: RunLogMessageResolvers<ContextType>;
  RunResourceState?: RunResourceStateResolvers<ContextType>;
  RunChangesGroup?: RunChangesGroupResolvers<ContextType>;
  RunChangedResource?: RunChangedResourceResolvers<ContextType>;
  RunChangedResourceMetadata?: RunChangedResourceMetadataResolvers<ContextType>;
  RunDiscardAllOutput?: RunDiscardAllOutputResolvers<ContextType>;
  RunExternalDependency?: RunExternalDependencyResolvers<ContextType>;
  RunReview?: RunReviewResolvers<ContextType>;
  LocalWorkspaceUpload?: LocalWorkspaceUploadResolvers<ContextType>;
  SearchRunsOutput?: SearchRunsOutputResolvers<ContextType>;
  SearchRunsEdge?: SearchRunsEdgeResolvers<ContextType>;
  RunWithStack?: RunWithStackResolvers<ContextType>;
  RunWait?: RunWaitResolvers<ContextType>;
  Cause?: CauseResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  StringMap?: StringMapResolvers<ContextType>;
  KeyValuePair?: KeyValuePairResolvers<ContextType>;
  Commit?: CommitResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  DebugInfo?: DebugInfoResolvers<ContextType>;
  Space?: SpaceResolvers<ContextType>;
  Stack?: StackResolvers<ContextType>;
  SearchStacksOutput?: SearchStacksOutputResolvers<ContextType>;
  SearchStacksEdge?: SearchStacksEdgeResolvers<ContextType>;
  RuntimeConfigElement?: RuntimeConfigElementResolvers<ContextType>;
  StackContextAttachment?: StackContextAttachmentResolvers<ContextType>;
  StackPolicyAttachment?: StackPolicyAttachmentResolvers<ContextType>;
  StackOutput?: StackOutputResolvers<ContextType>;
  StackIntegrations?: StackIntegrationsResolvers<ContextType>;
  StackAWSIntegration?: StackAwsIntegrationResolvers<ContextType>;
  StackGCPIntegration?: StackGcpIntegrationResolvers<ContextType>;
  StackDependency?: StackDependencyResolvers<ContextType>;
  StackDependencyDetail?: StackDependencyDetailResolvers<ContextType>;
  Module?: ModuleResolvers<ContextType>;
  ModuleVersion?: ModuleVersionResolvers<ContextType>;
  StateDownloadUrl?: StateDownloadUrlResolvers<ContextType>;
  StateUploadUrl?: StateUploadUrlResolvers<ContextType>;
  ManagedStateVersion?: ManagedStateVersionResolvers<ContextType>;
  WebhooksIntegration?: WebhooksIntegrationResolvers<ContextType>;
  NamedWebhooksIntegration?: NamedWebhooksIntegrationResolvers<ContextType>;
  SearchNamedWebhooksIntegrationsOutput?: SearchNamedWebhooksIntegrationsOutputResolvers<ContextType>;
  SearchNamedWebhooksIntegrationsEdge?: SearchNamedWebhooksIntegrationsEdgeResolvers<ContextType>;
  WebhookDelivery?: WebhookDeliveryResolvers<ContextType>;
  WebhookRequest?: WebhookRequestResolvers<ContextType>;
  WebhookResponse?: WebhookResponseResolvers<ContextType>;
  AuditTrailWebhook?: AuditTrailWebhookResolvers<ContextType>;
  AuditTrailEntry?: AuditTrailEntryResolvers<ContextType>;
  AuditTrailActor?: AuditTrailActorResolvers<ContextType>;
  AuditTrailActorRun?: AuditTrailActorRunResolvers<ContextType>;
  AuditTrailResource?: AuditTrailResourceResolvers<ContextType>;
  SearchAuditTrailEntriesOutput?: SearchAuditTrailEntriesOutputResolvers<ContextType>;
  SearchAuditTrailEntriesEdge?: SearchAuditTrailEntriesEdgeResolvers<ContextType>;
  InboxPage?: InboxPageResolvers<ContextType>;
  InboxEntry?: InboxEntryResolvers<ContextType>;
  UndeliveredNotice?: UndeliveredNoticeResolvers<ContextType>;
  Usage?: UsageResolvers<ContextType>;
  Metrics?: MetricsResolvers<ContextType>;
  DataPoint?: DataPointResolvers<ContextType>;
  StackConfigVendor?: StackConfigVendorResolvers<ContextType>;
  StackConfigVendorAnsible?: StackConfigVendorAnsibleResolvers<ContextType>;
  StackConfigVendorCloudFormation?: StackConfigVendorCloudFormationResolvers<ContextType>;
  StackConfigVendorKubernetes?: StackConfigVendorKubernetesResolvers<ContextType>;
  StackConfigVendorOpenTofu?: StackConfigVendorOpenTofuResolvers<ContextType>;
  StackConfigVendorPulumi?: StackConfigVendorPulumiResolvers<ContextType>;
  StackConfigVendorTerraform?: StackConfigVendorTerraformResolvers<ContextType>;
  StackConfigVendorTerragrunt?: StackConfigVendorTerragruntResolvers<ContextType>;
  WorkerPool?: WorkerPoolResolvers<ContextType>;
  PublicWorkerPool?: PublicWorkerPoolResolvers<ContextType>;
  Worker?: WorkerResolvers<ContextType>;
  SearchWorkerPoolsOutput?: SearchWorkerPoolsOutputResolvers<ContextType>;
  SearchWorkerPoolsEdge?: SearchWorkerPoolsEdgeResolvers<ContextType>;
  SearchSchedulableRunsOutput?: SearchSchedulableRunsOutputResolvers<ContextType>;
  SearchSchedulableRunsEdge?: SearchSchedulableRunsEdgeResolvers<ContextType>;
  SchedulableRun?: SchedulableRunResolvers<ContextType>;
};

