import type { Ports } from '../../ports/ports.ts';
import { findStackByHookToken } from '../../stacks/stack-store.ts';
import { repositoryChanged } from '../../vcs/vcs-messages.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'telemetry'>;

/** Asks for a look at the repository of the stack whose git hook was called; false when no stack has this token. */
export async function followHook(ports: Needs, hook: { readonly token: string; readonly at: Date }): Promise<boolean> {
  const stack = await findStackByHookToken(ports.db.sql, hook.token);
  if (stack === undefined) return false;
  await ports.queue.enqueue(ports.db.sql, repositoryChanged, { url: stack.repositoryUrl, cause: { kind: 'hook', at: hook.at.toISOString(), subject: stack.id } });
  ports.queue.flush();
  ports.telemetry.log('info', 'git hook called', { stackId: stack.id, url: stack.repositoryUrl });
  return true;
}
