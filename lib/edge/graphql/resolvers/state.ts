import { importState } from '../../../core/state/actions/import-state.ts';
import { rollbackState } from '../../../core/state/actions/rollback-state.ts';
import { stateDownloadUrl } from '../../../core/state/actions/state-download-url.ts';
import { stateUploadUrl } from '../../../core/state/actions/state-upload-url.ts';
import type { ManagedStateVersionResolvers, MutationResolvers } from '../resolver-types.ts';
import { seconds } from './values.ts';

type Mutations = 'stateDownloadUrl' | 'stateUploadUrl' | 'stackManagedStateImport' | 'stackManagedStateRollback';

export const Mutation: Pick<MutationResolvers, Mutations> = {
  stateDownloadUrl: (_, { input }, { ports, actor }) => stateDownloadUrl(ports, actor, { stackId: input.stackId }),
  stateUploadUrl: (_, __, { ports, actor }) => stateUploadUrl(ports, actor),
  stackManagedStateImport: async (_, { stackId, state }, { ports, actor }) => {
    await importState(ports, actor, { stackId, state });
    return true;
  },
  stackManagedStateRollback: async (_, { stackId, managedStateVersionId }, { ports, actor }) => ({
    ...(await rollbackState(ports, actor, { stackId, versionId: managedStateVersionId })),
    current: true,
  }),
};

export const ManagedStateVersion: ManagedStateVersionResolvers = {
  imported: (version) => version.origin === 'import',
  rollback: (version) => version.origin === 'rollback',
  rollbackUsername: (version) => (version.origin === 'rollback' ? version.createdBy : null),
  lastModified: (version) => seconds(version.committedAt),
  size: (version) => version.bytes,
  run: (version) => version.runId,
};
