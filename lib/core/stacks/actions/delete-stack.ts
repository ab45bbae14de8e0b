import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import { stackDeletionRequested } from '../stack-messages.ts';
import { markDeleting, openRunsOf } from '../stack-removal-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';
import { requireNotDeleting } from './update-stack.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'queue'>;

/** Begins the end of a stack: it takes no more runs, and goes once its resources are destroyed, or at once when they are to stay. */
export async function deleteStack(ports: Needs, actor: Actor, input: { readonly id: string; readonly destroyResources?: boolean | null }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:delete', stack);
  requireNotDeleting(stack);
  if (stack.protectFromDeletion) throw conflict(`stack "${stack.id}" is protected from deletion: lift the protection first`, { stack: stack.id });
  const destroyResources = input.destroyResources ?? false;

  await ports.db.transaction(async (tx) => {
    const active = (await openRunsOf(tx.sql, stack.id)).find((run) => run.workerId !== null || run.id === stack.blockerRunId);
    const runId = active?.id ?? stack.blockerRunId;
    if (runId !== null) {
      throw conflict(`stack "${stack.id}" has an active run, ${runId}: wait for it, or end it`, { stack: stack.id, run: runId });
    }
    if (!(await markDeleting(tx.sql, stack.id, { destroyResources, by: actor.login }, ports.clock.now()))) throw conflict(`stack "${stack.id}" has changed meanwhile: try again`, { stack: stack.id });
    await ports.queue.enqueue(tx.sql, stackDeletionRequested, { stackId: stack.id, destroyResources, by: actor.login });
    tx.afterCommit(() => ports.queue.flush());
    await saveAudit(ports, tx.sql, actor, { action: 'stack.delete', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { name: stack.name, destroyResources } });
  });
  return { ...stack, deleting: true };
}
