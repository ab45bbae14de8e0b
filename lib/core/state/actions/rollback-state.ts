import type { Actor } from '../../shared/actor.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { requireManagedStack } from '../managed-stack.ts';
import { isExpired } from '../state-rules.ts';
import { findVersionOf } from '../state-store.ts';
import type { StateVersion } from '../state.ts';
import { replaceState, requireQuietStack, type ReplacePorts } from './replace-state.ts';

/** Makes a copy of an older version the current one. Infrastructure is not touched. */
export async function rollbackState(ports: ReplacePorts, actor: Actor, input: { readonly stackId: string; readonly versionId: string }): Promise<StateVersion> {
  const stack = requireManagedStack(actor, await findStack(ports.db.sql, input.stackId), input.stackId, 'stack:managed-state-rollback');
  const version = await findVersionOf(ports.db.sql, stack.id, input.versionId);
  if (version === undefined) throw notFound(`stack "${stack.id}" has no state version ${input.versionId}`, { stack: stack.id });
  if (version.isDeletedMarker) throw invalid('this version marks that the state was deleted; there is nothing to go back to');
  if (isExpired(version, ports.clock.now())) throw invalid('this version has expired');

  return replaceState(ports, actor, {
    stack,
    origin: 'rollback',
    action: 'stack.state-rollback',
    open: async () => {
      const body = await ports.objects.getStream('states', version.objectKey);
      if (body === undefined) throw invalid('the body of this version has expired');
      return body;
    },
    require: async (sql, workspace, current) => {
      await requireQuietStack(sql, actor, stack.id, workspace);
      if (current?.id === version.id) throw conflict('this version is the current one already', { version: version.id });
    },
  });
}
