import type { ArtifactRequest, ArtifactResponse } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import { AppError, invalid } from '../../shared/errors.ts';
import { findRun } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import type { Worker } from '../../workers/worker.ts';
import { artifactKey, placeOf, RESCUE_DAYS, type ArtifactKind } from '../artifact.ts';
import { insertArtifacts } from '../artifact-store.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';

const UPLOAD_SECONDS = 3600;
const DAY_MS = 86_400_000;

type Needs = Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>;

/** Takes note of something that the worker is about to store, and gives it the address. */
export async function createArtifact(ports: Needs, worker: Pick<Worker, 'id' | 'poolId'>, call: HandoverCall & { readonly request: ArtifactRequest }): Promise<ArtifactResponse> {
  const { kind, bytes, sha256 } = call.request;
  const run = kind === 'errored-state' ? await loadForRescue(ports, worker, call) : await loadHandover(ports, worker, call);
  const place = placeOf(kind);
  if (place === undefined) throw invalid(`artifacts of the kind ${kind} are not taken here`, { kind });
  if (!Number.isSafeInteger(bytes) || bytes < 0 || !/^[0-9a-f]{64}$/.test(sha256)) throw invalid('an artifact is announced with its size in bytes and its SHA-256 in lower-case hex');
  if (bytes > place.maxBytes) throw new AppError('TOO_LARGE', `an artifact of the kind ${kind} has at most ${place.maxBytes} bytes`, { kind, bytes });

  const id = ports.ids.ulid();
  const artifact = { id, runId: run.id, lease: call.lease, kind: kind satisfies ArtifactKind, bucket: place.bucket, bytes, sha256, completedAt: null };
  const objectKey = artifactKey(artifact);
  await insertArtifacts(ports.db.sql, [{ ...artifact, objectKey }], ports.clock.now());
  const { url, headers } = await ports.objects.presignPut(place.bucket, objectKey, { ttlSeconds: UPLOAD_SECONDS, bytes, sha256, createOnly: true });
  return { id, url, headers };
}

/** A state that could not be written is worth more than the order of handovers: any worker of the pool may bring it, late as well. */
async function loadForRescue(ports: Needs, worker: Pick<Worker, 'poolId'>, call: HandoverCall): Promise<Run> {
  const run = await findRun(ports.db.sql, call.runId);
  const since = run === undefined ? undefined : (run.finishedAt ?? run.handoverAt);
  const late = since === undefined || since === null || ports.clock.now().getTime() - since.getTime() > RESCUE_DAYS * DAY_MS;
  if (run === undefined || late || run.workerPoolId !== worker.poolId || call.lease < 1 || call.lease > run.lease) {
    throw workerRefusal('stale_lease', `no state is taken any more for lease ${call.lease} of run ${call.runId}`, { runId: call.runId });
  }
  return run;
}
