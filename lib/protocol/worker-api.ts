/** Bodies of the worker's HTTP API, `<api>/worker/v1` (workers.md §7). */
import * as z from 'zod/mini';

export const WORKER_API_PREFIX = '/worker/v1';
export const LEASE_HEADER = 'x-run-lease';
export const LAUNCHER_VERSION_HEADER = 'x-launcher-version';
export const IDEMPOTENCY_HEADER = 'idempotency-key';

export type WorkerErrorCode =
  | 'bad_request' | 'bad_assertion' | 'session_expired' | 'pool_reset' | 'worker_unknown' | 'forbidden' | 'not_found'
  | 'worker_exists' | 'stale_lease' | 'bad_transition' | 'drained' | 'busy' | 'state_conflict' | 'state_forbidden' | 'state_locked'
  | 'idempotency_mismatch' | 'too_large' | 'launcher_too_old' | 'slow_down' | 'internal' | 'unavailable';

export const ToolOnPath = z.object({ kind: z.enum(['TERRAFORM_FOSS', 'OPEN_TOFU']), version: z.string() });
export type ToolOnPath = z.infer<typeof ToolOnPath>;

export const RegisterRequest = z.object({
  workerId: z.string(),
  bootId: z.string(),
  launcherVersion: z.string(),
  protocol: z.literal(1),
  os: z.string(),
  arch: z.string(),
  execution: z.enum(['docker', 'process', 'kubernetes']),
  metadata: z.record(z.string(), z.string()),
  sensitiveOutputs: z.boolean(),
  tools: z.array(ToolOnPath),
});
export type RegisterRequest = z.infer<typeof RegisterRequest>;

export interface RegisterResponse {
  readonly session: { readonly token: string; readonly expiresAt: string };
  readonly pool: { readonly id: string; readonly name: string };
  readonly account: { readonly name: string; readonly url: string };
  readonly drained: boolean;
  readonly heartbeat: { readonly busySeconds: number; readonly idleSeconds: number };
  readonly pollSeconds: number;
  readonly logs: { readonly intervalMs: number };
  /** Overrides the token's broker when present. */
  readonly broker: { readonly type: 'iotcore' | 'builtin'; readonly endpoint: string; readonly port: number; readonly tls: boolean; readonly alpn: string | null; readonly namespace: string; readonly ca: string | null } | null;
  /** PEM texts of authorities beside the well-known ones, which the server trusts and workers and their runs shall trust as well. */
  readonly rootCertificates: readonly string[];
  readonly serverTime: string;
}

export const ClaimRequest = z.object({ assignmentId: z.optional(z.string()) });
export const DeregisterRequest = z.object({ reason: z.string() });

export const TransitionRequest = z.object({
  from: z.string(),
  to: z.string(),
  note: z.optional(z.string()),
  hasLogs: z.optional(z.boolean()),
  /** Of the job, with the first step. */
  choice: z.optional(z.string()),
});
export type TransitionRequest = z.infer<typeof TransitionRequest>;
export interface TransitionResponse {
  readonly stateVersion: number;
  readonly stop: boolean;
  /** The managed state, which the tool reads first of all in this phase; null when there is none. */
  readonly state?: StateGetResponse | null;
}

/** `apply`: this worker goes on at once; `release`: save the workspace and wait for a person. */
export type Decision = 'apply' | 'release' | 'finish' | 'fail' | 'discard';

export interface ControlResponse {
  readonly stop: boolean;
  readonly kill: boolean;
  readonly decision: Decision | null;
  /** State version after the decision's own transition, for the next log address. */
  readonly stateVersion: number;
  readonly state: string;
  readonly logs: { readonly intervalMs: number };
  /** What policies said of the plan, for its log. */
  readonly policies?: { readonly deny: readonly string[]; readonly warn: readonly string[] };
}

export const LogUrlsRequest = z.object({ stateVersion: z.number(), first: z.number(), count: z.number(), end: z.optional(z.boolean()) });
export interface LogUrlsResponse {
  readonly urls: readonly string[];
  /** PUT address of the end marker `{"chunks":n}`, when asked for. */
  readonly endUrl: string | null;
  readonly expiresAt: string;
}

/** Addresses of a state's log from its first chunk on. */
export interface LogStart extends LogUrlsResponse {
  readonly stateVersion: number;
}

export const ARTIFACT_KINDS = ['plan', 'changes', 'state-resources', 'outputs', 'module-metadata', 'module-archive', 'errored-state', 'policy-custom-input', 'init-policy'] as const;
export const ArtifactRequest = z.object({ kind: z.enum(ARTIFACT_KINDS), bytes: z.number(), sha256: z.string() });
export type ArtifactRequest = z.infer<typeof ArtifactRequest>;
export interface ArtifactResponse {
  readonly id: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const Delta = z.object({
  addCount: z.number(), changeCount: z.number(), deleteCount: z.number(),
  importCount: z.number(), moveCount: z.number(), forgetCount: z.number(),
  /** Managed resources after the plan. */
  resources: z.number(),
});
export type Delta = z.infer<typeof Delta>;

/** Results that are small come with the report itself, as JSON text: one call in place of five. */
export const InlineResults = z.object({ plan: z.optional(z.string()), changes: z.optional(z.string()), resources: z.optional(z.string()), custom: z.optional(z.string()) });
export type InlineResults = z.infer<typeof InlineResults>;
/** All of a report's results together; larger ones are uploaded as artifacts. */
export const MAX_INLINE_BYTES = 128 * 1024;

export const PlanReport = z.object({
  /** Sanitized plan JSON; absent when planning was skipped. */
  artifactId: z.optional(z.string()),
  /** NDJSON-free JSON list of `Change`. */
  changesArtifactId: z.optional(z.string()),
  /** `StateResources` before the plan. */
  resourcesArtifactId: z.optional(z.string()),
  /** What the project added for policies: a JSON object of documents by their keys. */
  customArtifactId: z.optional(z.string()),
  sanitizedAs: z.enum(['default', 'smart', 'off']),
  delta: Delta,
  hasChanges: z.boolean(),
  skipped: z.optional(z.boolean()),
  /** In place of the artifacts. */
  inline: z.optional(InlineResults),
});
export type PlanReport = z.infer<typeof PlanReport>;

/** One planned or applied change (runs.md §7.1), as stored in a `changes` artifact: a JSON array of these, strings sanitized. */
export interface Change {
  readonly action: 'added' | 'changed' | 'deleted' | 'import' | 'forget' | 'destroy-Before-create-replaced' | 'create-Before-destroy-replaced' | 'moved';
  readonly phase: 'plan' | 'apply';
  readonly moved: boolean;
  readonly address: string;
  readonly previousAddress: string | null;
  readonly name: string;
  /** Resource type, or `output`. */
  readonly type: string;
  readonly provider: string | null;
  /** The attributes after the change, or those of what goes, as JSON text; absent for outputs and where they were too many. */
  readonly values?: string;
}

/** After APPLYING, PERFORMING or DESTROYING; `state-resources` holds a `StateResources` document. */
export const OutputsReport = z.object({ artifactId: z.optional(z.string()), changesArtifactId: z.optional(z.string()), inline: z.optional(InlineResults) });
export type OutputsReport = z.infer<typeof OutputsReport>;

/** Sanitized resources and outputs of a state (state-and-registry.md §4). */
export interface StateResources {
  readonly resources: readonly StateResource[];
  readonly outputs: readonly StateOutput[];
}
export interface StateResource {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  /** Module address such as `module.a.module.b[0]`, or ''. */
  readonly module: string;
  readonly provider: string;
  readonly tainted: boolean;
  /** Sanitized attributes as JSON text. */
  readonly values: string;
}
export interface StateOutput {
  readonly name: string;
  readonly sensitive: boolean;
  /** JSON text; null when sensitive and not opted in. */
  readonly value: string | null;
  readonly hash: string;
}

export const WorkspaceUploadRequest = z.object({ bytes: z.number(), sha256: z.string() });

export const ReleaseRequest = z.object({
  outcome: z.enum(['waiting', 'finished', 'failed', 'stopped', 'requeue']),
  note: z.optional(z.string()),
});
export type ReleaseRequest = z.infer<typeof ReleaseRequest>;

/** Names the package of the handover, whose first address has died. */
export const PackageDownloadRequest = z.object({ sha256: z.string() });

export const RunConfigRequest = z.object({ text: z.string() });

export const StateUploadRequest = z.object({
  bytes: z.number(),
  sha256: z.string(),
  /** Base64, as the tool's Content-MD5. */
  md5: z.string(),
  serial: z.number(),
  lineage: z.string(),
  toolVersion: z.nullable(z.string()),
  lockId: z.nullable(z.string()),
  /** The body itself, base64, where it is small: it is then committed by the same call. */
  content: z.optional(z.string()),
});
/** Larger states go to the object store by an address of their own. */
export const MAX_STATE_BYTES_IN_CALL = 128 * 1024;
export type StateUploadRequest = z.infer<typeof StateUploadRequest>;
export type StateUploadResponse =
  | { readonly unchanged: true; readonly versionId: string }
  | { readonly committed: true; readonly versionId: string }
  | { readonly uploadId: string; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly expiresAt: string };

export interface StateGetResponse {
  readonly versionId: string;
  readonly serial: number;
  readonly lineage: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly md5: string;
  readonly url: string;
  readonly expiresAt: string;
}

/** Answer to a lock that was taken: the state as nobody else can change it until the lock is given back. */
export interface StateLockResponse {
  readonly state: StateGetResponse | null;
}
