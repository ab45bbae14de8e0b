import type { Decision, Delta } from '../../protocol/worker-api.ts';
import type { HandoverPhase, ToolKind } from '../../protocol/job.ts';
import type { CommitInfo } from '../ports/vcs.ts';
import type { RunState, RunType } from './run-states.ts';

export type Priority = 'LOW' | 'NORMAL' | 'HIGH';

/** One link in the chain from an event to a state. `kind`: delivery, push, poll, policy, schedule, dependency, person, worker. */
export interface Cause {
  readonly at: string;
  readonly kind: string;
  readonly text: string;
  readonly subject: string | null;
}

/** Why a run is not going on, as a page would show it; ids of what it waits for beside the words. */
export interface RunWait {
  readonly reason: string;
  readonly since: Date;
  readonly runId: string | null;
  readonly workerPoolId: string | null;
  readonly approvals: readonly string[] | null;
}

export interface CreatorSession {
  readonly admin: boolean;
  readonly creatorIp: string | null;
  readonly login: string;
  readonly name: string;
  readonly teams: readonly string[];
  readonly machine: boolean;
}

export interface EnvironmentOverride {
  readonly key: string;
  readonly value: string;
}

/** One execution: a tracked or proposed run, a task, a destruction (runs.md §1). */
export interface Run {
  readonly id: string;
  readonly stackId: string;
  readonly spaceId: string;
  readonly type: RunType;
  readonly state: RunState;
  readonly stateVersion: number;
  readonly title: string;
  readonly branch: string | null;
  readonly commit: CommitInfo;
  readonly command: string | null;
  readonly triggeredBy: string | null;
  readonly creatorSession: CreatorSession | null;
  readonly causes: readonly Cause[];
  readonly driftDetection: boolean;
  readonly localWorkspaceId: string | null;
  readonly priority: Priority;
  readonly targets: readonly string[];
  readonly skipInitialization: boolean;
  readonly forceApply: 'SINGLE' | 'CASCADE' | null;
  readonly flags: readonly string[];
  readonly userMetadata: readonly string[];
  readonly environmentOverrides: readonly EnvironmentOverride[];
  readonly runtimeConfigInput: string | null;
  /** The resolved `RuntimeConfig` (stacks/runtime-config.ts) once a worker has claimed the run. */
  readonly runtimeConfig: unknown;
  readonly workflowId: string;
  readonly retryOf: string | null;
  readonly workerPoolId: string | null;
  readonly workerId: string | null;
  readonly lease: number;
  readonly phase: HandoverPhase;
  readonly attempts: number;
  /** No worker gets the run before this: what it needed to begin did not answer. */
  readonly againAt: Date | null;
  readonly handoverAt: Date | null;
  readonly decision: Decision | null;
  readonly decisionNote: string | null;
  readonly stopRequestedAt: Date | null;
  readonly stopRequestedBy: string | null;
  readonly stopNote: string | null;
  readonly killRequestedAt: Date | null;
  readonly waiting: RunWait | null;
  readonly delta: Delta | null;
  readonly hasChanges: boolean | null;
  readonly toolKind: ToolKind | null;
  readonly toolVersion: string | null;
  readonly changesKey: string | null;
  readonly applyChangesKey: string | null;
  readonly workspaceKey: string | null;
  readonly workspaceSha256: string | null;
  readonly workspaceBytes: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

export interface RunHistoryEntry {
  readonly runId: string;
  readonly stateVersion: number;
  readonly state: RunState;
  readonly at: Date;
  readonly username: string | null;
  readonly note: string | null;
  readonly hasLogs: boolean;
  readonly terminal: boolean;
}
