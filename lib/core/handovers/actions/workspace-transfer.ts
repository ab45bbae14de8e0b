import type { Ports } from '../../ports/ports.ts';
import { AppError, invalid, notFound } from '../../shared/errors.ts';
import { isTerminal } from '../../runs/run-states.ts';
import { patchRun } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { Worker } from '../../workers/worker.ts';
import { MAX_WORKSPACE_BYTES, workspaceKey, workspacePrefix } from '../workspace.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';

const URL_SECONDS = 3600;

export interface WorkspaceUpload {
  readonly key: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The address for the sealed workspace of a run that is to wait. It counts once the object is there with the size announced. */
export async function workspaceUpload(ports: Pick<Ports, 'db' | 'objects'>, worker: Pick<Worker, 'id'>, call: HandoverCall & { readonly bytes: number; readonly sha256: string }): Promise<WorkspaceUpload> {
  const run = await loadHandover(ports, worker, call);
  if (isTerminal(run.state)) throw workerRefusal('bad_transition', `run ${run.id} is ${run.state} and needs its workspace no longer`, { runId: run.id });
  const { bytes, sha256 } = call;
  if (!Number.isSafeInteger(bytes) || bytes < 0 || !/^[0-9a-f]{64}$/.test(sha256)) throw invalid('a workspace is announced with its size in bytes and its SHA-256 in lower-case hex');
  if (bytes > MAX_WORKSPACE_BYTES) throw new AppError('TOO_LARGE', `a saved workspace has at most ${MAX_WORKSPACE_BYTES} bytes, this one ${bytes}`, { bytes });

  const key = workspaceKey(run.id, run.lease);
  await patchRun(ports.db.sql, run, { workspaceKey: key, workspaceSha256: sha256, workspaceBytes: bytes });
  const { url, headers } = await ports.objects.presignPut('workspace', key, { ttlSeconds: URL_SECONDS, bytes, sha256 });
  return { key, url, headers };
}

export interface SavedWorkspace {
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Where the worker gets the workspace that an earlier handover saved. */
export async function workspaceDownload(ports: Pick<Ports, 'db' | 'objects'>, worker: Pick<Worker, 'id'>, call: HandoverCall): Promise<SavedWorkspace> {
  const saved = await savedWorkspace(ports, await loadHandover(ports, worker, call));
  if (saved === undefined) throw notFound(`run ${call.runId} has no saved workspace`, { runId: call.runId });
  return saved;
}

/** The saved workspace of a run with an address to read it from, if there is one. */
export async function savedWorkspace(ports: Pick<Ports, 'objects'>, run: Run): Promise<SavedWorkspace | undefined> {
  const { workspaceKey: key, workspaceSha256: sha256, workspaceBytes: bytes } = run;
  if (key === null || sha256 === null || bytes === null || !(await isStored(ports, key, bytes))) return undefined;
  const { url } = await ports.objects.presignGet('workspace', key, { ttlSeconds: URL_SECONDS });
  return { url, sha256, bytes };
}

/** Whether this handover's workspace lies in the store. The store checked size and checksum when it was put, so a listing will do. */
export async function isWorkspaceSaved(ports: Pick<Ports, 'objects'>, run: Run): Promise<boolean> {
  return run.workspaceKey === workspaceKey(run.id, run.lease) && run.workspaceBytes !== null && (await isStored(ports, run.workspaceKey, run.workspaceBytes));
}

async function isStored({ objects }: Pick<Ports, 'objects'>, key: string, bytes: number): Promise<boolean> {
  const found = await objects.list('workspace', key, { limit: 10 });
  return found.some((object) => object.key === key && object.bytes === bytes);
}

/** Deletes the workspaces of earlier handovers, which a newer one replaces. */
export async function dropOlderWorkspaces({ objects }: Pick<Ports, 'objects'>, run: Run): Promise<void> {
  for (const { key } of await objects.list('workspace', workspacePrefix(run.id))) if (key !== run.workspaceKey) await objects.delete('workspace', key);
}
