/** Why a policy was not accepted or not evaluated; the kinds are the same wherever policies run. */
export type FaultKind = 'parse' | 'compile' | 'type' | 'unsafe' | 'refused' | 'disabled' | 'conflict' | 'timeout' | 'memory' | 'internal';

export interface PolicyFault {
  readonly kind: FaultKind;
  readonly message: string;
  /** Place in the policy's own text, counted from 1. */
  readonly line?: number;
  readonly column?: number;
}
