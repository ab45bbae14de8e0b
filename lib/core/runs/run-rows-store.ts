import type { Insertable, Selectable, Updateable } from 'kysely';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import type { Run, RunHistoryEntry } from './run.ts';
import type { RunState } from './run-states.ts';

export type RunRow = Selectable<Tables['runs']>;

/** Fields that are a column each, as they are. */
const PLAIN = {
  id: 'id', stackId: 'stack_id', spaceId: 'space_id', type: 'type', state: 'state', stateVersion: 'state_version', title: 'title',
  branch: 'branch', command: 'command', triggeredBy: 'triggered_by', driftDetection: 'drift_detection', localWorkspaceId: 'local_workspace_id',
  priority: 'priority', skipInitialization: 'skip_initialization', forceApply: 'force_apply', runtimeConfigInput: 'runtime_config_input',
  workflowId: 'workflow_id', retryOf: 'retry_of', workerPoolId: 'worker_pool_id', workerId: 'worker_id', lease: 'lease', phase: 'phase',
  attempts: 'attempts', againAt: 'again_at', handoverAt: 'handover_at', decision: 'decision', decisionNote: 'decision_note', stopRequestedAt: 'stop_requested_at',
  stopRequestedBy: 'stop_requested_by', stopNote: 'stop_note', killRequestedAt: 'kill_requested_at', hasChanges: 'has_changes',
  toolKind: 'tool_kind', toolVersion: 'tool_version', changesKey: 'changes_key', applyChangesKey: 'apply_changes_key',
  workspaceKey: 'workspace_key', workspaceSha256: 'workspace_sha256', workspaceBytes: 'workspace_bytes',
  createdAt: 'created_at', updatedAt: 'updated_at', finishedAt: 'finished_at',
} as const satisfies Partial<Record<keyof Run, keyof RunRow>>;

/** Fields kept as one JSON document each. */
const DOCUMENTS = {
  commit: 'commit_info', creatorSession: 'creator_session', causes: 'causes', targets: 'targets', flags: 'flags', userMetadata: 'user_metadata',
  environmentOverrides: 'environment_overrides', runtimeConfig: 'runtime_config', delta: 'delta',
} as const satisfies Partial<Record<keyof Run, keyof RunRow>>;

const same = (a: unknown, b: unknown): boolean => (a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b);
const document = (value: unknown) => (value === null || value === undefined ? null : json(value));
const entries = <T extends object>(object: T) => Object.entries(object) as [keyof T, T[keyof T]][];

function waitingColumns({ waiting }: Pick<Run, 'waiting'>) {
  return {
    waiting_reason: waiting?.reason ?? null,
    waiting_since: waiting?.since ?? null,
    waiting_run_id: waiting?.runId ?? null,
    waiting_pool_id: waiting?.workerPoolId ?? null,
    waiting_approvals: document(waiting?.approvals),
  };
}

/** Every column of a new run. */
export function runColumns(run: Run): Insertable<Tables['runs']> {
  const columns: Record<string, unknown> = { ...waitingColumns(run) };
  for (const [field, column] of entries(PLAIN)) columns[column] = run[field];
  for (const [field, column] of entries(DOCUMENTS)) columns[column] = document(run[field]);
  return columns as unknown as Insertable<Tables['runs']>;
}

/** The same as one document, for statements that insert many. */
export function runDocument(run: Run): Readonly<Record<string, unknown>> {
  const { waiting } = run;
  const columns: Record<string, unknown> = {
    waiting_reason: waiting?.reason ?? null,
    waiting_since: waiting?.since ?? null,
    waiting_run_id: waiting?.runId ?? null,
    waiting_pool_id: waiting?.workerPoolId ?? null,
    waiting_approvals: waiting?.approvals ?? null,
  };
  for (const [field, column] of [...entries(PLAIN), ...entries(DOCUMENTS)]) columns[column] = run[field];
  return columns;
}

/** The columns in which two versions of a run differ. */
export function changedColumns(before: Run, after: Run): Updateable<Tables['runs']> {
  const columns: Record<string, unknown> = {};
  for (const [field, column] of entries(PLAIN)) if (!same(before[field], after[field])) columns[column] = after[field];
  for (const [field, column] of entries(DOCUMENTS)) if (JSON.stringify(before[field]) !== JSON.stringify(after[field])) columns[column] = document(after[field]);
  if (JSON.stringify(before.waiting) !== JSON.stringify(after.waiting)) Object.assign(columns, waitingColumns(after));
  return columns;
}

export function toRun(row: RunRow): Run {
  const run: Record<string, unknown> = {
    waiting:
      row.waiting_reason === null || row.waiting_since === null
        ? null
        : { reason: row.waiting_reason, since: row.waiting_since, runId: row.waiting_run_id, workerPoolId: row.waiting_pool_id, approvals: row.waiting_approvals ?? null },
  };
  for (const [field, column] of entries(PLAIN)) run[field] = row[column];
  for (const [field, column] of entries(DOCUMENTS)) run[field] = row[column];
  return run as unknown as Run;
}

export function toHistory(row: Selectable<Tables['run_history']>): RunHistoryEntry {
  return {
    runId: row.run_id,
    stateVersion: row.state_version,
    state: row.state as RunState,
    at: row.at,
    username: row.username,
    note: row.note,
    hasLogs: row.has_logs,
    terminal: row.terminal,
  };
}
