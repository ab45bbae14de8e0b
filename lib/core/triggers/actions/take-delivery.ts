import { findStackByHookToken } from '../../stacks/stack-store.ts';
import type { FollowNeeds } from './follow-push.ts';
import { handleRepositoryChange } from './handle-repository-change.ts';

const GIT_HOOK = /^\/webhooks\/git\/([^/]+)$/;

/**
 * Does what a hook asks for that was taken in without the database: this message is the call, so the repository is looked at in its turn.
 * What nobody waits for any more is passed over.
 */
export async function takeDelivery(ports: FollowNeeds, delivery: { readonly path: string; readonly receivedAt: string }): Promise<void> {
  const token = GIT_HOOK.exec(delivery.path)?.[1];
  const stack = token === undefined ? undefined : await findStackByHookToken(ports.db.sql, token);
  if (stack === undefined) {
    ports.telemetry.log('warn', 'a delivery that no stack or integration waits for was dropped', { kind: token === undefined ? 'unknown' : 'git' });
    return;
  }
  ports.telemetry.log('info', 'git hook called', { stackId: stack.id, url: stack.repositoryUrl });
  await handleRepositoryChange(ports, { url: stack.repositoryUrl, cause: { kind: 'hook', at: delivery.receivedAt, subject: stack.id } });
}
