/** A saved workspace is bound to the handover that made it. */
export const workspaceKey = (runId: string, lease: number): string => `${runId}/${lease}`;
export const workspacePrefix = (runId: string): string => `${runId}/`;

export const MAX_WORKSPACE_BYTES = 5 * 1024 * 1024 * 1024;

export const STALE_POOL_KEY = 'the workspace was encrypted for a previous worker pool key; trigger a new run';
export const WORKSPACE_GONE = 'the saved workspace of this run is gone; trigger a new run';
