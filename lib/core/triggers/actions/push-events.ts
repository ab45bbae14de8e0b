import type { Ports } from '../../ports/ports.ts';
import { isAppError } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { PushEvent } from '../../vcs/vcs-event.ts';
import type { LookCause } from '../../vcs/vcs-messages.ts';
import type { BranchPush, Heads } from '../head-changes.ts';

/**
 * Makes the neutral event of a moved head: its commit, and the files that differ from the earlier head, or from where the branch left
 * the stack's own. Read once for all stacks that ask alike. Undefined when the commit is gone again.
 */
export function pushEvents(
  ports: Pick<Ports, 'vcs' | 'clock' | 'telemetry'>,
  origin: { readonly url: string; readonly cause: LookCause },
  heads: Heads,
): (stack: Stack, push: BranchPush) => Promise<PushEvent | undefined> {
  const repository = { provider: 'GIT', url: origin.url } as const;
  const made = new Map<string, Promise<PushEvent | undefined>>();

  async function changedFiles({ before, after }: BranchPush, base: string | undefined): Promise<readonly string[]> {
    if (before === null) return ports.vcs.changedFiles(repository, { after, base });
    try {
      return await ports.vcs.changedFiles(repository, { before, after });
    } catch (error) {
      // After a forced push the earlier head may be gone for good.
      if (!isAppError(error, 'NOT_FOUND')) throw error;
      return ports.vcs.changedFiles(repository, { after, base });
    }
  }

  async function read(stack: Stack, push: BranchPush, base: string | undefined): Promise<PushEvent | undefined> {
    const { branch, before, after } = push;
    try {
      const files = await changedFiles(push, base);
      const commit = await ports.vcs.commit(repository, { hash: after });
      return {
        kind: 'push',
        provider: 'GIT',
        integrationId: null,
        deliveryKey: `${origin.url} ${branch} ${after}`,
        receivedAt: ports.clock.now(),
        repository: { url: origin.url, namespace: stack.namespace, name: stack.repository },
        actor: { login: commit.authorLogin, name: commit.authorName },
        synthetic: true,
        branch,
        before,
        after,
        created: before === null,
        commits: [commit],
        files,
        filesComplete: true,
      };
    } catch (error) {
      if (!isAppError(error, 'NOT_FOUND')) throw error;
      ports.telemetry.log('warn', 'pushed commit is gone again', { url: origin.url, branch, commit: after, reason: error.message });
      return undefined;
    }
  }

  return (stack, push) => {
    const base = push.branch === stack.branch ? undefined : heads.get(stack.branch);
    const key = [push.branch, push.before, push.after, base].join('\n');
    const event = made.get(key) ?? read(stack, push, base);
    made.set(key, event);
    return event;
  };
}
