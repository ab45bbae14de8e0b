/** Actions by the lowest system role that holds them (stacks.md §14.2): reader, writer, admin. */
export const READER_ACTIONS = ['space:read', 'run:cancel', 'run:comment', 'run:retry', 'run:stop', 'stack:set-star'] as const;

export const WRITER_ACTIONS = [
  'space:write', 'space:share-module',
  'run:cancel-blocking', 'run:confirm', 'run:discard', 'run:prioritize-set', 'run:promote', 'run:propose-local-workspace',
  'run:propose-with-overrides', 'run:retry-blocking', 'run:review', 'run:stop-blocking', 'run:targeted-replan', 'run:trigger',
  'task:create',
  'stack:add-config', 'stack:delete-config', 'stack:lock', 'stack:set-current-commit', 'stack:state-download', 'stack:state-read',
  'stack:sync-commit', 'stack:unlock', 'stack:upload-local-workspace',
] as const;

export const ADMIN_ACTIONS = [
  'space:admin',
  'run:trigger-with-custom-runtime-config',
  'stack:create', 'stack:delete', 'stack:disable', 'stack:enable', 'stack:manage', 'stack:managed-state-import',
  'stack:managed-state-rollback', 'stack:reslug', 'stack:unlock-force', 'stack:update', 'stack:workspace-lock', 'stack:workspace-unlock',
  'context:create', 'context:update', 'context:delete',
  'worker:drain-set', 'worker-pool:create', 'worker-pool:cycle', 'worker-pool:delete', 'worker-pool:reset', 'worker-pool:update',
  'policy:create', 'policy:update', 'policy:delete',
] as const;

export type Action = (typeof READER_ACTIONS)[number] | (typeof WRITER_ACTIONS)[number] | (typeof ADMIN_ACTIONS)[number];

const STATE_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'stack:managed-state-import', 'stack:managed-state-rollback', 'stack:state-download', 'stack:state-read', 'stack:upload-local-workspace', 'stack:workspace-lock', 'stack:workspace-unlock',
]);

/** What no role gives to a run that calls with its own token: runs, tasks and states stay closed to code that a run executes (stacks.md §6.3). */
export const isClosedToRuns = (action: Action): boolean => action.startsWith('run:') || action === 'task:create' || STATE_ACTIONS.has(action);
