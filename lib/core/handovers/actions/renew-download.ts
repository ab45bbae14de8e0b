import type { Ports } from '../../ports/ports.ts';
import { conflict, invalid, notFound } from '../../shared/errors.ts';
import { findLocalWorkspace } from '../../runs/local-workspace-store.ts';
import type { Worker } from '../../workers/worker.ts';
import { packageKey } from '../job-package.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';

const URL_SECONDS = 3600;

export interface Download {
  readonly url: string;
}

/** Another address of a handover's package: the one that came with the job may have died with the credentials that signed it. */
export async function packageDownload(
  ports: Pick<Ports, 'db' | 'objects'>,
  worker: Pick<Worker, 'id'>,
  call: HandoverCall & { readonly sha256: string },
): Promise<Download> {
  const run = await loadHandover(ports, worker, call);
  if (!/^[0-9a-f]{64}$/.test(call.sha256)) throw invalid('a package is named by its SHA-256 in lower-case hex');
  const { url } = await ports.objects.presignGet('metadata', packageKey({ runId: run.id, lease: run.lease, sha256: call.sha256 }), { ttlSeconds: URL_SECONDS });
  return { url };
}

/** Another address of the archive that a local preview runs on. */
export async function sourceDownload(ports: Pick<Ports, 'db' | 'objects' | 'clock'>, worker: Pick<Worker, 'id'>, call: HandoverCall): Promise<Download> {
  const run = await loadHandover(ports, worker, call);
  if (run.localWorkspaceId === null) throw conflict(`run ${run.id} is no local preview: nothing was uploaded for it`, { runId: run.id });
  const workspace = await findLocalWorkspace(ports.db.sql, run.localWorkspaceId, ports.clock.now());
  const { localWorkspaceId: id } = run;
  if (workspace === undefined) throw notFound(`the uploaded archive ${id} is no longer kept; upload it again`, { workspace: id });
  const { url } = await ports.objects.presignGet('user-uploaded-workspaces', workspace.objectKey, { ttlSeconds: URL_SECONDS });
  return { url };
}
