import type { Ports } from '../../ports/ports.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { lockAgainst, requireAccess } from '../state-rules.ts';
import { runAuthor, type LockInfo } from '../state.ts';
import { ensureWorkspace, findStateUser, holdStateUser, lockWorkspace, saveLock } from '../workspace-store.ts';

/** Takes the state's lock for the run, or answers the holder's document. For a proposed run it succeeds and stores nothing. */
export async function lockState(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, call: RunCall, info: LockInfo): Promise<{ readonly holder: LockInfo | null }> {
  const asking = requireUser(await findStateUser(ports.db.sql, call.runId), call);
  if (requireAccess(asking, 'lock').lock === 'ignored') return { holder: null };
  await ensureWorkspace(ports, ports.db.sql, asking.stackId, call.workspace);

  return ports.db.transaction(async (tx) => {
    const user = requireUser(await holdStateUser(tx.sql, call.runId), call);
    requireAccess(user, 'lock');
    const workspace = await lockWorkspace(tx.sql, user.stackId, call.workspace);
    if (workspace === undefined) throw workerRefusal('not_found', 'the stack is gone');
    const taken = lockAgainst(workspace.lock, user);
    if (taken !== undefined) return { holder: { ...taken.info, Who: runAuthor(taken.runId) } };
    await saveLock(tx.sql, workspace.id, { info, runId: user.runId, lease: user.lease, stateVersion: user.stateVersion });
    return { holder: null };
  });
}
