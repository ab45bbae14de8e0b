import type { Resolvers } from './resolver-types.ts';
import * as access from './resolvers/access.ts';
import * as account from './resolvers/account.ts';
import * as contexts from './resolvers/contexts.ts';
import * as license from './resolvers/license.ts';
import * as operations from './resolvers/operations.ts';
import * as policies from './resolvers/policies.ts';
import * as policy from './resolvers/policy.ts';
import * as resources from './resolvers/resources.ts';
import * as run from './resolvers/run.ts';
import * as runs from './resolvers/runs.ts';
import * as spaces from './resolvers/spaces.ts';
import { StackContextAttachment } from './resolvers/stack-config.ts';
import { Stack } from './resolvers/stack.ts';
import * as stacks from './resolvers/stacks.ts';
import * as state from './resolvers/state.ts';
import * as telling from './resolvers/telling.ts';
import * as usage from './resolvers/usage.ts';
import * as vendors from './resolvers/vendors.ts';
import * as workers from './resolvers/workers.ts';

/** All resolvers by type. A field that is missing here is read from its object as it is. */
export const resolvers: Resolvers = {
  Query: {
    ...account.Query, ...access.Query, ...contexts.Query, ...license.Query, ...operations.Query, ...policies.Query, ...resources.Query, ...runs.Query, ...spaces.Query, ...stacks.Query, ...telling.Query, ...usage.Query, ...vendors.Query, ...workers.Query,
  },
  Mutation: {
    ...account.Mutation, ...access.Mutation, ...contexts.Mutation, ...operations.Mutation, ...policies.Mutation, ...runs.Mutation, ...spaces.Mutation, ...stacks.Mutation, ...state.Mutation, ...telling.Mutation, ...workers.Mutation,
  },
  ApiKey: access.ApiKey,
  ApiKeyRoleBinding: access.ApiKeyRoleBinding,
  AuditTrailEntry: telling.AuditTrailEntry,
  AuditTrailWebhook: telling.AuditTrailWebhook,
  Cause: run.Cause,
  ConfigElement: contexts.ConfigElement,
  Context: contexts.Context,
  ContextAttachment: contexts.ContextAttachment,
  InboxEntry: telling.InboxEntry,
  ManagedEntity: resources.ManagedEntity,
  ManagedStateVersion: state.ManagedStateVersion,
  Policy: policy.Policy,
  PolicyAttachment: policy.PolicyAttachment,
  PolicyReceipt: policy.PolicyReceipt,
  PolicyReplayFlip: policy.PolicyReplayFlip,
  NamedWebhooksIntegration: telling.NamedWebhooksIntegration,
  PublicWorkerPool: workers.PublicWorkerPool,
  Role: access.Role,
  Run: run.Run,
  RunResourceState: run.RunResourceState,
  RunStateTransition: run.RunStateTransition,
  RunWait: run.RunWait,
  Space: spaces.Space,
  Stack,
  StackContextAttachment,
  StackIntegrations: telling.StackIntegrations,
  UndeliveredNotice: telling.UndeliveredNotice,
  WebhookDelivery: telling.WebhookDelivery,
  WebhooksIntegration: telling.WebhooksIntegration,
  StackPolicyAttachment: policy.StackPolicyAttachment,
  Worker: workers.Worker,
  WorkerPool: workers.WorkerPool,
};
