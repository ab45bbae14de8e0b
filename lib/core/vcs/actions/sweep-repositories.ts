import type { Ports } from '../../ports/ports.ts';
import { saveMessages } from '../../shared/message-store.ts';
import { takeFailedRepositories } from '../repository-store.ts';
import { repositoryChanged } from '../vcs-messages.ts';
import { pollRepositories } from './poll-repositories.ts';

const HOUR_SECONDS = 3600;
const FAILED_AGAIN_MS = 10 * 60_000;
const REPOSITORIES_PER_ROUND = 500;

type Needs = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids'>;

/** Looks again where the last look failed, and at every repository that nobody looked at for an hour: a hook may have been lost. */
export async function sweepRepositories(ports: Needs): Promise<void> {
  await pollRepositories(ports, { everySeconds: HOUR_SECONDS });
  const now = ports.clock.now();
  await ports.db.transaction(async (tx) => {
    const urls = await takeFailedRepositories(tx.sql, new Date(now.getTime() - FAILED_AGAIN_MS), now, REPOSITORIES_PER_ROUND);
    await saveMessages(ports, tx.sql, repositoryChanged, urls.map((url) => ({ url, cause: { kind: 'poll', at: now.toISOString() } })));
    if (urls.length > 0) tx.afterCommit(() => ports.queue.flush());
  });
}
