import type { Tx } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { repositoryChanged } from '../vcs-messages.ts';

/** Asks, with the change that makes a stack follow a repository, for a look at it: the next push is then told from what was there before. */
export async function noticeRepository(ports: Pick<Ports, 'queue' | 'clock'>, input: { readonly url: string; readonly tx: Tx }): Promise<void> {
  const { url, tx } = input;
  await ports.queue.enqueue(tx.sql, repositoryChanged, { url, cause: { kind: 'api', at: ports.clock.now().toISOString() } });
  tx.afterCommit(() => ports.queue.flush());
}
