import type { InlineResults } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import { sha256 } from '../../shared/text.ts';
import type { Run } from '../../runs/run.ts';
import { artifactKey, placeOf, type Artifact, type ArtifactKind } from '../artifact.ts';
import { insertArtifacts } from '../artifact-store.ts';
import { requireArtifact } from './complete-artifact.ts';

type Needs = Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>;
type Result = keyof InlineResults;

const KINDS = { plan: 'plan', changes: 'changes', resources: 'state-resources', custom: 'policy-custom-input' } as const satisfies Record<Result, ArtifactKind>;
const RESULTS = Object.keys(KINDS) as readonly Result[];

export type Results = { readonly [R in Result]?: Artifact };

/** The results that a report brings along or names: what it brings is stored here, what it names was uploaded by this handover. */
export async function takeResults(ports: Needs, run: Pick<Run, 'id' | 'lease'>, report: { readonly inline: InlineResults | undefined; readonly named: { readonly [R in Result]?: string | undefined } }): Promise<Results> {
  const { inline = {}, named } = report;
  const brought = RESULTS.flatMap((result) => (inline[result] === undefined ? [] : [{ result, text: inline[result] }]));
  const results: Record<string, Artifact> = await storeAll(ports, run, brought);
  for (const result of RESULTS) {
    const artifactId = named[result];
    if (artifactId !== undefined) results[result] = await requireArtifact(ports, { runId: run.id, lease: run.lease, artifactId, kind: KINDS[result] });
  }
  return results;
}

async function storeAll(ports: Needs, run: Pick<Run, 'id' | 'lease'>, brought: readonly { readonly result: Result; readonly text: string }[]): Promise<Record<string, Artifact>> {
  if (brought.length === 0) return {};
  const completedAt = ports.clock.now();
  const stored = brought.map(({ result, text }) => {
    const kind = KINDS[result];
    const place = placeOf(kind);
    if (place === undefined) throw invalid(`results of the kind ${kind} are not taken here`, { kind });
    const named = { id: ports.ids.ulid(), runId: run.id, lease: run.lease, kind };
    const body = Buffer.from(text, 'utf8');
    const artifact: Artifact = { ...named, bucket: place.bucket, objectKey: artifactKey(named), bytes: body.length, sha256: sha256(body), completedAt };
    return { result, artifact, body };
  });
  await Promise.all([
    insertArtifacts(ports.db.sql, stored.map(({ artifact }) => artifact), completedAt),
    ...stored.map(({ artifact, body }) => ports.objects.put(artifact.bucket, artifact.objectKey, body, { createOnly: true })),
  ]);
  return Object.fromEntries(stored.map(({ result, artifact }) => [result, artifact]));
}
