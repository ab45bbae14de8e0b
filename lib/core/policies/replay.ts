import type { PolicyType } from '../ports/policy-engine.ts';
import type { PolicyEngineType } from './policy.ts';

export type ReplayStatus = 'RUNNING' | 'FINISHED' | 'FAILED';

/** A candidate body evaluated over the inputs that a policy was asked about. */
export interface Replay {
  readonly id: string;
  readonly policyId: string;
  readonly policyUlid: string;
  readonly type: PolicyType;
  readonly engineType: PolicyEngineType;
  readonly bodyKey: string;
  readonly since: Date;
  readonly status: ReplayStatus;
  readonly done: number;
  readonly total: number;
  /** The last evaluation that was repeated. */
  readonly lastId: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** An input about which the candidate says something else. */
export interface ReplayFlip {
  readonly evaluationId: string;
  readonly input: string;
  readonly runId: string | null;
  readonly old: string;
  readonly new: string;
}

export const EXPIRED = 'expired';
/** What a candidate would say about an input that is gone. */
export const UNKNOWN = 'unknown';
export const ERROR = 'error';
