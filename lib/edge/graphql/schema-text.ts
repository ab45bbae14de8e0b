// Generated from lib/edge/graphql/schema by `npm run generate`; do not edit.
export const schemaText = `
extend type Query {
  "An API key, or null."
  apiKey(id: ID!): ApiKey
  "All API keys, without their secrets."
  apiKeys: [ApiKey!]!
  "A role by id or slug, or null."
  role(id: ID!): Role
  "All roles."
  roles: [Role!]!
  "A binding of a role to a key, or null."
  apiKeyRoleBinding(id: ID!): ApiKeyRoleBinding
}

extend type Mutation {
  "Makes an API key and shows its secret once."
  apiKeyCreate(input: ApiKeyInput!): ApiKey!
  "Changes what is given and leaves the rest."
  apiKeyUpdate(id: ID!, input: ApiKeyUpdateInput!): ApiKey!
  "Revokes an API key and its sessions."
  apiKeyDelete(id: ID!): ApiKey
  "Gives a key a role in a space, and below it."
  apiKeyRoleBindingCreate(input: ApiKeyRoleBindingInput!): ApiKeyRoleBinding!
  "Takes it away again."
  apiKeyRoleBindingDelete(id: ID!): ApiKeyRoleBinding
}

"A level of access in one space."
type SpaceAccessRule {
  space: ID!
  spaceAccessLevel: SpaceAccessLevel!
}

"Credentials of a program."
type ApiKey {
  id: ID!
  name: String!
  description: String
  "Spaces in which the key was given a role, with the level that comes to."
  accessRules: [SpaceAccessRule!]!
  admin: Boolean!
  apiKeyRoleBindings: [ApiKeyRoleBinding!]!
  createdAt: Int!
  creator: String!
  deleted: Boolean!
  expiresAt: Int
  isMachineUser: Boolean!
  lastUsedAt: Int
  "Shown only in the answer that creates the key."
  secret: String
  spaceCount: Int!
  teamCount: Int!
  "Groups that the key belongs to."
  teams: [String!]!
  type: ApiKeyType!
}

enum ApiKeyType {
  SECRET
  OIDC
}

input ApiKeyInput {
  name: String!
  admin: Boolean!
  teams: [String!]
  description: String
  expiresAt: Int
  machine: Boolean
}

"What is left out stays as it is."
input ApiKeyUpdateInput {
  name: String
  description: String
  teams: [String!]
}

"Actions under one name."
type Role {
  id: ID!
  name: String!
  slug: String!
  description: String!
  actions: [Action!]!
  "Comes with the product and cannot be changed."
  isSystem: Boolean!
}

"Something that a role can allow."
enum Action {
  CONTEXT_CREATE
  CONTEXT_DELETE
  CONTEXT_UPDATE
  MODULE_DISABLE
  MODULE_ENABLE
  MODULE_PUBLISH
  POLICY_CREATE
  POLICY_DELETE
  POLICY_UPDATE
  RUN_CANCEL
  RUN_CANCEL_BLOCKING
  RUN_COMMENT
  RUN_CONFIRM
  RUN_DISCARD
  RUN_PRIORITIZE_SET
  RUN_PROMOTE
  RUN_PROPOSE_LOCAL_WORKSPACE
  RUN_PROPOSE_WITH_OVERRIDES
  RUN_RETRY
  RUN_RETRY_BLOCKING
  RUN_REVIEW
  RUN_STOP
  RUN_STOP_BLOCKING
  RUN_TARGETED_REPLAN
  RUN_TRIGGER
  RUN_TRIGGER_WITH_CUSTOM_RUNTIME_CONFIG
  SPACE_ADMIN
  SPACE_READ
  SPACE_SHARE_MODULE
  SPACE_WRITE
  STACK_ADD_CONFIG
  STACK_CREATE
  STACK_DELETE
  STACK_DELETE_CONFIG
  STACK_DISABLE
  STACK_ENABLE
  STACK_LOCK
  STACK_MANAGE
  STACK_MANAGED_STATE_IMPORT
  STACK_MANAGED_STATE_ROLLBACK
  STACK_RESLUG
  STACK_SET_CURRENT_COMMIT
  STACK_SET_STAR
  STACK_STATE_DOWNLOAD
  STACK_STATE_READ
  STACK_SYNC_COMMIT
  STACK_UNLOCK
  STACK_UNLOCK_FORCE
  STACK_UPDATE
  STACK_UPLOAD_LOCAL_WORKSPACE
  STACK_WORKSPACE_LOCK
  STACK_WORKSPACE_UNLOCK
  TASK_CREATE
  WORKER_DRAIN_SET
  WORKER_POOL_CREATE
  WORKER_POOL_CYCLE
  WORKER_POOL_DELETE
  WORKER_POOL_RESET
  WORKER_POOL_UPDATE
}

"A role that a key holds in a space."
type ApiKeyRoleBinding {
  id: ID!
  apiKeyID: ID!
  role: Role!
  spaceID: ID!
}

input ApiKeyRoleBindingInput {
  apiKeyID: ID!
  roleID: ID!
  spaceID: ID!
}

extend type Query {
  "A context, or null when it is unknown or hidden."
  context(id: ID!): Context
  "All contexts the caller may see."
  contexts: [Context!]!
  "Contexts page by page."
  searchContexts(input: SearchInput!): SearchContextsOutput!
  "Contexts that a stack of this space can use."
  attachableContextsInSpace(id: ID!): [Context!]!
}

extend type Mutation {
  "Makes a context, with elements and attachments if given."
  contextCreateV2(input: ContextInput!): Context!
  "Changes a context; its elements only when they are to be replaced."
  contextUpdateV2(id: ID!, input: ContextInput!, replaceConfigElements: Boolean): Context!
  "Removes a context, and takes it off the stacks that have it."
  contextDelete(id: ID!, force: Boolean): Context
  "Sets a variable or file."
  contextConfigAdd(context: ID!, config: ConfigInput!): ConfigElement!
  "Removes a variable or file."
  contextConfigDelete(context: ID!, id: ID!): ConfigElement
  "Attaches a context to a stack."
  contextAttach(id: ID!, stack: ID!, priority: Int!): ContextAttachment!
  "Takes a context off a stack, by the id of the attachment."
  contextDetach(id: ID!): ContextAttachment
}

"Commands that run before and after the phases."
type Hooks {
  afterApply: [String!]!
  afterDestroy: [String!]!
  afterInit: [String!]!
  afterPerform: [String!]!
  afterPlan: [String!]!
  afterRun: [String!]!
  beforeApply: [String!]!
  beforeDestroy: [String!]!
  beforeInit: [String!]!
  beforePerform: [String!]!
  beforePlan: [String!]!
}

"Commands by hook; a list left out is empty."
input HooksInput {
  afterApply: [String!]
  afterDestroy: [String!]
  afterInit: [String!]
  afterPerform: [String!]
  afterPlan: [String!]
  afterRun: [String!]
  beforeApply: [String!]
  beforeDestroy: [String!]
  beforeInit: [String!]
  beforePerform: [String!]
  beforePlan: [String!]
}

"How an element reaches a run."
enum ConfigType {
  ENVIRONMENT_VARIABLE
  "A file beside the workspace; its value is base64."
  FILE_MOUNT
}

"A variable or a mounted file."
type ConfigElement {
  "Name of the variable, or path of the file."
  id: ID!
  "SHA-256 of the value, in hex."
  checksum: String!
  createdAt: Int
  description: String
  fileMode: String
  "Computed for each run rather than set by someone."
  runtime: Boolean!
  type: ConfigType!
  "Null when only runs may read it."
  value: String
  writeOnly: Boolean!
}

input ConfigInput {
  id: ID!
  type: ConfigType!
  value: String!
  writeOnly: Boolean!
  description: String
  fileMode: String
}

"Variables, files and hooks that several stacks share."
type Context {
  id: ID!
  name: String!
  description: String
  labels: [String!]!
  space: ID!
  spaceDetails: Space!
  createdAt: Int!
  updatedAt: Int!
  hooks: Hooks!
  config: [ConfigElement!]!
  "A variable or file by name, or null."
  configElement(id: ID!): ConfigElement
  hasAttachedStacks: Boolean!
  attachedStacks: [ContextAttachment!]!
  "How the context hangs on one stack; null when it does not."
  attachedStack(id: ID!): ContextAttachment
}

"The link between a context and a stack."
type ContextAttachment {
  id: ID!
  stackId: ID!
  stackName: String!
  isAutoattached: Boolean!
  isModule: Boolean!
  "Of two values for one name the lower number counts."
  priority: Int!
}

input ContextInput {
  name: String!
  description: String
  labels: [String!]
  space: ID
  hooks: HooksInput
  configAttachments: [ConfigAttachmentsInput!]
  stackAttachments: [StackAttachmentInput!]
}

input ConfigAttachmentsInput {
  id: ID!
  type: ConfigType!
  value: String!
  writeOnly: Boolean!
  description: String
}

input StackAttachmentInput {
  stack: ID!
  priority: Int!
}

type SearchContextsOutput {
  edges: [SearchContextsEdge!]!
  pageInfo: PageInfo!
}

type SearchContextsEdge {
  node: Context!
}

extend type Query {
  "How the installation stands with its licence; for root administrators."
  license: License!
  "The tier of the licence; without one everything is unlocked, which counts as a tier of its own."
  tier: String!
  "What the licence unlocks."
  tierFeatures: [String!]!
}

"The licence of the installation."
type License {
  type: LicenseType!
  state: LicenseState!
  "What is wrong with it."
  reason: String
  "What to tell administrators on every page; null when there is nothing to tell."
  notice: String
  licensee: String
  tier: String
  features: [String!]!
  "The most workers there may be."
  maxWorkers: Int
  "The most users there may be: people with a password, and API keys that are no machine's."
  maxUsers: Int
  "The end of the contract or token."
  validUntil: Int
  "When new runs stop starting unless something changes."
  graceEndsAt: Int
  checkedAt: Int
}

enum LicenseType {
  "A licence of AWS License Manager."
  AWS
  "A signed token."
  JWT
  "None is needed."
  NONE
}

enum LicenseState {
  VALID
  "Something is wrong, and all still works."
  GRACE
  "New runs stay in the queue; everything else goes on."
  RESTRICTED
}

extend type Query {
  "Messages that were given up; for root administrators."
  deadLetters(first: Int, after: String): DeadLetterPage!
}

extend type Mutation {
  "Puts given-up messages back into their queues and says how many."
  deadLetterRedrive(ids: [ID!]!): Int!
}

type DeadLetterPage {
  edges: [DeadLetter!]!
  endCursor: String
}

type DeadLetter {
  id: ID!
  queue: String!
  type: String!
  error: String!
  receivedAt: Int!
  "The message as JSON."
  body: String!
}

extend type Query {
  "A policy, or null when it is unknown or hidden."
  policy(id: ID!): Policy
  "All policies the caller may see, or those of one type."
  policies(input: PoliciesInput): [Policy!]!
  "Policies page by page."
  searchPolicies(input: SearchInput!): SearchPoliciesOutput!
  "Policies that a stack of this space can use."
  attachablePoliciesInSpace(id: ID!): [Policy!]!
  "A policy to begin with."
  policyTemplate(id: ID!): PolicyTemplate
  "Policies to begin with, page by page."
  searchPolicyTemplates(input: SearchInput!): SearchPolicyTemplatesOutput!
  "The stacks that these labels would attach to."
  autoattachmentForLabels(space: ID!, labels: [String!]!): Autoattachment!
  policyRuntime: PolicyRuntime!
  "How far a replay has come, and what it found."
  policyReplay(id: ID!): PolicyReplay
}

extend type Mutation {
  "Makes a policy; \`policyCreatev2\` takes more."
  policyCreate(name: String!, body: String!, type: PolicyType!, labels: [String!], space: ID, description: String): Policy!
  "Changes a policy; \`policyUpdatev2\` takes more."
  policyUpdate(id: ID!, name: String!, body: String!, labels: [String!], space: ID, description: String): Policy!
  "Makes a policy, once its text compiles."
  policyCreatev2(input: PolicyCreateInput!): Policy!
  "Changes a policy, once its text compiles; its type stays."
  policyUpdatev2(id: ID!, input: PolicyUpdateInput!): Policy!
  "Removes a policy; one that people attached only by force."
  policyDelete(id: ID!, force: Boolean): Policy
  "Lets a policy act on a stack."
  policyAttach(id: ID!, stack: ID!): PolicyAttachment!
  "Takes a policy off a stack, by the id of the attachment."
  policyDetach(id: ID!): PolicyAttachment
  "What a body makes of an input, as JSON; nothing is kept."
  policySimulate(body: String!, input: String!, type: PolicyType!): String!
  "The same in either version of the language."
  policySimulatev2(input: PolicySimulateInput!): String!
  "The same, with every line reached and every step, for those who write it."
  policyObserve(input: PolicySimulateInput!): PolicyObservation!
  "Evaluates a candidate body over what the policy was asked about lately; \`since\` in seconds."
  policyReplayStart(policy: ID!, body: String!, engineType: PolicyEngineType!, since: Int): PolicyReplay!
}

"A decision that people write, in Rego."
type Policy {
  id: ID!
  name: String!
  body: String!
  type: PolicyType!
  description: String
  engineType: PolicyEngineType!
  "Whether what it was asked about is kept for a week, so that another body can be tried on it."
  keepInputs: Boolean!
  labels: [String!]!
  space: ID!
  spaceDetails: Space!
  createdAt: Int!
  updatedAt: Int!
  attachedModulesCount: Int!
  attachedStacksCount: Int!
  attachedStacks: [PolicyAttachment!]!
  "How it is attached to one stack, if it is."
  attachedStack(id: ID!): PolicyAttachment
  "The newest samples; administrators only."
  evaluationRecords: [PolicyEvaluationRecord!]!
  "What was evaluated, as text."
  evaluationSample(key: String!): PolicyEvaluationSample
  "Samples page by page."
  searchEvaluationRecords(input: SearchInput!): SearchPolicyEvaluationRecordsOutput!
}

"Version of the language."
enum PolicyEngineType {
  REGO_V0
  REGO_V1
}

input PoliciesInput {
  type: PolicyType
}

input PolicyCreateInput {
  name: String!
  body: String!
  type: PolicyType!
  description: String
  engineType: PolicyEngineType
  "True unless said otherwise."
  keepInputs: Boolean
  labels: [String!]
  space: ID
}

input PolicyUpdateInput {
  name: String!
  body: String!
  description: String
  engineType: PolicyEngineType
  "Stays as it is unless said otherwise."
  keepInputs: Boolean
  labels: [String!]
  space: ID
}

input PolicySimulateInput {
  type: PolicyType!
  body: String!
  "JSON."
  data: String!
  engineType: PolicyEngineType
}

type PolicyAttachment {
  id: ID!
  stackId: ID!
  stackName: String!
  isAutoattached: Boolean!
  isModule: Boolean!
}

"An evaluation that the policy asked to be kept, or that failed."
type PolicyEvaluationRecord {
  key: String!
  outcome: String!
  timestamp: Int!
}

type PolicyEvaluationSample {
  body: String!
  "JSON."
  input: String!
}

type SearchPolicyEvaluationRecordsOutput {
  edges: [SearchPolicyEvaluationRecordsEdge!]!
  pageInfo: PageInfo!
}

type SearchPolicyEvaluationRecordsEdge {
  node: PolicyEvaluationRecord!
}

type PolicyTemplate {
  id: ID!
  body: String!
  description: String
  labels: [String!]!
  name: String!
  slug: String!
  type: PolicyType!
}

type SearchPoliciesOutput {
  edges: [SearchPoliciesEdge!]!
  pageInfo: PageInfo!
}

type SearchPoliciesEdge {
  node: Policy!
}

type SearchPolicyTemplatesOutput {
  edges: [SearchPolicyTemplatesEdge!]!
  pageInfo: PageInfo!
}

type SearchPolicyTemplatesEdge {
  node: PolicyTemplate!
}

type Autoattachment {
  count: Int!
  "The newest."
  sample: [AutoattachmentTarget!]!
}

type AutoattachmentTarget {
  id: ID!
  isModule: Boolean!
  labels: [String!]!
  name: String!
}

type PolicyRuntime {
  openPolicyAgentVersion: String!
}

"What a body does with an input, for those who write it."
type PolicyObservation {
  "Values of the type's rules, as JSON; null after an error."
  result: String
  error: PolicyFault
  prints: [PolicyPrint!]!
  "Lines of the body that were reached, and those that were not."
  reached: [Int!]!
  notReached: [Int!]!
  trace: [String!]!
}

type PolicyFault {
  kind: String!
  message: String!
  line: Int
  column: Int
}

type PolicyPrint {
  line: Int!
  text: String!
}

"One evaluation of a policy for a run, kept as long as the run."
type PolicyReceipt {
  policy: ID!
  policyName: String!
  type: PolicyType!
  timestamp: Int!
  stateVersion: Int!
  outcome: String!
  messages: [String!]!
  "Values of the type's rules, as JSON."
  result: String!
  bodySha256: String!
  inputSha256: String!
  durationMs: Int!
  error: String
}

"A candidate body over inputs of the past."
type PolicyReplay {
  id: ID!
  status: String!
  done: Int!
  total: Int!
  "Inputs about which the candidate says something else, oldest first."
  flips: [PolicyReplayFlip!]!
}

type PolicyReplayFlip {
  "Key of the input, or \`expired\`."
  input: String!
  run: ID
  old: String!
  new: String!
}

extend type Query {
  "Resources of all visible stacks, page by page."
  searchManagedEntities(input: SearchInput!): SearchManagedEntitiesOutput!
  "How many resources each provider has."
  searchManagedEntitiesGroupByProviders(input: SearchInput!): SearchManagedEntityGroupsOutput!
  "How many resources each stack has."
  searchManagedEntitiesGroupByStacks(input: SearchInput!): SearchManagedEntityGroupsOutput!
  "How many resources there are of each type."
  searchManagedEntitiesGroupByTypes(input: SearchInput!): SearchManagedEntityGroupsOutput!
  "Providers of all visible resources."
  providers: [String!]!
  "Providers of the resources in a space."
  providersInSpace(id: ID!): [String!]!
}

"Something a state holds."
type ManagedEntity {
  id: ID!
  address: String!
  "Run that first had it."
  creator: Run
  "Since when reality differs; null when it does not."
  drifted: Int
  name: String!
  "Id of the module it is in; empty at the top."
  parent: String!
  stackId: ID!
  stackName: String!
  "JSON from other tools."
  thirdPartyMetadata: String
  type: String!
  updatedAt: Int
  "Run that last changed it."
  updater: Run
  vendor: EntityVendor!
}

union EntityVendor = EntityVendorAnsible | EntityVendorCloudFormation | EntityVendorKubernetes | EntityVendorPulumi | EntityVendorTerraform

type EntityVendorAnsible {
  ansible: AnsibleEntity
}

type EntityVendorCloudFormation {
  cloudFormation: CloudFormationEntity
}

type EntityVendorKubernetes {
  kubernetes: KubernetesEntity
}

type EntityVendorPulumi {
  pulumi: PulumiEntity
}

type EntityVendorTerraform {
  terraform: TerraformEntity
}

union AnsibleEntity = AnsibleResource

type AnsibleResource {
  data: String!
}

union CloudFormationEntity = CloudFormationResource | CloudFormationOutput

type CloudFormationResource {
  logicalResourceId: String!
  physicalResourceId: String!
  template: String!
}

type CloudFormationOutput {
  description: String
  export: String
  value: String!
}

union KubernetesEntity = KubernetesResource | KubernetesRoot

type KubernetesResource {
  data: String!
}

type KubernetesRoot {
  phantom: Boolean!
}

union PulumiEntity = PulumiOutput | PulumiStack | PulumiResource

type PulumiOutput {
  hash: String!
  sensitive: Boolean!
  value: String
}

type PulumiStack {
  phantom: Boolean!
}

type PulumiResource {
  id: ID!
  outputs: String!
  parent: String!
  provider: String!
  urn: String!
}

union TerraformEntity = TerraformResource | TerraformModule | TerraformOutput

type TerraformResource {
  address: String!
  mode: String!
  module: String!
  provider: String!
  tainted: Boolean!
  "Attributes as JSON, strings hashed."
  values: String!
}

type TerraformModule {
  "Known only through what it contains."
  phantom: Boolean!
}

type TerraformOutput {
  hash: String!
  sensitive: Boolean!
  value: String
}

type SearchManagedEntitiesOutput {
  edges: [SearchManagedEntitiesEdge!]!
  pageInfo: PageInfo!
}

type SearchManagedEntitiesEdge {
  node: ManagedEntity!
}

type SearchManagedEntityGroupsOutput {
  edges: [SearchManagedEntityGroupsEdge!]!
  pageInfo: PageInfo!
}

type SearchManagedEntityGroupsEdge {
  node: ManagedEntityGroup!
}

"A provider, stack or type with its resources counted."
type ManagedEntityGroup {
  id: ID!
  count: Int!
  stackName: String
}

extend type Query {
  "The stack a run belongs to."
  runStack(runId: ID!): Stack
  "Runs of all visible stacks, page by page."
  searchRuns(input: SearchInput!): SearchRunsOutput!
}

extend type Mutation {
  "Starts a run."
  runTrigger(stack: ID!, commitSha: String, runType: RunType, runtimeConfig: RuntimeConfigInput, forceApply: ForceApplyMode): Run!
  "Starts a run and answers with its id."
  runResourceCreate(stack: ID!, commitSha: String, proposed: Boolean): ID!
  "Starts a preview with other values for some variables."
  proposeWithOverrides(stack: ID!, commitSha: String, environmentVarsOverrides: [EnvironmentVariable!]): Run!
  "Lets a planned run apply; without \`run\`, the one that holds the stack."
  runConfirm(stack: ID!, run: ID, note: String): Run!
  "Ends a run that has not applied; without \`run\`, the one that holds the stack."
  runDiscard(stack: ID!, run: ID, note: String): Run!
  "Ends all runs that can be discarded."
  runDiscardAll(stack: ID!, note: String): RunDiscardAllOutput
  "Approves or rejects; without \`run\`, the one that holds the stack."
  runReview(stack: ID!, run: ID, decision: RunReviewDecision!, note: String): RunReview!
  "Ends a run that no worker has begun."
  runCancel(stack: ID!, run: ID!, note: String): Run!
  "Asks the worker to stop."
  runStop(stack: ID!, run: ID!, note: String): Run!
  "Ends a run without waiting for its tool."
  runKill(stack: ID!, run: ID!, note: String): Run!
  "Starts the same again as a new run."
  runRetry(stack: ID!, run: ID!): Run!
  "Starts a tracked run of a previewed commit."
  runPromote(stack: ID!, run: ID!): Run!
  "Plans a waiting run anew, for these addresses only."
  runTargetedReplan(stack: ID!, run: ID!, targets: [String!]!): Run!
  "Puts a run before others, or back among them."
  runPrioritizeSet(stack: ID!, run: ID!, prioritize: Boolean!): Run!
  "Gives a run a priority."
  runPrioritySet(stack: ID!, run: ID!, preset: RunPriorityPreset!): Run!
  "Adds a comment."
  runComment(stack: ID!, run: ID!, body: String!): RunComment!
  "Tells the runs that wait for something outside what became of it."
  runExternalDependencyMarkAsCompleted(dependency: ID!, status: RunExternalDependencyStatus!): RunExternalDependency!
  "Executes a command with the stack's environment and state."
  taskCreate(stack: ID!, command: String!, skipInitialization: Boolean): Run!
  "Makes room for a workspace from someone's machine."
  uploadLocalWorkspace(stack: ID!): LocalWorkspaceUpload!
  "Starts a preview of an uploaded workspace."
  runProposeLocalWorkspace(stack: ID!, workspace: ID!, environmentVarsOverrides: [EnvironmentVariable!]): Run!
}

"One execution of a stack: plan and apply, a preview, a task, a destruction."
type Run {
  id: ID!
  type: RunType!
  state: RunState!
  title: String!
  branch: String
  "What a task executes."
  command: String
  commit: Commit!
  createdAt: Int!
  updatedAt: Int!
  stackId: ID
  "Who asked for it; null when a commit did."
  triggeredBy: String
  canConfirm: Boolean!
  canRetry: Boolean!
  driftDetection: Boolean!
  "The logs are past their retention."
  expired: Boolean!
  finished: Boolean!
  "No later tracked run exists."
  isMostRecent: Boolean!
  needsApproval: Boolean!
  comments: [RunComment!]!
  "What the plan changes, counted; null before there is a plan."
  delta: RunDelta
  "States the run went through, newest first."
  history: [RunStateTransition!]!
  "A page of what a state printed; \`nextToken\` leads to the following one."
  logs(state: RunState!, token: String, stateVersion: Int): RunLogs
  "Resources that the run changes."
  changesV3(input: RunChangesInput!): [RunChangesGroup!]!
  "Why the run stands still; null while it is worked on and after its end."
  waitingFor: RunWait
  "How the run came about, oldest first."
  why: [Cause!]!
  "What policies said of it, oldest first."
  policyReceipts: [PolicyReceipt!]!
}

enum RunType {
  PROPOSED
  TRACKED
  TASK
  TESTING
  DESTROY
  PARSE
}

enum RunState {
  UNKNOWN
  QUEUED
  READY
  PENDING @deprecated(reason: "No run enters it any more.")
  PREPARING
  INITIALIZING
  PLANNING
  PENDING_REVIEW
  UNCONFIRMED
  CONFIRMED
  PREPARING_APPLY
  APPLYING
  REPLAN_REQUESTED
  PREPARING_REPLAN
  PERFORMING
  DESTROYING
  FINISHED
  FAILED
  CANCELED
  DISCARDED
  STOPPED
  SKIPPED
}

type RunDelta {
  addCount: Int!
  changeCount: Int!
  deleteCount: Int!
  resources: Int!
}

type RunComment {
  body: String!
  createdAt: Int!
  username: String!
}

"One state of a run."
type RunStateTransition {
  "Something was printed."
  hasLogs: Boolean!
  note: String
  state: RunState!
  "Number of the transition, from 0."
  stateVersion: Int!
  "The run ended here."
  terminal: Boolean!
  timestamp: Int!
  username: String
}

"A page of a log."
type RunLogs {
  "False when the state printed nothing, or its log is gone."
  exists: Boolean!
  expired: Boolean!
  "Nothing will follow."
  finished: Boolean!
  "More can be read at once."
  hasMore: Boolean!
  messages: [RunLogMessage!]!
  "Where to read on."
  nextToken: String
}

type RunLogMessage {
  "A line with its break."
  message: String!
  timestamp: Int!
}

"What a poller wants to know."
type RunResourceState {
  id: ID!
  finished: Boolean!
  state: RunState!
}

input RunChangesInput {
  "Kinds of change to keep; none given keeps all."
  types: [String!]
}

type RunChangesGroup {
  resources: [RunChangedResource!]!
}

type RunChangedResource {
  address: String!
  metadata: RunChangedResourceMetadata!
  previousAddress: String
}

type RunChangedResourceMetadata {
  "What happens to it: added, changed, deleted …"
  type: String!
}

type RunDiscardAllOutput {
  discardedRuns: [Run!]!
  failedDiscarding: [ID!]!
}

enum RunReviewDecision {
  APPROVE
  REJECT
}

enum RunExternalDependencyStatus {
  FINISHED
  "Ends the runs that wait."
  FAILED
  "As good as finished."
  SKIPPED
}

type RunExternalDependency {
  "Says nothing: a field to ask for."
  phantom: Boolean!
  status: RunExternalDependencyStatus
}

type RunReview {
  id: ID!
  author: String!
  decision: RunReviewDecision!
  note: String
  state: RunState!
  timestamp: Int!
}

enum RunPriorityPreset {
  LOW
  NORMAL
  "Ahead of the rest."
  HIGH
}

"Whether applying without confirmation reaches dependent stacks."
enum ForceApplyMode {
  SINGLE
  CASCADE
}

"Settings for this run only, as YAML or member by member."
input RuntimeConfigInput {
  yaml: String
  environment: [EnvVarInput!]
  projectRoot: String
  runnerImage: String
  terraformVersion: String
  terraformWorkflowTool: TerraformWorkflowTool
  afterApply: [String!]
  afterDestroy: [String!]
  afterInit: [String!]
  afterPerform: [String!]
  afterPlan: [String!]
  afterRun: [String!]
  beforeApply: [String!]
  beforeDestroy: [String!]
  beforeInit: [String!]
  beforePerform: [String!]
  beforePlan: [String!]
}

input EnvVarInput {
  key: String!
  value: String!
}

input EnvironmentVariable {
  key: String!
  value: String!
}

"Where to send a workspace."
type LocalWorkspaceUpload {
  id: ID!
  "Takes one PUT of a tar.gz."
  uploadUrl: String!
  "Headers that the PUT needs."
  uploadHeaders: StringMap!
}

type SearchRunsOutput {
  edges: [SearchRunsEdge!]!
  pageInfo: PageInfo!
}

type SearchRunsEdge {
  node: RunWithStack!
}

type RunWithStack {
  run: Run!
  stack: Stack!
}

"What a run waits for."
type RunWait {
  reason: String!
  since: Int!
  "Run that has to end first."
  run: ID
  "Pool that has no worker free."
  workerPool: ID
  "Whose approval is missing."
  approvals: [String!]
}

"A step from an event to what came of it."
type Cause {
  timestamp: Int!
  "What acted: push, poll, person, worker …"
  kind: String!
  text: String!
  "Its id."
  subject: ID
}

"What can be read. Times are whole seconds since 1970 unless said otherwise."
type Query {
  "Who is asking; null without a valid session."
  viewer: User
  "Name of the account that this installation serves."
  name: String!
  "Facts about this installation that clients adapt to."
  debugInfo: DebugInfo!
}

"What can be changed. Each needs a session, except the ones that make one."
type Mutation {
  "Opens a session with an API key."
  apiKeyUser(id: ID!, secret: String!): User
  "Closes the session that the request came with."
  logout: User
}

"Where a page lies in its list."
type PageInfo {
  "Goes into \`after\` of the next request."
  endCursor: String!
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}

"Which part of a list, filtered and ordered how."
input SearchInput {
  first: Int
  after: String
  before: String
  last: Int
  "Words that must occur in the name, id, description or labels."
  fullTextSearch: String
  predicates: [QueryPredicate!]
  orderBy: QueryOrder
}

"A filter on one field; \`exclude\` turns it round."
input QueryPredicate {
  field: String!
  constraint: QueryFieldConstraint!
  exclude: Boolean
}

"Accepted values; a result needs one of them."
input QueryFieldConstraint {
  booleanEquals: [Boolean!]
  enumEquals: [String!]
  stringMatches: [String!]
}

"Field to sort by, ASC or DESC."
input QueryOrder {
  field: String!
  direction: String!
}

"Pairs of strings in a fixed order."
type StringMap {
  entries: [KeyValuePair!]!
}

type KeyValuePair {
  key: String!
  value: String!
}

"A revision of a repository."
type Commit {
  authorLogin: String
  authorName: String!
  hash: String!
  message: String!
  tag: String
  timestamp: Int!
  url: String!
}

"A person or machine with a session."
type User {
  id: ID!
  name: String!
  login: String
  type: String
  admin: Boolean!
  "Bearer token, given once when the session is opened."
  jwt: String
  "When the token ends."
  validUntil: Int
}

type DebugInfo {
  "Version of the API that clients may count on."
  selfHostedVersion: String
}

"Moment at which a policy is asked."
enum PolicyType {
  "Can be written and tried out, but decides in the space \`legacy\` alone, which is not made any more: elsewhere roles decide, and login policies give them."
  ACCESS
  APPROVAL
  GIT_PUSH
  "Works; plan and approval policies do the same better."
  INITIALIZATION
  INTENT
  LOGIN
  NOTIFICATION
  PLAN
  "Works; approval policies do the same better."
  TASK
  TRIGGER
  STACK_ACCESS @deprecated(reason: "An older word for ACCESS.")
  TASK_RUN @deprecated(reason: "An older word for TASK.")
  TERRAFORM_PLAN @deprecated(reason: "An older word for PLAN.")
}

"Where a repository lives."
enum VCSProvider {
  AZURE_DEVOPS
  BITBUCKET_CLOUD
  BITBUCKET_DATACENTER
  "Any Git server, addressed by URL."
  GIT
  GITHUB
  GITHUB_ENTERPRISE
  GITLAB
  SHOWCASE
  SPACELIFT
}

extend type Query {
  "A space, or null when it is unknown or hidden from the caller."
  space(id: ID!): Space
  "All spaces the caller may look into."
  spaces: [Space!]!
}

extend type Mutation {
  "Adds a space under another."
  spaceCreate(input: SpaceInput!): Space!
  "Changes a space, and moves it when the parent differs."
  spaceUpdate(space: ID!, input: SpaceInput!): Space!
  "Removes a space that holds nothing."
  spaceDelete(space: ID!): Space
}

"A branch of the tree that things belong to and access is granted on."
type Space {
  id: ID!
  name: String!
  description: String!
  "The space above; null at the top."
  parentSpace: ID
  "Things of the space above can be used here."
  inheritEntities: Boolean!
  labels: [String!]!
  "What the caller may do here."
  accessLevel: SpaceAccessLevel
}

input SpaceInput {
  name: String!
  description: String!
  parentSpace: ID!
  inheritEntities: Boolean!
  labels: [String!]
}

enum SpaceAccessLevel {
  READ
  WRITE
  ADMIN
  NONE
}

extend type Query {
  "A stack, or null when it is unknown or hidden from the caller."
  stack(id: ID!): Stack
  "All stacks the caller may see."
  stacks: [Stack!]!
  "Stacks page by page."
  searchStacks(input: SearchInput!): SearchStacksOutput!
}

extend type Mutation {
  "Makes a stack; \`stackObjectID\` names an uploaded state to begin with."
  stackCreate(input: StackInput!, manageState: Boolean!, stackObjectID: String, slug: String): Stack!
  "Replaces all settings."
  stackUpdate(id: ID!, input: StackInput!): Stack!
  "Removes a stack, after destroying its resources if asked."
  stackDelete(id: ID!, destroyResources: Boolean): Stack
  "Allows runs."
  stackEnable(id: ID!): Stack
  "Forbids new runs."
  stackDisable(id: ID!): Stack
  "Keeps the stack to the caller."
  stackLock(id: ID!, note: String): Stack!
  "Gives the stack free."
  stackUnlock(id: ID!): Stack!
  "Makes a new id out of the name."
  stackReslug(id: ID!): Stack!
  "Marks a stack as a favourite of the caller."
  starSet(id: ID!, star: Boolean!): Stack!
  "Sets the tracked commit."
  stackSetCurrentCommit(id: ID!, sha: String!): Stack!
  "Moves the tracked commit to the newest one of the branch."
  stackSyncCommit(id: ID!): Stack!
  "Sets a variable or file."
  stackConfigAdd(stack: ID!, config: ConfigInput!): ConfigElement!
  "Removes a variable or file."
  stackConfigDelete(stack: ID!, id: ID!): ConfigElement
  "Replaces the address of the git hook."
  stackGitHookReset(id: ID!): Stack!
}

"Infrastructure code in a repository, with the state and the runs that belong to it."
type Stack {
  id: ID!
  name: String!
  description: String
  labels: [String!]!
  "Id of the space it belongs to."
  space: ID!
  spaceDetails: Space!
  createdAt: Int!
  administrative: Boolean!
  autodeploy: Boolean!
  autoretry: Boolean!
  "The caller may start and confirm runs."
  canWrite: Boolean!
  deleted: Boolean!
  deleting: Boolean!
  enableSensitiveOutputUpload: Boolean!
  enableWellKnownSecretMasking: Boolean!
  githubActionDeploy: Boolean!
  isDisabled: Boolean!
  "The current state was put back by a person."
  isStateRollback: Boolean!
  localPreviewEnabled: Boolean!
  managesStateFile: Boolean!
  protectFromDeletion: Boolean!
  starred: Boolean!
  "Name of the repository, without its owner."
  repository: ID!
  namespace: String!
  branch: String!
  provider: VCSProvider!
  repositoryURL: String
  projectRoot: String
  additionalProjectGlobs: [String!]!
  gitSparseCheckoutPaths: [String!]!
  "Revision that tracked runs use."
  trackedCommit: Commit
  "Newest revision of the tracked branch."
  trackedBranchHead: Commit
  trackedCommitSetBy: String
  vendorConfig: StackConfigVendor!
  "Version that last applied."
  terraformVersion: String
  "Version that the next run would take."
  effectiveTerraformVersion: String
  runnerImage: String
  workerPool: WorkerPool
  state: StackState!
  stateIsTerminal: Boolean!
  stateSetAt: Int
  stateSetBy: String
  lastApplyAt: Int
  "A run holds the only slot."
  blocked: Boolean!
  "The run that holds the slot."
  blocker: Run
  lockedAt: Int
  lockedBy: String
  lockNote: String
  afterApply: [String!]!
  afterDestroy: [String!]!
  afterInit: [String!]!
  afterPerform: [String!]!
  afterPlan: [String!]!
  afterRun: [String!]!
  beforeApply: [String!]!
  beforeDestroy: [String!]!
  beforeInit: [String!]!
  beforePerform: [String!]!
  beforePlan: [String!]!
  hooks: Hooks!
  config: [ConfigElement!]!
  "An own variable or file by name, or null."
  configElement(id: ID!): ConfigElement
  "Variables and files as a run would get them, and where each is from."
  runtimeConfig: [RuntimeConfigElement!]!
  "Cloud access that is set up on the stack itself."
  integrations: StackIntegrations!
  attachedContexts: [StackContextAttachment!]!
  attachedPolicies: [StackPolicyAttachment!]!
  moduleVersionsUsed: [ModuleVersion!]!
  "Resources, outputs and modules of the current state."
  entities: [ManagedEntity!]!
  "How many resources are managed."
  entityCount: Int!
  outputs: [StackOutput!]!
  dependsOn: [StackDependency!]!
  isDependedOnBy: [StackDependency!]!
  "A run or task of this stack, or null."
  run(id: ID!): Run
  "The little of a run that a poller needs."
  runResourceState(id: ID!): RunResourceState
  "Tracked runs, newest first, those before the given id."
  runs(before: ID): [Run!]!
  "Proposed runs, newest first, those before the given id."
  proposedRuns(before: ID): [Run!]!
  "Tasks, newest first, those before the given id."
  tasks(before: ID): [Run!]!
  "Address for a post-receive hook; null for callers who cannot manage the stack."
  gitHookUrl: String
  "State versions, newest first, at most 30, those before the given id."
  managedStateVersions(before: ID): [ManagedStateVersion!]!
  "What became of the latest events, newest first."
  why(first: Int): [Cause!]!
}

type SearchStacksOutput {
  edges: [SearchStacksEdge!]!
  pageInfo: PageInfo!
}

type SearchStacksEdge {
  node: Stack!
}

"Where the latest tracked run stands."
enum StackState {
  NONE
  APPLYING
  CONFIRMED
  DESTROYING
  DISCARDED
  FAILED
  FINISHED
  INITIALIZING
  PLANNING
  PREPARING
  PREPARING_APPLY
  PREPARING_REPLAN
  REPLAN_REQUESTED
  STOPPED
  UNCONFIRMED
}

"All settings of a stack; what is left out goes back to its default."
input StackInput {
  name: String!
  administrative: Boolean!
  branch: String!
  repository: ID!
  additionalProjectGlobs: [String!]
  afterApply: [String!]
  afterDestroy: [String!]
  afterInit: [String!]
  afterPerform: [String!]
  afterPlan: [String!]
  afterRun: [String!]
  autodeploy: Boolean
  autoretry: Boolean
  beforeApply: [String!]
  beforeDestroy: [String!]
  beforeInit: [String!]
  beforePerform: [String!]
  beforePlan: [String!]
  description: String
  enableSensitiveOutputUpload: Boolean
  enableWellKnownSecretMasking: Boolean
  gitSparseCheckoutPaths: [String!]
  githubActionDeploy: Boolean
  labels: [String!]
  localPreviewEnabled: Boolean
  namespace: String
  projectRoot: String
  protectFromDeletion: Boolean
  provider: VCSProvider
  repositoryURL: String
  runnerImage: String
  space: ID
  terraformVersion: String
  vcsIntegrationId: ID
  vendorConfig: VendorConfigInput
  workerPool: ID
}

"An element a run gets, with the context that brings it."
type RuntimeConfigElement {
  context: StackContextAttachment
  element: ConfigElement!
}

"A context as a stack has it."
type StackContextAttachment {
  id: ID!
  contextId: ID!
  contextName: String!
  contextDescription: String
  contextLabels: [String!]!
  config: [ConfigElement!]!
  isAutoattached: Boolean!
  priority: Int!
}

"A policy as a stack has it."
type StackPolicyAttachment {
  id: ID!
  policyId: ID!
  policyName: String!
  policyType: PolicyType!
  policyLabels: [String!]!
  isAutoattached: Boolean!
}

type StackOutput {
  id: ID!
  description: String
  sensitive: Boolean!
  "JSON; null when sensitive."
  value: String
}

type StackIntegrations {
  aws: StackAWSIntegration!
  gcp: StackGCPIntegration!
}

type StackAWSIntegration {
  activated: Boolean!
  assumedRoleArn: String
  assumeRoleLink: String
  assumeRolePolicyStatement: String!
  durationSeconds: Int
  externalID: String
  generateCredentialsInWorker: Boolean!
  region: String
}

type StackGCPIntegration {
  activated: Boolean!
  serviceAccountEmail: String
  tokenScopes: [String!]!
}

"A stack that waits for another."
type StackDependency {
  stack: StackDependencyDetail!
  dependsOnStack: StackDependencyDetail!
}

type StackDependencyDetail {
  id: ID!
  name: String!
}

type Module {
  id: ID!
  name: String!
  owner: String
}

type ModuleVersion {
  id: ID!
  number: String!
  module: Module!
}

extend type Mutation {
  "A short-lived address of the current state."
  stateDownloadUrl(input: StateDownloadUrlInput!): StateDownloadUrl!
  "A place to PUT a state that a new stack begins with."
  stateUploadUrl: StateUploadUrl!
  "Puts a given state in place of the current one."
  stackManagedStateImport(stackId: ID!, state: String!): Boolean!
  "Makes an older version current again."
  stackManagedStateRollback(stackId: ID!, managedStateVersionId: String!): ManagedStateVersion!
}

input StateDownloadUrlInput {
  stackId: ID!
}

type StateDownloadUrl {
  url: String!
}

type StateUploadUrl {
  "Names the upload when the stack is made."
  objectId: ID!
  url: String!
}

"One version of a managed state."
type ManagedStateVersion {
  id: ID!
  imported: Boolean!
  lastModified: Int
  rollback: Boolean!
  rollbackUsername: String
  "In bytes."
  size: Int
  serial: Int!
  lineage: String!
  sha256: String!
  createdBy: String!
  "Run that wrote it."
  run: ID
  current: Boolean!
}

extend type Query {
  "A named webhook, or null when it is unknown or hidden."
  namedWebhooksIntegration(id: ID!): NamedWebhooksIntegration
  "Named webhooks page by page."
  searchNamedWebhooksIntegrations(input: SearchInput!): SearchNamedWebhooksIntegrationsOutput!
  "Where the audit trail goes; null when nowhere."
  auditTrailWebhook: AuditTrailWebhook
  "The audit trail page by page, newest first; for root administrators."
  searchAuditTrailEntries(input: SearchInput!): SearchAuditTrailEntriesOutput!
  "What the caller should know as an administrator, newest first."
  inbox(first: Int, after: ID, unread: Boolean): InboxPage!
  "Notices of policies that reach nobody until their integration is there; for root administrators."
  undeliveredNotices(first: Int): [UndeliveredNotice!]!
}

extend type Mutation {
  "Adds a webhook that hears every step of a stack's runs."
  webhooksIntegrationCreate(stack: ID!, input: WebhooksIntegrationInput!): WebhooksIntegration!
  "Replaces the settings of a stack's webhook."
  webhooksIntegrationUpdate(stack: ID!, id: ID!, input: WebhooksIntegrationInput!): WebhooksIntegration!
  "Removes a webhook from a stack."
  webhooksIntegrationDelete(stack: ID!, id: ID!): WebhooksIntegration!
  "Adds a webhook that notification policies can send to."
  namedWebhooksIntegrationCreate(input: NamedWebhooksIntegrationInput!): NamedWebhooksIntegration!
  "Replaces the settings of a named webhook; without a secret the one before stays."
  namedWebhooksIntegrationUpdate(id: ID!, input: NamedWebhooksIntegrationInput!): NamedWebhooksIntegration
  "Removes a named webhook."
  namedWebhooksIntegrationDelete(id: ID!): NamedWebhooksIntegration!
  "Adds headers with secret values, or replaces those of the same name."
  namedWebhooksIntegrationSetHeaders(id: ID!, input: NamedWebhookHeaderInput!): NamedWebhooksIntegration!
  "Takes headers off by their names."
  namedWebhooksIntegrationDeleteHeaders(id: ID!, headerKeys: [String!]!): NamedWebhooksIntegration!
  "Sets where the audit trail goes; an endpoint that is on must answer a test."
  auditTrailSetWebhook(input: AuditTrailWebhookInput!): AuditTrailWebhook
  "Sends the audit trail nowhere any more."
  auditTrailDeleteWebhook: AuditTrailWebhook
  "Adds headers to what is sent, or replaces those of the same name."
  auditTrailWebhookSetHeaders(input: AuditTrailWebhookSetHeadersInput!): AuditTrailWebhook!
  "Takes headers off by their names."
  auditTrailWebhookDeleteHeaders(input: AuditTrailWebhookDeleteHeadersInput!): AuditTrailWebhook!
  "Sends a delivery once more."
  webhookRedeliver(delivery: ID!): Boolean!
  "Sends a test to a webhook and says what came of it."
  webhookTest(id: ID!): WebhookDelivery!
  "Marks entries of the inbox as read, and says how many were not."
  inboxRead(ids: [ID!]!): Int!
  "Takes entries out of the inbox, and says how many."
  inboxDismiss(ids: [ID!]!): Int!
}

extend type Stack {
  "Unread entries of the inbox about the stack; zero for those who do not administer its space."
  notificationCount: Int!
}

extend type StackIntegrations {
  webhooks: [WebhooksIntegration!]!
}

"A webhook of one stack."
type WebhooksIntegration {
  id: ID!
  deleted: Boolean!
  enabled: Boolean!
  endpoint: String!
  retryOnFailure: Boolean
  secret: String!
  "The latest deliveries, for those who manage the stack."
  deliveries(first: Int): [WebhookDelivery!]!
}

input WebhooksIntegrationInput {
  enabled: Boolean!
  endpoint: String!
  retryOnFailure: Boolean
  secret: String!
}

"A webhook that notification policies can send to."
type NamedWebhooksIntegration {
  id: ID!
  name: String!
  createdAt: Int!
  enabled: Boolean!
  endpoint: String!
  labels: [String!]!
  retryOnFailure: Boolean
  "Never shown again."
  secret: String
  "Names alone."
  secretHeaders: [String!]!
  space: Space!
  "The latest deliveries, for those who administer its space."
  deliveries(first: Int): [WebhookDelivery!]!
}

input NamedWebhooksIntegrationInput {
  name: String!
  enabled: Boolean!
  endpoint: String!
  labels: [String!]!
  retryOnFailure: Boolean
  secret: String
  space: ID!
}

input NamedWebhookHeaderInput {
  entries: [KeyValuePairInput!]!
}

input KeyValuePairInput {
  key: String!
  value: String!
}

input StringMapInput {
  entries: [KeyValuePairInput!]!
}

type SearchNamedWebhooksIntegrationsOutput {
  edges: [SearchNamedWebhooksIntegrationsEdge!]!
  pageInfo: PageInfo!
}

type SearchNamedWebhooksIntegrationsEdge {
  node: NamedWebhooksIntegration!
}

"One thing that a webhook was told; kept for a day."
type WebhookDelivery {
  id: ID!
  event: String!
  method: String!
  endpoint: String!
  run: ID
  "PENDING, DELIVERED or FAILED."
  status: String!
  tries: Int!
  statusCode: Int
  error: String
  durationMs: Int
  createdAt: Int!
  finishedAt: Int
  "Without credentials; null when it is no longer kept."
  request: WebhookRequest
  "Null without an answer."
  response: WebhookResponse
}

type WebhookRequest {
  headers: StringMap!
  body: String!
}

type WebhookResponse {
  status: Int!
  body: String!
  "Only the beginning of the body was kept."
  cut: Boolean!
}

type AuditTrailWebhook {
  enabled: Boolean!
  endpoint: String!
  includeRuns: Boolean!
  retryOnFailure: Boolean
  "Never shown again."
  secret: String!
  "The latest deliveries."
  deliveries(first: Int): [WebhookDelivery!]!
}

input AuditTrailWebhookInput {
  enabled: Boolean!
  endpoint: String!
  includeRuns: Boolean!
  retryOnFailure: Boolean
  "An empty one keeps the secret that was set before."
  secret: String!
  "Without them those set before stay."
  customHeaders: StringMapInput
}

input AuditTrailWebhookSetHeadersInput {
  entries: [KeyValuePairInput!]!
}

input AuditTrailWebhookDeleteHeadersInput {
  keys: [String!]!
}

"Something that was done, and by whom."
type AuditTrailEntry {
  id: ID!
  action: String!
  actor: AuditTrailActor!
  affectedResource: AuditTrailResource!
  "JSON: what was changed, and the arguments of the call without secrets."
  body: String
  createdAt: Int!
  "The mutation, or what it is called where none was."
  eventType: String!
  relatedResource: AuditTrailResource
  updatedAt: Int!
}

type AuditTrailActor {
  "Where a run acted."
  run: AuditTrailActorRun
  username: String!
}

type AuditTrailActorRun {
  id: ID!
  stackId: ID!
}

type AuditTrailResource {
  resourceId: ID
  resourceType: AuditTrailResourceType!
}

enum AuditTrailResourceType {
  ACCOUNT
  API_KEY
  AWS_INTEGRATION
  AZURE_DEVOPS_REPO_INTEGRATION
  AZURE_INTEGRATION
  BITBUCKET_CLOUD_INTEGRATION
  BITBUCKET_DATACENTER_INTEGRATION
  BLUEPRINT
  CONTEXT
  DRIFT_DETECTION_INTEGRATION
  GENERIC_FORM
  GITHUB_APP_INSTALLATION
  GITHUB_ENTERPRISE_INTEGRATION
  GITLAB_INTEGRATION
  GPG_KEY
  LOGIN
  MODULE
  NAMED_WEBHOOKS_INTEGRATION
  NOTIFICATION
  POLICY
  RUN
  SCHEDULED_DELETE
  SCHEDULED_RUN
  SCHEDULED_TASK
  SECURITY_KEY
  SESSION
  SPACE
  STACK
  TASK
  TERRAFORM_PROVIDER
  TERRAFORM_PROVIDER_VERSION
  UNKNOWN
  USER
  USER_GROUP
  USER_GROUP_INTEGRATION
  VERSION
  WEBHOOK
  WORKER
  WORKER_POOL
}

type SearchAuditTrailEntriesOutput {
  edges: [SearchAuditTrailEntriesEdge!]!
  pageInfo: PageInfo!
}

type SearchAuditTrailEntriesEdge {
  node: AuditTrailEntry!
}

type InboxPage {
  edges: [InboxEntry!]!
  endCursor: ID
}

"Something that administrators should know; kept for two weeks."
type InboxEntry {
  id: ID!
  title: String!
  body: String!
  "INFO, WARNING or ERROR."
  severity: String!
  space: ID!
  stack: ID
  run: ID
  policy: ID
  "How often the same came within an hour."
  times: Int!
  createdAt: Int!
  lastAt: Int!
  readAt: Int
}

type UndeliveredNotice {
  id: ID!
  "slack or pull_request."
  kind: String!
  policy: ID!
  run: ID
  "JSON as the policy yielded it."
  notice: String!
  reason: String!
  createdAt: Int!
}

extend type Query {
  "What this calendar month has used up to now; for root administrators."
  usage: Usage!
  "Gauges of the account; for root administrators."
  metrics: Metrics!
  "The same, with the durations of runs that ended in a period."
  metricsRange(input: MetricsInput): Metrics!
}

type Usage {
  billingPeriodStart: Int!
  billingPeriodEnd: Int!
  "Minutes in which workers of their own pools had runs."
  usedPrivateMinutes: Int!
  "The same on the shared pool."
  usedPublicMinutes: Int!
  "People with a password, and keys that are no machine's."
  usedSeats: Int!
}

type Metrics {
  hasStacks: Boolean!
  hasRuns: Boolean!
  "Labelled by the stacks' state."
  stacksCountByState: [DataPoint!]!
  "Labelled drifted or not_drifted."
  resourcesCountByDrift: [DataPoint!]!
  avgStackSizeByResourceCount: [DataPoint!]!
  "In seconds, without what a run waited."
  averageRunDuration: [DataPoint!]!
  medianRunDuration: [DataPoint!]!
}

"A value of a gauge, with the values of its labels in their order."
type DataPoint {
  value: Float!
  labels: [String!]!
}

"Seconds since 1970. Without a start, the thirty days before the end; without an end, until now."
input MetricsInput {
  startTime: Int
  endTime: Int
}

extend type Query {
  "OpenTofu versions that stacks can use, newest first."
  openTofuVersions: [String!]!
  "Terraform versions that stacks can use, newest first."
  terraformVersions: [String!]!
  "The version that fits the constraints best, or null."
  openTofuEffectiveVersion(constraints: String!): String
  "The version that fits the constraints best, or null."
  terraformEffectiveVersion(constraints: String!): String
}

"Settings that differ by tool."
union StackConfigVendor = StackConfigVendorAnsible | StackConfigVendorCloudFormation | StackConfigVendorKubernetes | StackConfigVendorOpenTofu | StackConfigVendorPulumi | StackConfigVendorTerraform | StackConfigVendorTerragrunt

type StackConfigVendorAnsible {
  playbook: String!
}

type StackConfigVendorCloudFormation {
  entryTemplateFile: String!
  region: String!
  stackName: String!
  templateBucket: String!
}

type StackConfigVendorKubernetes {
  namespace: String!
  kubectlVersion: String
  kubernetesWorkflowTool: KubernetesWorkflowTool
}

type StackConfigVendorOpenTofu {
  concise: Boolean!
  externalStateAccessEnabled: Boolean!
  useSmartSanitization: Boolean!
  version: String
  workflowTool: OpenTofuWorkflowTool
  workspace: String
}

type StackConfigVendorPulumi {
  loginURL: String!
  stackName: String!
}

type StackConfigVendorTerraform {
  externalStateAccessEnabled: Boolean!
  useSmartSanitization: Boolean!
  version: String
  workflowTool: TerraformWorkflowTool
  workspace: String
}

type StackConfigVendorTerragrunt {
  terraformVersion: String
  terragruntVersion: String
  tool: TerragruntTool!
  useRunAll: Boolean!
  useSmartSanitization: Boolean!
  useStateManagement: Boolean!
}

enum TerraformWorkflowTool {
  TERRAFORM_FOSS
  OPEN_TOFU
  CUSTOM
}

enum OpenTofuWorkflowTool {
  OPENTOFU
  CUSTOM
}

enum KubernetesWorkflowTool {
  KUBERNETES
  CUSTOM
}

enum TerragruntTool {
  OPEN_TOFU
  TERRAFORM_FOSS
  MANUALLY_PROVISIONED
}

"One tool with its settings."
input VendorConfigInput {
  ansible: AnsibleInput
  cloudFormation: CloudFormationInput
  kubernetes: KubernetesInput
  opentofu: OpenTofuInput
  pulumi: PulumiInput
  terraform: TerraformInput
  terragrunt: TerragruntInput
}

input AnsibleInput {
  playbook: String!
}

input CloudFormationInput {
  entryTemplateFile: String!
  region: String!
  stackName: String!
  templateBucket: String!
}

input KubernetesInput {
  namespace: String!
  kubectlVersion: String
  kubernetesWorkflowTool: KubernetesWorkflowTool
}

input OpenTofuInput {
  concise: Boolean
  externalStateAccessEnabled: Boolean
  useSmartSanitization: Boolean
  version: String
  workflowTool: OpenTofuWorkflowTool
  workspace: String
}

input PulumiInput {
  loginURL: String!
  stackName: String!
}

input TerraformInput {
  externalStateAccessEnabled: Boolean
  useSmartSanitization: Boolean
  version: String
  workflowTool: TerraformWorkflowTool
  workspace: String
}

input TerragruntInput {
  prefixResourceNamesWithModuleName: Boolean
  skipReplan: Boolean
  skipReplanWhenRunAll: Boolean
  terraformVersion: String
  terragruntVersion: String
  tool: TerragruntTool
  useRunAll: Boolean!
  useSmartSanitization: Boolean!
  useStateManagement: Boolean
}

extend type Query {
  "A pool, or null when it is unknown or hidden."
  workerPool(id: ID!): WorkerPool
  "All pools the caller may see, without the shared one."
  workerPools: [WorkerPool!]!
  "Pools page by page."
  searchWorkerPools(input: SearchInput!): SearchWorkerPoolsOutput!
  "The shared pool."
  publicWorkerPool: PublicWorkerPool!
  "Pools that a stack of this space can use."
  attachableWorkerPoolsInSpace(id: ID!): [WorkerPool!]!
}

extend type Mutation {
  "Makes a pool and signs its certificate."
  workerPoolCreate(name: String!, certificateSigningRequest: String!, description: String, labels: [String!], space: ID, driftDetectionRunLimit: Int): WorkerPool
  "Changes a pool."
  workerPoolUpdate(id: ID!, name: String!, description: String, labels: [String!], space: ID, driftDetectionRunLimit: Int): WorkerPool!
  "Removes a pool that no stack uses."
  workerPoolDelete(id: ID!): WorkerPool
  "Signs another certificate; the old one and its workers are out."
  workerPoolReset(id: ID!, certificateSigningRequest: String!): WorkerPool!
  "Lets each worker end as soon as it is idle."
  workerPoolCycle(id: ID!): Boolean!
  "Keeps a worker from new runs, or allows them again."
  workerDrainSet(workerPool: ID!, id: ID!, drain: Boolean!): Worker!
}

"Workers that share a certificate and a queue."
type WorkerPool {
  id: ID!
  name: String!
  description: String
  labels: [String!]!
  space: ID!
  spaceDetails: Space!
  createdAt: Int!
  updatedAt: Int!
  deleted: Boolean!
  "Token for the launcher; empty for callers who cannot manage the pool."
  config: String!
  "How many drift checks at once; null for any number."
  driftDetectionRunLimit: Int
  managedByK8sController: Boolean!
  busyWorkers: Int!
  "Runs that wait for a worker."
  pendingRuns: Int!
  workersCount: Int!
  workers: [Worker!]!
  "The queue page by page: what is worked on, then what waits."
  searchSchedulableRuns(input: SearchInput!): SearchSchedulableRunsOutput!
}

"The pool of stacks that name none."
type PublicWorkerPool {
  busyWorkers: Int!
  parallelism: Int!
  pendingRuns: Int!
  schedulableRunsCount: Int!
  usersCount: Int!
  "The queue page by page."
  searchSchedulableRuns(input: SearchInput!): SearchSchedulableRunsOutput!
}

"A launcher that takes one run at a time."
type Worker {
  id: ID!
  "When it last became free; null while busy."
  availableAt: Int
  busy: Boolean!
  createdAt: Int!
  drained: Boolean!
  "JSON object of strings that the worker reported."
  metadata: String!
  "IDLE, BUSY or DRAINED."
  status: String!
}

type SearchWorkerPoolsOutput {
  edges: [SearchWorkerPoolsEdge!]!
  pageInfo: PageInfo!
}

type SearchWorkerPoolsEdge {
  node: WorkerPool!
}

type SearchSchedulableRunsOutput {
  edges: [SearchSchedulableRunsEdge!]!
  pageInfo: PageInfo!
}

type SearchSchedulableRunsEdge {
  node: SchedulableRun!
}

"A run in the queue of a pool."
type SchedulableRun {
  position: Int!
  run: Run!
  stackId: ID!
}
`;
