/** Time in which a worker had a run, all of it that lies within a period. */
export interface WorkedTime {
  readonly type: string;
  readonly state: string;
  readonly isPublic: boolean;
  readonly runs: number;
  readonly ms: number;
}

/** One state of one run, or one run as a whole, where `state` is null. */
export interface WorkedRun {
  readonly runId: string;
  readonly state: string | null;
  readonly startedAt: Date;
  readonly ms: number;
  readonly type: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly poolId: string | null;
  readonly poolName: string | null;
  readonly isPublic: boolean;
}
