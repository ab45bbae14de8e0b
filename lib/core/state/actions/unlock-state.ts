import type { Ports } from '../../ports/ports.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { unlockAgainst, requireAccess } from '../state-rules.ts';
import { holdStateUser, lockWorkspace, saveLock } from '../workspace-store.ts';

/** Frees the run's own lock, or the leftover of a run that has ended; `lockId` undefined is a forced unlock. Freeing nothing is no error. */
export async function unlockState(ports: Pick<Ports, 'db'>, call: RunCall, lockId: string | undefined): Promise<void> {
  await ports.db.transaction(async (tx) => {
    const user = requireUser(await holdStateUser(tx.sql, call.runId), call);
    if (requireAccess(user, 'lock').lock === 'ignored') return;
    const workspace = await lockWorkspace(tx.sql, user.stackId, call.workspace);
    if (workspace === undefined || workspace.lock === null) return;
    const taken = unlockAgainst(workspace.lock, user, lockId);
    if (taken !== undefined) throw workerRefusal('state_conflict', taken.runId === user.runId ? 'the state is locked with another ID' : `the state is locked by run ${taken.runId}`, { reason: 'locked' });
    await saveLock(tx.sql, workspace.id, null);
  });
}
