import type { Ports } from '../../ports/ports.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, runActor, type RunCall } from '../run-call.ts';
import { judgeWrite, requireAccess } from '../state-rules.ts';
import { currentVersion, findUpload, insertVersion, markUploadCommitted } from '../state-store.ts';
import { runAuthor, type StateUpload, type StateUser, type StateVersion } from '../state.ts';
import { holdStateUser, lockWorkspace } from '../workspace-store.ts';

type Needs = Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>;

/** Makes an uploaded body the current version: all or nothing, and safe to repeat. Answers the version's id. */
export async function commitStateUpload(ports: Needs, call: RunCall, uploadId: string): Promise<string> {
  const upload = await findUpload(ports.db.sql, uploadId);
  if (upload === undefined || upload.runId !== call.runId || upload.lease !== call.lease) throw workerRefusal('not_found', `upload ${uploadId} not found for this run and lease`);
  if (upload.versionId !== null) return upload.versionId;

  const stored = await ports.objects.stat('states', upload.objectKey);
  if (stored === undefined) throw workerRefusal('state_conflict', 'the body of the state was not uploaded', { reason: 'no body' });
  if (stored.bytes !== upload.bytes || stored.sha256 !== upload.sha256) throw workerRefusal('state_conflict', 'the uploaded body is not the announced one', { reason: 'other body' });

  return commitStored(ports, call, upload);
}

/** The commit itself, of a body that is known to be the announced one. */
export async function commitStored(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, call: RunCall, upload: StateUpload): Promise<string> {
  return ports.db.transaction(async (tx) => {
    const user = requireUser(await holdStateUser(tx.sql, call.runId), call);
    requireAccess(user, 'write');
    const workspace = await lockWorkspace(tx.sql, user.stackId, call.workspace);
    if (workspace?.id !== upload.workspaceId) throw workerRefusal('not_found', 'the workspace of this upload is gone');
    const current = await currentVersion(tx.sql, workspace);

    const verdict = judgeWrite(current, workspace.lock, user, upload);
    if (verdict.kind === 'conflict') throw workerRefusal('state_conflict', verdict.reason, { reason: verdict.reason });
    if (verdict.kind === 'unchanged') {
      await markUploadCommitted(tx.sql, upload.id, verdict.versionId);
      return verdict.versionId;
    }
    if ((current?.id ?? null) !== upload.baseVersionId) throw workerRefusal('state_conflict', 'another state was committed meanwhile', { reason: 'base has moved' });

    const version = versionOf(upload, user, ports.clock.now());
    await insertVersion(tx.sql, version, current);
    await markUploadCommitted(tx.sql, upload.id, version.id);
    await saveAudit(ports, tx.sql, runActor(user.runId), {
      action: verdict.forced ? 'stack.state-force-write' : 'stack.state-write',
      resourceType: 'stack',
      resourceId: user.stackId,
      spaceId: user.spaceId,
      relatedType: 'run',
      relatedId: user.runId,
      body: { version: version.id, serial: version.serial, lineage: version.lineage, forced: verdict.forced },
    });
    return version.id;
  });
}

function versionOf(upload: StateUpload, user: StateUser, now: Date): StateVersion {
  return {
    id: upload.id,
    workspaceId: upload.workspaceId,
    objectKey: upload.objectKey,
    bytes: upload.bytes,
    sha256: upload.sha256,
    md5: upload.md5,
    serial: upload.serial,
    lineage: upload.lineage,
    toolVersion: upload.toolVersion,
    origin: 'run',
    isDeletedMarker: false,
    runId: user.runId,
    lease: user.lease,
    createdBy: runAuthor(user.runId),
    committedAt: now,
    supersededAt: null,
  };
}
