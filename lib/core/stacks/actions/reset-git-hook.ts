import type { Ports } from '../../ports/ports.ts';
import { can, requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { setHookToken } from '../stack-change-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';

/** The address that a repository calls after a push; null for callers who may not manage the stack. */
export function gitHookUrl(actor: Actor, stack: Stack, baseUrl: string): string | null {
  return can(actor, 'stack:manage', stack) ? `${baseUrl}/webhooks/git/${stack.gitHookToken}` : null;
}

/** Makes the address anew; the old one is dead at once. */
export async function resetGitHook(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly id: string }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:manage', stack);
  const gitHookToken = ports.ids.random(32).toString('base64url');
  await ports.db.transaction(async (tx) => {
    await setHookToken(tx.sql, stack.id, gitHookToken);
    await saveAudit(ports, tx.sql, actor, { action: 'stack.reset-git-hook', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId });
  });
  return { ...stack, gitHookToken };
}
