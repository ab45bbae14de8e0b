export type PolicyType = 'LOGIN' | 'ACCESS' | 'APPROVAL' | 'GIT_PUSH' | 'INITIALIZATION' | 'PLAN' | 'TASK' | 'TRIGGER' | 'NOTIFICATION';

export interface PolicyBody {
  readonly source: string;
  readonly version: 'v0' | 'v1';
}

export interface PolicyFault {
  readonly kind: 'parse' | 'compile' | 'type' | 'unsafe' | 'refused' | 'disabled' | 'conflict' | 'timeout' | 'memory' | 'internal';
  readonly message: string;
  /** Place in the policy's body, counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

type Texts = readonly string[];
type Notices = readonly Readonly<Record<string, unknown>>[];

interface Sampled {
  /** The policy asks for this evaluation to be kept. */
  readonly sample: boolean;
}

interface Flagging {
  readonly flag: Texts;
  readonly reset_flag: Texts;
}

/** What one policy of each type says, defaults applied. Sets are lists in OPA's order, and texts can be stored; rule names are the policies' own. */
export interface PolicyDecisions {
  readonly LOGIN: Sampled & {
    readonly allow: boolean;
    readonly admin: boolean;
    readonly deny: boolean;
    readonly deny_admin: boolean;
    readonly team: Texts;
    readonly space_read: Texts;
    readonly space_write: Texts;
    readonly space_admin: Texts;
    /** Role slugs by space id. */
    readonly roles: Readonly<Record<string, Texts>>;
  };
  readonly ACCESS: Sampled & { readonly read: boolean; readonly write: boolean; readonly deny: boolean; readonly deny_write: boolean };
  readonly APPROVAL: Sampled & Flagging & { readonly approve: boolean; readonly reject: boolean; readonly approve_with_note: Texts; readonly reject_with_note: Texts };
  readonly GIT_PUSH: Sampled &
    Flagging & {
      readonly track: boolean;
      readonly propose: boolean;
      readonly ignore: boolean;
      readonly ignore_track: boolean;
      readonly notrigger: boolean;
      readonly notify: boolean;
      readonly prioritize: boolean;
      readonly allow_fork: boolean;
      readonly fail: boolean;
      readonly cancel: Texts;
      readonly message: Texts;
      readonly external_dependency: Texts;
      readonly lock: string;
      readonly unlock: string;
      readonly module_version: string;
    };
  readonly INITIALIZATION: Sampled & { readonly deny: Texts };
  readonly PLAN: Sampled & Flagging & { readonly deny: Texts; readonly warn: Texts };
  readonly TASK: Sampled & { readonly deny: Texts };
  readonly TRIGGER: Sampled & Flagging & { readonly trigger: Texts };
  readonly NOTIFICATION: Sampled & { readonly inbox: Notices; readonly slack: Notices; readonly webhook: Notices; readonly pull_request: Notices };
}

export interface EvaluateOptions {
  readonly deadlineMs: number;
  /** Every step, up to a limit; slow. */
  readonly trace?: boolean;
  /** Lines of the body reached and not; slower. */
  readonly coverage?: boolean;
}

interface Observed {
  readonly prints: readonly { readonly line: number; readonly text: string }[];
  readonly coverage?: { readonly reached: readonly number[]; readonly notReached: readonly number[] };
  readonly trace?: readonly string[];
}

export type PolicyEvaluation<T extends PolicyType> = Observed &
  (
    | { readonly error: PolicyFault; readonly decision?: undefined }
    /** `malformed` says what was left out of sets because it had another shape than the type asks for. */
    | { readonly error?: undefined; readonly decision: PolicyDecisions[T]; readonly malformed: Texts }
  );

/**
 * Evaluates Rego. It does not throw for what a policy does or for an engine that is missing: whoever asks
 * gets an error for an answer, and decides what the type does on errors.
 */
export interface PolicyEngine {
  /** Whether a body may be saved; without errors it may. */
  check(type: PolicyType, body: PolicyBody): Promise<{ readonly errors: readonly PolicyFault[]; readonly warnings: readonly PolicyFault[] }>;
  /**
   * Every body over every input: a row for each body with an evaluation for each input. Inputs are JSON text, which
   * keeps integers beyond 2^53 exact, and are read once for all bodies. Evaluations begin at once and share the deadline.
   */
  evaluate<T extends PolicyType>(type: T, bodies: readonly PolicyBody[], inputs: readonly string[], options: EvaluateOptions): Promise<readonly (readonly PolicyEvaluation<T>[])[]>;
  /** Version of Open Policy Agent, undefined when the engine does not run. */
  version(): Promise<string | undefined>;
}
