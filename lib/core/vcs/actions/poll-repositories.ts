import type { Ports } from '../../ports/ports.ts';
import { saveMessages } from '../../shared/message-store.ts';
import { takeDueRepositories } from '../repository-store.ts';
import { repositoryChanged } from '../vcs-messages.ts';

const REPOSITORIES_PER_ROUND = 500;
/** Ticks are not exact: one that comes a little early must not wait for the next. */
const EARLY_SHARE = 0.1;

/** Asks for a look at every repository of a stack that was not polled for `everySeconds`; returns their URLs. */
export async function pollRepositories(
  ports: Pick<Ports, 'db' | 'queue' | 'clock' | 'ids'>,
  input: { readonly everySeconds: number },
): Promise<readonly string[]> {
  const now = ports.clock.now();
  const before = new Date(now.getTime() - input.everySeconds * 1000 * (1 - EARLY_SHARE));
  return ports.db.transaction(async (tx) => {
    const urls = await takeDueRepositories(tx.sql, before, now, REPOSITORIES_PER_ROUND);
    await saveMessages(ports, tx.sql, repositoryChanged, urls.map((url) => ({ url, cause: { kind: 'poll', at: now.toISOString() } })));
    if (urls.length > 0) tx.afterCommit(() => ports.queue.flush());
    return urls;
  });
}
