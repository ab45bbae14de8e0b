import type { Resolvers } from './resolver-types.ts';
import * as access from './resolvers/access.ts';
import * as account from './resolvers/account.ts';
import * as contexts from './resolvers/contexts.ts';
import * as operations from './resolvers/operations.ts';
import * as resources from './resolvers/resources.ts';
import * as run from './resolvers/run.ts';
import * as runs from './resolvers/runs.ts';
import * as spaces from './resolvers/spaces.ts';
import { StackContextAttachment } from './resolvers/stack-config.ts';
import { Stack } from './resolvers/stack.ts';
import * as stacks from './resolvers/stacks.ts';
import * as state from './resolvers/state.ts';
import * as vendors from './resolvers/vendors.ts';
import * as workers from './resolvers/workers.ts';

/** All resolvers by type. A field that is missing here is read from its object as it is. */
export const resolvers: Resolvers = {
  Query: {
    ...account.Query, ...access.Query, ...contexts.Query, ...operations.Query, ...resources.Query, ...runs.Query, ...spaces.Query, ...stacks.Query, ...vendors.Query, ...workers.Query,
  },
  Mutation: {
    ...account.Mutation, ...access.Mutation, ...contexts.Mutation, ...operations.Mutation, ...runs.Mutation, ...spaces.Mutation, ...stacks.Mutation, ...state.Mutation, ...workers.Mutation,
  },
  ApiKey: access.ApiKey,
  ApiKeyRoleBinding: access.ApiKeyRoleBinding,
  Cause: run.Cause,
  ConfigElement: contexts.ConfigElement,
  Context: contexts.Context,
  ContextAttachment: contexts.ContextAttachment,
  ManagedEntity: resources.ManagedEntity,
  ManagedStateVersion: state.ManagedStateVersion,
  PublicWorkerPool: workers.PublicWorkerPool,
  Role: access.Role,
  Run: run.Run,
  RunResourceState: run.RunResourceState,
  RunStateTransition: run.RunStateTransition,
  RunWait: run.RunWait,
  Space: spaces.Space,
  Stack,
  StackContextAttachment,
  Worker: workers.Worker,
  WorkerPool: workers.WorkerPool,
};
