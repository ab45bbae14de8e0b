/** The phases of one handover, the hooks around them, and what a worker is handed (workers.md §7.2). */
import type { LogStart } from './worker-api.ts';

export type RunType = 'PROPOSED' | 'TRACKED' | 'TASK' | 'DESTROY' | 'TESTING' | 'PARSE';
export type HandoverPhase = 'INITIAL' | 'APPLY' | 'REPLAN';

export const HOOK_NAMES = [
  'before_init', 'after_init', 'before_plan', 'after_plan', 'before_apply', 'after_apply',
  'before_destroy', 'after_destroy', 'before_perform', 'after_perform', 'after_run',
] as const;
export type HookName = (typeof HOOK_NAMES)[number];
export type Hooks = Readonly<Record<HookName, readonly string[]>>;

/** A sealed package up to this size also comes with the job, which saves the call for it. */
export const MAX_PACKAGE_BYTES_IN_JOB = 16 * 1024;

/** Answer of `POST /worker/v1/claim`. */
export interface Job {
  readonly run: { readonly id: string; readonly type: RunType; readonly stackId: string; readonly spaceId: string; readonly stateVersion: number };
  readonly lease: number;
  readonly phase: HandoverPhase;
  /** Sealed JSON of `JobPackage`, envelope context `package:<run>:<lease>`. URLs may be relative to the API's base. */
  readonly package: SealedPackage;
  /** Sealed workspace of an earlier handover, envelope context `workspace:<run>`. */
  readonly workspace: { readonly url: string; readonly sha256: string; readonly bytes: number } | null;
  /** Server lines, printed first. */
  readonly log: readonly string[];
  /** Where the log of the run's state goes, and of those that come next. */
  readonly logs?: readonly LogStart[];
  readonly stop: boolean;
  /** What the server chose for the run, signed: goes back with the worker's first step as it is. Absent where the run has it already. */
  readonly choice?: string;
}

export interface SealedPackage {
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Base64, where it is small. */
  readonly content?: string;
}

export interface PackageVariable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
}

export interface PackageFile {
  /** Relative to the workspace root; no `..`, not absolute. */
  readonly path: string;
  /** Base64. */
  readonly content: string;
  /** Octal text such as `0600`, or null for the default 0644. */
  readonly mode: string | null;
  readonly secret: boolean;
}

export type PackageSource =
  | { readonly kind: 'git'; readonly url: string; readonly username: string | null; readonly password: string | null; readonly commit: string; readonly branch: string | null; readonly submodules: boolean; readonly sparsePaths: readonly string[] }
  | { readonly kind: 'archive'; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly format: 'tar.gz' | 'zip'; readonly strip: 0 | 1 }
  | { readonly kind: 'upload'; readonly url: string }
  | { readonly kind: 'none' };

export type ToolKind = 'TERRAFORM_FOSS' | 'OPEN_TOFU' | 'CUSTOM';

export interface VersionChoice {
  readonly kind: ToolKind;
  /** Exact version, resolved by the server; null for CUSTOM. */
  readonly version: string | null;
}

/** Everything a handover needs, secrets included; only ever stored sealed to the pool's key. */
export interface JobPackage {
  readonly v: 1;
  readonly account: string;
  readonly stack: {
    readonly id: string;
    readonly name: string;
    readonly space: { readonly id: string; readonly path: string };
    readonly labels: readonly string[];
    readonly vendor: 'terraform' | 'opentofu';
    readonly vendorConfig: {
      /** Ignored with managed state. */
      readonly workspace: string | null;
      readonly useSmartSanitization: boolean;
      readonly concise: boolean;
    };
    /** Effective, slashes trimmed; '' for the repository root. */
    readonly projectRoot: string;
    readonly additionalProjectGlobs: readonly string[];
    readonly autodeploy: boolean;
    /** Values of sensitive outputs may leave the worker, sealed; the worker's operator has to agree. */
    readonly sensitiveOutputs: boolean;
  };
  readonly run: {
    readonly id: string;
    readonly type: RunType;
    readonly branch: string | null;
    readonly commit: { readonly hash: string; readonly message: string; readonly author: string; readonly url: string; readonly timestamp: number };
    /** `triggeredBy`, or `git commit`. */
    readonly trigger: string;
    readonly drift: boolean;
    readonly command: string | null;
    readonly targets: readonly string[];
    readonly userMetadata: readonly string[];
    readonly localPreview: boolean;
    readonly skipInit: boolean;
  };
  readonly image: { readonly ref: string; readonly source: 'stack' | 'runtime' | 'account' | 'default' };
  readonly tool: VersionChoice;
  /** Resolved by precedence; `ro_`/`wo_` prefixes and `${NAME}` still in place: the worker applies both. */
  readonly env: readonly PackageVariable[];
  readonly files: readonly PackageFile[];
  readonly hooks: Hooks;
  readonly source: PackageSource;
  /** Custom-tool commands of `.spacelift/workflow.yml`; read by the worker, so null here today. */
  readonly workflow: null;
  readonly masking: { readonly wellKnown: boolean; readonly timestamps: boolean };
  readonly state: { readonly managed: boolean; readonly workspace: string };
  readonly apiToken: string | null;
  readonly oidcToken: string | null;
  readonly sanitize: 'default' | 'smart' | 'off';
  /** True when planning may go straight to applying (for extra mounts). */
  readonly mayApply: boolean;
}
