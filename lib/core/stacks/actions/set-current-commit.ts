import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { invalid } from '../../shared/errors.ts';
import { setTrackedCommit } from '../stack-change-store.ts';
import type { Stack } from '../stack.ts';
import { visibleStack } from './read-stack.ts';

/** Pins the tracked commit to any commit of the repository; starts no run. */
export async function setCurrentCommit(ports: Pick<Ports, 'db' | 'clock' | 'ids' | 'vcs'>, actor: Actor, input: { readonly id: string; readonly sha: string }): Promise<Stack> {
  const stack = await visibleStack(ports.db.sql, actor, input.id);
  requireAction(actor, 'stack:set-current-commit', stack);
  const hash = input.sha.trim().toLowerCase();
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) throw invalid(`"${input.sha}" is no full commit hash: give all 40 digits`, { field: 'sha' });

  const repository = { provider: stack.provider, url: stack.repositoryUrl } as const;
  await ports.vcs.fetch(repository);
  const commit = await ports.vcs.commit(repository, { hash });
  await ports.db.transaction(async (tx) => {
    await setTrackedCommit(tx.sql, stack.id, commit, actor.login);
    await saveAudit(ports, tx.sql, actor, { action: 'stack.set-current-commit', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { commit: commit.hash } });
  });
  return { ...stack, trackedCommit: commit, trackedCommitSetBy: actor.login };
}
