import type { PresignedPut } from '../../ports/object-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import { requireUser, type RunCall } from '../run-call.ts';
import { judgeWrite, MAX_RUN_STATE_BYTES, requireAccess, type IncomingState } from '../state-rules.ts';
import { currentVersion, insertUpload } from '../state-store.ts';
import type { StateUpload } from '../state.ts';
import { viewState } from '../state-view-store.ts';
import { ensureWorkspace, findWorkspace } from '../workspace-store.ts';

const URL_TTL_SECONDS = 900;

export interface AnnouncedState extends IncomingState {
  readonly bytes: number;
  readonly md5: string;
  readonly toolVersion: string | null;
}

export type BegunUpload = { readonly unchanged: string } | { readonly uploadId: string; readonly target: PresignedPut };

/** Tells a run early what the commit would refuse, and otherwise where to put the body. */
export async function beginStateUpload(ports: Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>, call: RunCall, state: AnnouncedState): Promise<BegunUpload> {
  const begun = await announceUpload(ports, call, state);
  if ('unchanged' in begun) return begun;
  const { id, objectKey, bytes, sha256 } = begun.upload;
  return { uploadId: id, target: await ports.objects.presignPut('states', objectKey, { ttlSeconds: URL_TTL_SECONDS, bytes, sha256, createOnly: true }) };
}

/** Notes a body that is to come, so that one which never becomes a version is removed some day. */
export async function announceUpload(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, call: RunCall, state: AnnouncedState): Promise<{ readonly unchanged: string } | { readonly upload: StateUpload }> {
  requireSound(state);
  const { user, workspace, current } = await writableState(ports, call);
  const verdict = judgeWrite(current, workspace.lock, user, state);
  if (verdict.kind === 'conflict') throw workerRefusal('state_conflict', verdict.reason, { reason: verdict.reason });
  if (verdict.kind === 'unchanged') return { unchanged: verdict.versionId };

  const id = ports.ids.ulid();
  const objectKey = `${user.stackId}/${call.workspace}/${id}`;
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
    expiresAt: new Date(ports.clock.now().getTime() + URL_TTL_SECONDS * 1000),
    versionId: null,
  };
  await insertUpload(ports.db.sql, upload);
  return { upload };
}

/** The state as the run may write it; its workspace is made with the first write. */
async function writableState(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, call: RunCall) {
  const { sql } = ports.db;
  const view = await viewState(sql, call.runId, call.workspace);
  const user = requireUser(view?.user, call);
  requireAccess(user, 'write');
  if (view?.workspace !== undefined) return { user, workspace: view.workspace, current: view.current };
  await ensureWorkspace(ports, sql, user.stackId, call.workspace);
  const workspace = await findWorkspace(sql, user.stackId, call.workspace);
  if (workspace === undefined) throw workerRefusal('not_found', 'the stack is gone');
  return { user, workspace, current: await currentVersion(sql, workspace) };
}

function requireSound(state: AnnouncedState): void {
  if (!Number.isSafeInteger(state.bytes) || state.bytes < 1) throw invalid('bytes is not the size of a state');
  if (state.bytes > MAX_RUN_STATE_BYTES) throw workerRefusal('too_large', `a state has at most ${MAX_RUN_STATE_BYTES} bytes`);
  if (!/^[0-9a-f]{64}$/.test(state.sha256)) throw invalid('sha256 is not a SHA-256 in lower-case hex');
  if (!/^[A-Za-z0-9+/]{22}==$/.test(state.md5)) throw invalid('md5 is not an MD5 in base64');
  if (!Number.isSafeInteger(state.serial) || state.serial < 0) throw invalid('serial is not a whole number');
  if (state.lineage === '' || state.lineage.length > 256) throw invalid('lineage is empty or longer than 256 characters');
}
