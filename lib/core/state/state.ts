import type { RunState, RunType } from '../runs/run-states.ts';

/** Terraform and OpenTofu have exactly one. */
export const DEFAULT_WORKSPACE = 'default';

/** The tool's lock document; only `ID` means something here. */
export interface LockInfo {
  readonly ID: string;
  readonly [name: string]: unknown;
}

export interface StateLock {
  readonly info: LockInfo;
  readonly runId: string;
  readonly lease: number;
  /** Version of the run's state in which it was taken. */
  readonly stateVersion: number;
  /** The run that took it as it is now; undefined when it is gone. */
  readonly holder: { readonly lease: number; readonly state: RunState } | undefined;
}

export interface StateWorkspace {
  readonly id: string;
  /** Null once the stack is deleted. */
  readonly stackId: string | null;
  readonly name: string;
  readonly currentVersionId: string | null;
  readonly lock: StateLock | null;
  readonly createdAt: Date;
}

export type StateOrigin = 'run' | 'import' | 'rollback';

/** One state as it was committed; its body is an object that never changes. */
export interface StateVersion {
  readonly id: string;
  readonly workspaceId: string;
  readonly objectKey: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Base64, as in Content-MD5. */
  readonly md5: string;
  readonly serial: number;
  readonly lineage: string;
  readonly toolVersion: string | null;
  readonly origin: StateOrigin;
  /** The state was deleted; there is no body. */
  readonly isDeletedMarker: boolean;
  readonly runId: string | null;
  readonly lease: number | null;
  /** Login of a person, or `run <id>`. */
  readonly createdBy: string;
  readonly committedAt: Date;
  readonly supersededAt: Date | null;
}

/** A body on its way in; becomes a version when it is committed. */
export interface StateUpload {
  readonly id: string;
  readonly workspaceId: string;
  readonly runId: string | null;
  readonly lease: number | null;
  readonly baseVersionId: string | null;
  readonly bytes: number;
  readonly sha256: string;
  readonly md5: string;
  readonly serial: number;
  readonly lineage: string;
  readonly toolVersion: string | null;
  readonly lockId: string | null;
  readonly objectKey: string;
  readonly expiresAt: Date;
  readonly versionId: string | null;
}

/** The run behind a call, as the rules judge it. */
export interface StateUser {
  readonly runId: string;
  readonly stackId: string;
  readonly spaceId: string;
  readonly type: RunType;
  readonly state: RunState;
  readonly stateVersion: number;
  readonly lease: number;
  readonly workerId: string | null;
}

/** A person's or run's name in the history of versions. */
export const runAuthor = (runId: string): string => `run ${runId}`;
