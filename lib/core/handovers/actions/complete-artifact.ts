import { keptStateNote } from '../../../protocol/kept-state.ts';
import type { Ports } from '../../ports/ports.ts';
import { isTerminal } from '../../runs/run-states.ts';
import { findRun } from '../../runs/run-store.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import type { Worker } from '../../workers/worker.ts';
import type { Artifact, ArtifactKind } from '../artifact.ts';
import { findArtifact, markCompleted, noteOnEnd } from '../artifact-store.ts';

type Needs = Pick<Ports, 'db' | 'objects' | 'clock'>;

/** Confirms that an artifact was stored as it was announced. Whoever may not write to the run never got an id to ask with. */
export async function completeArtifact(ports: Needs & Pick<Ports, 'wakeups'>, _worker: Pick<Worker, 'id'>, input: { readonly runId: string; readonly artifactId: string }): Promise<Artifact> {
  const artifact = await findArtifact(ports.db.sql, input.runId, input.artifactId);
  if (artifact === undefined) throw notFound(`artifact ${input.artifactId} of run ${input.runId} not found`);
  const completed = await complete(ports, artifact);
  if (completed.kind === 'errored-state') await tellOfState(ports, completed);
  return completed;
}

/** The worker names a state that it kept in the note with which it ends the run; of one that comes later the server tells. */
async function tellOfState(ports: Pick<Ports, 'db' | 'wakeups'>, { id, runId }: Artifact): Promise<void> {
  const run = await findRun(ports.db.sql, runId);
  if (run === undefined || !isTerminal(run.state)) return;
  if (await noteOnEnd(ports.db.sql, runId, id, keptStateNote(run.stackId, id))) ports.wakeups.wake(`run:${runId}`);
}

/** The artifact of this handover that a report names, complete; of another kind or handover it is refused. */
export async function requireArtifact(ports: Needs, input: { readonly runId: string; readonly lease: number; readonly artifactId: string; readonly kind: ArtifactKind }): Promise<Artifact> {
  const artifact = await findArtifact(ports.db.sql, input.runId, input.artifactId);
  if (artifact === undefined || artifact.kind !== input.kind || artifact.lease !== input.lease) throw invalid(`artifact ${input.artifactId} is no ${input.kind} of this handover`, { artifactId: input.artifactId });
  return complete(ports, artifact);
}

async function complete(ports: Needs, artifact: Artifact): Promise<Artifact> {
  if (artifact.completedAt !== null) return artifact;
  const stored = await ports.objects.stat(artifact.bucket, artifact.objectKey);
  if (stored === undefined) throw invalid(`artifact ${artifact.id} was not stored`, { artifactId: artifact.id });
  if (stored.bytes !== artifact.bytes || stored.sha256 !== artifact.sha256) throw invalid(`artifact ${artifact.id} is not what was announced: its size or checksum differs`, { artifactId: artifact.id });
  const completedAt = ports.clock.now();
  await markCompleted(ports.db.sql, artifact.id, completedAt);
  return { ...artifact, completedAt };
}
