import type { PolicyDecisions, PolicyFault, PolicyType } from '../ports/policy-engine.ts';
import type { Policy } from './policy.ts';

/** What an evaluation was about; samples are found by it, and with a run it is the run's receipt. */
export interface Subject {
  readonly runId?: string;
  readonly stateVersion?: number;
  readonly stackId?: string;
  readonly repository?: string;
  readonly branch?: string | null;
  readonly pullRequestId?: number | null;
  /** Where a fault is told; by default the policy's own space. */
  readonly spaceId?: string;
}

/** What one policy said, or why it could not be asked; then the decision is null and the outcome the type's on errors. */
export interface Verdict<T extends PolicyType> {
  readonly evaluationId: string;
  readonly policy: Policy;
  readonly decision: PolicyDecisions[T] | null;
  readonly fault: PolicyFault | null;
  /** What was left out of the sets because it had another shape. */
  readonly malformed: readonly string[];
  readonly outcome: string;
  readonly messages: readonly string[];
}

/** In one line, for people: `policy "quorum" could not be evaluated: …`. */
export function faultText({ policy, fault }: Pick<Verdict<PolicyType>, 'policy' | 'fault'>): string {
  const place = fault?.line === undefined ? '' : ` (line ${fault.line}${fault.column === undefined ? '' : `, column ${fault.column}`})`;
  return `policy "${policy.name}" could not be evaluated: ${fault?.kind ?? 'internal'}: ${fault?.message ?? 'no answer'}${place}`;
}

/** Kept of an evaluation, with a run for as long as the run is. */
export interface Evaluation {
  readonly id: string;
  readonly policyId: string;
  readonly policyUlid: string;
  readonly policyName: string;
  readonly type: PolicyType;
  readonly engineType: string;
  readonly outcome: string;
  readonly messages: readonly string[];
  readonly flags: readonly string[];
  /** Values of the type's rules; null when they lie in the object store. */
  readonly result: unknown;
  readonly resultKey: string | null;
  readonly error: string | null;
  readonly bodySha256: string;
  readonly inputSha256: string;
  readonly inputKept: boolean;
  readonly sampleKey: string | null;
  readonly runId: string | null;
  readonly stateVersion: number | null;
  readonly stackId: string | null;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly pullRequestId: number | null;
  readonly durationMs: number;
  readonly createdAt: Date;
}

/** Samples and inputs are there for as long; the bucket holds them a day more. */
export const INPUT_DAYS = 7;

/** Where an input lies for replays: one object, whoever is asked about it. */
export const inputKey = (sha256: string): string => `inputs/${sha256}`;

/** `<time>/<TYPE>/<policy ULID>/<outcome>`: the time in nanoseconds, of which the clock gives the first and chance the last digits. */
export function sampleKey(at: Date, chance: number, type: PolicyType, ulid: string, outcome: string): string {
  return `${at.getTime()}${String(chance % 1_000_000).padStart(6, '0')}/${type}/${ulid}/${outcome}`;
}
