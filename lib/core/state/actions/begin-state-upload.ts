import type { PresignedPut } from '../../ports/object-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { judgeWrite, MAX_RUN_STATE_BYTES, requireAccess, type IncomingState } from '../state-rules.ts';
import { currentVersion, insertUpload } from '../state-store.ts';
import type { StateUpload } from '../state.ts';
import { ensureWorkspace, findStateUser, findWorkspace } from '../workspace-store.ts';

const URL_TTL_SECONDS = 900;

export interface AnnouncedState extends IncomingState {
  readonly bytes: number;
  readonly md5: string;
  readonly toolVersion: string | null;
}

export type BegunUpload = { readonly unchanged: string } | { readonly uploadId: string; readonly target: PresignedPut };

/** Tells a run early what the commit would refuse, and otherwise where to put the body. */
export async function beginStateUpload(ports: Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>, call: RunCall, state: AnnouncedState): Promise<BegunUpload> {
  requireSound(state);
  const { sql } = ports.db;
  const user = requireUser(await findStateUser(sql, call.runId), call);
  requireAccess(user, 'write');

  await ensureWorkspace(ports, sql, user.stackId, call.workspace);
  const workspace = await findWorkspace(sql, user.stackId, call.workspace);
  if (workspace === undefined) throw workerRefusal('not_found', 'the stack is gone');
  const current = await currentVersion(sql, workspace);
  const verdict = judgeWrite(current, workspace.lock, user, state);
  if (verdict.kind === 'conflict') throw workerRefusal('state_conflict', verdict.reason, { reason: verdict.reason });
  if (verdict.kind === 'unchanged') return { unchanged: verdict.versionId };

  const id = ports.ids.ulid();
  const objectKey = `${user.stackId}/${call.workspace}/${id}`;
  const target = await ports.objects.presignPut('states', objectKey, { ttlSeconds: URL_TTL_SECONDS, bytes: state.bytes, sha256: state.sha256, createOnly: true });
  const upload: StateUpload = {
    id,
    workspaceId: workspace.id,
    runId: user.runId,
    lease: user.lease,
    baseVersionId: current?.id ?? null,
    bytes: state.bytes,
    sha256: state.sha256,
    md5: state.md5,
    serial: state.serial,
    lineage: state.lineage,
    toolVersion: state.toolVersion,
    lockId: state.lockId,
    objectKey,
    expiresAt: target.expiresAt,
    versionId: null,
  };
  await insertUpload(sql, upload);
  return { uploadId: id, target };
}

function requireSound(state: AnnouncedState): void {
  if (!Number.isSafeInteger(state.bytes) || state.bytes < 1) throw invalid('bytes is not the size of a state');
  if (state.bytes > MAX_RUN_STATE_BYTES) throw workerRefusal('too_large', `a state has at most ${MAX_RUN_STATE_BYTES} bytes`);
  if (!/^[0-9a-f]{64}$/.test(state.sha256)) throw invalid('sha256 is not a SHA-256 in lower-case hex');
  if (!/^[A-Za-z0-9+/]{22}==$/.test(state.md5)) throw invalid('md5 is not an MD5 in base64');
  if (!Number.isSafeInteger(state.serial) || state.serial < 0) throw invalid('serial is not a whole number');
  if (state.lineage === '' || state.lineage.length > 256) throw invalid('lineage is empty or longer than 256 characters');
}
