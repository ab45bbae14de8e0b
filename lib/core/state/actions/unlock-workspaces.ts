import type { Ports } from '../../ports/ports.ts';
import type { Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { findStack } from '../../stacks/stack-store.ts';
import { requireManagedStack } from '../managed-stack.ts';
import { liveLock } from '../state-rules.ts';
import type { StateWorkspace } from '../state.ts';
import { lockWorkspace, saveLock } from '../workspace-store.ts';

/** Frees what runs that ended have left locked; refused while a holder is still at work. */
export async function unlockWorkspaces(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly stackId: string }): Promise<readonly StateWorkspace[]> {
  const stack = requireManagedStack(actor, await findStack(ports.db.sql, input.stackId), input.stackId, 'stack:workspace-unlock');

  return ports.db.transaction(async (tx) => {
    const workspace = await lockWorkspace(tx.sql, stack.id);
    if (workspace === undefined || workspace.lock === null) return [];
    const held = liveLock(workspace.lock);
    if (held !== undefined) throw conflict(`the state is locked by run ${held.runId}, which is at work`, { stack: stack.id, run: held.runId });
    await saveLock(tx.sql, workspace.id, null);
    await saveAudit(ports, tx.sql, actor, { action: 'stack.state-unlock', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, relatedType: 'run', relatedId: workspace.lock.runId });
    return [{ ...workspace, lock: null }];
  });
}
