import type { ARTIFACT_KINDS } from '../../protocol/worker-api.ts';
import type { Bucket } from '../shared/buckets.ts';

export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** Something that a worker made and stored through a signed URL. */
export interface Artifact {
  readonly id: string;
  readonly runId: string;
  readonly lease: number;
  readonly kind: ArtifactKind;
  readonly bucket: Bucket;
  readonly objectKey: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly completedAt: Date | null;
}

const MIB = 1024 * 1024;

interface Place {
  readonly bucket: Bucket;
  readonly maxBytes: number;
}

/** Where each kind is kept and how large it may be; kinds that nothing here makes use of are refused. */
const PLACES: Partial<Readonly<Record<ArtifactKind, Place>>> = {
  plan: { bucket: 'policy-inputs', maxBytes: 512 * MIB },
  'policy-custom-input': { bucket: 'policy-inputs', maxBytes: 16 * MIB },
  changes: { bucket: 'documents', maxBytes: 64 * MIB },
  'state-resources': { bucket: 'documents', maxBytes: 512 * MIB },
  outputs: { bucket: 'documents', maxBytes: 64 * MIB },
  // In plain text what a state holds, so it lies where states lie.
  'errored-state': { bucket: 'states', maxBytes: 512 * MIB },
};

export const placeOf = (kind: ArtifactKind): Place | undefined => PLACES[kind];

/** A state that could not be written is taken from a worker whose handover is over, for this long. */
export const RESCUE_DAYS = 30;

export const artifactKey = (artifact: Pick<Artifact, 'id' | 'runId' | 'lease' | 'kind'>): string =>
  artifact.kind === 'errored-state' ? `rescue/${artifact.runId}/${artifact.lease}/${artifact.id}` : `runs/${artifact.runId}/${artifact.lease}/${artifact.kind}-${artifact.id}`;
