/** A named set of workers with one certificate (workers.md §2). */
export interface WorkerPool {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly spaceId: string;
  /** Serves stacks that name no pool. */
  readonly isShared: boolean;
  /** −1 no limit, 0 none, n at most n at once. */
  readonly driftRunLimit: number;
  readonly certificate: string;
  readonly certificateId: string;
  readonly spkiSha256: string;
  /** PEM (SPKI): seals packages, verifies assertions. */
  readonly publicKey: string;
  readonly certificateIssuedAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ToolOnWorker {
  readonly kind: 'TERRAFORM_FOSS' | 'OPEN_TOFU';
  readonly version: string;
}

/** One launcher process; handles one run at a time. */
export interface Worker {
  readonly id: string;
  readonly poolId: string;
  readonly bootId: string;
  readonly certificateId: string;
  readonly drained: boolean;
  /** Told to end itself once idle; gets no further run. */
  readonly cycling: boolean;
  readonly runId: string | null;
  readonly lease: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly launcherVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly execution: 'docker' | 'process' | 'kubernetes';
  readonly sensitiveOutputs: boolean;
  readonly tools: readonly ToolOnWorker[];
  readonly heartbeatSeq: number;
  readonly lastSeenAt: Date;
  readonly willAt: Date | null;
  /** When its region changed and it had to find the new one; over once it was seen after that. */
  readonly awaitedSince: Date | null;
  readonly passedOverUntil: Date | null;
  readonly availableAt: Date | null;
  readonly createdAt: Date;
  /** Holds a run, or has an assignment that is neither claimed nor expired yet. */
  readonly busy: boolean;
}

/** A worker with the pool it proved to belong to. */
export interface WorkerInPool extends Worker {
  readonly pool: WorkerPool;
}
