import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { CommitInfo } from '../ports/vcs.ts';
import type { VendorConfig } from './stack.ts';

/** Each of these changes one side of a stack in one guarded statement; false when the guard did not hold. */

export async function setDisabled(sql: Sql, stackId: string, isDisabled: boolean, now: Date): Promise<void> {
  await sql.updateTable('stacks').set({ is_disabled: isDisabled, updated_at: now }).where('id', '=', stackId).execute();
}

/** Takes the lock if it is free or the caller's already; the time of the first taking stays. */
export async function takeLock(sql: Sql, stackId: string, owner: string, note: string | null, now: Date): Promise<boolean> {
  const row = await sql
    .updateTable('stacks')
    .set((e) => ({ locked_by: owner, locked_at: e.fn.coalesce('locked_at', e.cast<Date>(e.val(now), 'timestamptz')), lock_note: note }))
    .where('id', '=', stackId)
    .where((e) => e.or([e('locked_by', 'is', null), e('locked_by', '=', owner)]))
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Frees a lock, if it is still the one that the caller saw. */
export async function dropLock(sql: Sql, stackId: string, owner: string): Promise<boolean> {
  const row = await sql.updateTable('stacks').set({ locked_by: null, locked_at: null, lock_note: null }).where('id', '=', stackId).where('locked_by', '=', owner).returning('id').executeTakeFirst();
  return row !== undefined;
}

export async function setTrackedCommit(sql: Sql, stackId: string, commit: CommitInfo, by: string): Promise<void> {
  await sql.updateTable('stacks').set({ tracked_commit: json(commit), tracked_commit_set_by: by }).where('id', '=', stackId).execute();
}

/** A commit of another repository cannot stay the tracked one. */
export async function dropTrackedCommit(sql: Sql, stackId: string): Promise<void> {
  await sql.updateTable('stacks').set({ tracked_commit: null, tracked_commit_set_by: null }).where('id', '=', stackId).execute();
}

export async function setBranchHead(sql: Sql, stackId: string, head: CommitInfo): Promise<void> {
  await sql.updateTable('stacks').set({ branch_head: json(head) }).where('id', '=', stackId).execute();
}

export async function setVendorConfig(sql: Sql, stackId: string, vendorConfig: VendorConfig, now: Date): Promise<boolean> {
  const row = await sql.updateTable('stacks').set({ vendor_config: json(vendorConfig), updated_at: now }).where('id', '=', stackId).where('deleting', '=', false).returning('id').executeTakeFirst();
  return row !== undefined;
}

export async function setHookToken(sql: Sql, stackId: string, token: string): Promise<void> {
  await sql.updateTable('stacks').set({ git_hook_token: token }).where('id', '=', stackId).execute();
}

export async function setStar(sql: Sql, login: string, stackId: string, star: boolean): Promise<void> {
  if (star) await sql.insertInto('stack_stars').values({ login, stack_id: stackId }).onConflict((clash) => clash.doNothing()).execute();
  else await sql.deleteFrom('stack_stars').where('login', '=', login).where('stack_id', '=', stackId).execute();
}

/** Of these stacks, the ones that the person has marked. */
export async function starredStacks(sql: Sql, login: string, stackIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (stackIds.length === 0) return new Set();
  const rows = await sql.selectFrom('stack_stars').select('stack_id').where('login', '=', login).where('stack_id', 'in', stackIds).execute();
  return new Set(rows.map((row) => row.stack_id));
}

/** Gives the stack another id. What refers to it by foreign key follows; role bindings do not know stacks and are moved. */
export async function renameStack(sql: Sql, stackId: string, newId: string, now: Date): Promise<void> {
  await sql.updateTable('stacks').set({ id: newId, updated_at: now }).where('id', '=', stackId).execute();
  await sql.updateTable('role_bindings').set({ actor_id: newId }).where('actor_type', '=', 'stack').where('actor_id', '=', stackId).execute();
}
