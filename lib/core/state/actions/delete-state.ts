import type { Ports } from '../../ports/ports.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, runActor, type RunCall } from '../run-call.ts';
import { liveLock, requireAccess } from '../state-rules.ts';
import { currentVersion, insertVersion } from '../state-store.ts';
import { runAuthor } from '../state.ts';
import { holdStateUser, lockWorkspace } from '../workspace-store.ts';

/** Marks the state as deleted; its versions stay for their time. Deleting nothing is no error. */
export async function deleteState(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, call: RunCall): Promise<void> {
  await ports.db.transaction(async (tx) => {
    const user = requireUser(await holdStateUser(tx.sql, call.runId), call);
    requireAccess(user, 'write');
    const workspace = await lockWorkspace(tx.sql, user.stackId, call.workspace);
    const current = await currentVersion(tx.sql, workspace);
    if (workspace === undefined || current === undefined || current.isDeletedMarker) return;
    const lock = liveLock(workspace.lock);
    if (lock !== undefined && lock.runId !== user.runId) throw workerRefusal('state_conflict', `the state is locked by run ${lock.runId}`, { reason: 'locked' });

    const id = ports.ids.ulid();
    await insertVersion(
      tx.sql,
      { ...current, id, objectKey: '', bytes: 0, sha256: '', md5: '', origin: 'run', isDeletedMarker: true, runId: user.runId, lease: user.lease, createdBy: runAuthor(user.runId), committedAt: ports.clock.now(), supersededAt: null },
      current,
    );
    await saveAudit(ports, tx.sql, runActor(user.runId), { action: 'stack.state-delete', resourceType: 'stack', resourceId: user.stackId, spaceId: user.spaceId, relatedType: 'run', relatedId: user.runId, body: { version: id } });
  });
}
