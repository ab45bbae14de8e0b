import type { Insertable, Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { Tables } from '../ports/tables.ts';
import { notFound } from '../shared/errors.ts';
import { hookLists, type HookKey } from '../shared/hooks.ts';
import type { Stack } from './stack.ts';

export function toStack(row: Selectable<Tables['stacks']>): Stack {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    labels: row.labels as readonly string[],
    spaceId: row.space_id,
    provider: row.provider as Stack['provider'],
    namespace: row.namespace,
    repository: row.repository,
    repositoryUrl: row.repository_url ?? '',
    branch: row.branch,
    projectRoot: row.project_root,
    additionalProjectGlobs: row.additional_project_globs as readonly string[],
    gitSparseCheckoutPaths: row.git_sparse_checkout_paths as readonly string[],
    workerPoolId: row.worker_pool_id,
    runnerImage: row.runner_image,
    administrative: row.administrative,
    autodeploy: row.autodeploy,
    autoretry: row.autoretry,
    githubActionDeploy: row.github_action_deploy,
    localPreviewEnabled: row.local_preview_enabled,
    wellKnownSecretMasking: row.well_known_secret_masking,
    sensitiveOutputUpload: row.sensitive_output_upload,
    protectFromDeletion: row.protect_from_deletion,
    hooks: hookLists(row.hooks as Partial<Record<HookKey, readonly string[]>>),
    vendorConfig: row.vendor_config as Stack['vendorConfig'],
    manageState: row.manage_state,
    isDisabled: row.is_disabled,
    deleting: row.deleting,
    lockedBy: row.locked_by,
    lockedAt: row.locked_at,
    lockNote: row.lock_note,
    trackedCommit: row.tracked_commit as Stack['trackedCommit'],
    trackedCommitSetBy: row.tracked_commit_set_by,
    branchHead: row.branch_head as Stack['branchHead'],
    lastAppliedVersion: row.last_applied_version,
    lastApplyAt: row.last_apply_at,
    gitHookToken: row.git_hook_token,
    blockerRunId: row.blocker_run_id,
    state: row.state as Stack['state'],
    stateSetAt: row.state_set_at,
    stateSetBy: row.state_set_by,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function jsonOrNull(value: unknown) {
  return value === null ? null : json(value);
}

/** The columns that people set; all others belong to runs, locks and sources. */
function settingsColumns(stack: Stack) {
  return {
    name: stack.name,
    description: stack.description,
    labels: json(stack.labels),
    space_id: stack.spaceId,
    provider: stack.provider,
    namespace: stack.namespace,
    repository: stack.repository,
    repository_url: stack.repositoryUrl,
    branch: stack.branch,
    project_root: stack.projectRoot,
    additional_project_globs: json(stack.additionalProjectGlobs),
    git_sparse_checkout_paths: json(stack.gitSparseCheckoutPaths),
    worker_pool_id: stack.workerPoolId,
    runner_image: stack.runnerImage,
    administrative: stack.administrative,
    autodeploy: stack.autodeploy,
    autoretry: stack.autoretry,
    github_action_deploy: stack.githubActionDeploy,
    local_preview_enabled: stack.localPreviewEnabled,
    well_known_secret_masking: stack.wellKnownSecretMasking,
    sensitive_output_upload: stack.sensitiveOutputUpload,
    protect_from_deletion: stack.protectFromDeletion,
    hooks: json(stack.hooks),
    vendor_config: json(stack.vendorConfig),
    updated_at: stack.updatedAt,
  };
}

export async function findStack(sql: Sql, id: string): Promise<Stack | undefined> {
  const row = await sql.selectFrom('stacks').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toStack(row);
}

export async function getStack(sql: Sql, id: string): Promise<Stack> {
  const stack = await findStack(sql, id);
  if (!stack) throw notFound(`stack "${id}" not found`, { stack: id });
  return stack;
}

/** Several stacks in one statement, in no order; those that are missing are absent. */
export async function findStacks(sql: Sql, ids: readonly string[]): Promise<readonly Stack[]> {
  if (ids.length === 0) return [];
  return (await sql.selectFrom('stacks').selectAll().where('id', 'in', ids).execute()).map(toStack);
}

export async function findStackByHookToken(sql: Sql, token: string): Promise<Stack | undefined> {
  const row = await sql.selectFrom('stacks').selectAll().where('git_hook_token', '=', token).executeTakeFirst();
  return row && toStack(row);
}

/** What else bears one of these ids or names: `except` itself does not count. */
export async function stackClashes(sql: Sql, wanted: { readonly id?: string; readonly name?: string; readonly except?: string }): Promise<{ readonly id: boolean; readonly name: boolean }> {
  const rows = await sql
    .selectFrom('stacks')
    .select(['id', 'name'])
    .where((e) => e.or([e('id', '=', wanted.id ?? ''), e('name', '=', wanted.name ?? '')]))
    .execute();
  const others = rows.filter((row) => row.id !== wanted.except);
  return { id: rows.some((row) => row.id === wanted.id), name: others.some((row) => row.name === wanted.name) };
}

/** Adds the stack; false when another has its id, name or hook token. */
export async function insertStack(sql: Sql, stack: Stack): Promise<boolean> {
  const row: Insertable<Tables['stacks']> = {
    ...settingsColumns(stack),
    tracked_commit: jsonOrNull(stack.trackedCommit),
    tracked_commit_set_by: stack.trackedCommitSetBy,
    branch_head: jsonOrNull(stack.branchHead),
    id: stack.id,
    manage_state: stack.manageState,
    is_disabled: stack.isDisabled,
    deleting: stack.deleting,
    locked_by: stack.lockedBy,
    locked_at: stack.lockedAt,
    lock_note: stack.lockNote,
    last_applied_version: stack.lastAppliedVersion,
    last_apply_at: stack.lastApplyAt,
    git_hook_token: stack.gitHookToken,
    blocker_run_id: stack.blockerRunId,
    state: stack.state,
    state_set_at: stack.stateSetAt,
    state_set_by: stack.stateSetBy,
    created_by: stack.createdBy,
    created_at: stack.createdAt,
  };
  const inserted = await sql.insertInto('stacks').values(row).onConflict((clash) => clash.doNothing()).returning('id').executeTakeFirst();
  return inserted !== undefined;
}

/** Replaces the settings of a stack that is not being deleted; false when it is, or is gone. */
export async function saveStackSettings(sql: Sql, stack: Stack): Promise<boolean> {
  const row = await sql.updateTable('stacks').set(settingsColumns(stack)).where('id', '=', stack.id).where('deleting', '=', false).returning('id').executeTakeFirst();
  return row !== undefined;
}
