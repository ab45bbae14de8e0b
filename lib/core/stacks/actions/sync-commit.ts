import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { setBranchHead, setTrackedCommit } from '../stack-change-store.ts';
import type { Stack } from '../stack.ts';
import { readBranchHead } from './check-stack.ts';
import { visibleStack } from './read-stack.ts';

/** Moves the tracked commit to the head of the tracked branch; starts no run. */
export async function syncCommit(ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'vcs'>, actor: Actor, input: { readonly id: string }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:sync-commit', stack);
  const head = await readBranchHead(ports, stack);
  await ports.db.transaction(async (tx) => {
    await setBranchHead(tx.sql, stack.id, head);
    await setTrackedCommit(tx.sql, stack.id, head, actor.login);
    await saveAudit(ports, tx.sql, actor, { action: 'stack.sync-commit', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { commit: head.hash } });
  });
  return { ...stack, branchHead: head, trackedCommit: head, trackedCommitSetBy: actor.login };
}
