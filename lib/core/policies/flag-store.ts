import type { Sql } from '../ports/database.ts';
import { flagsOf, ownersAfter, type FlagOwner, type FlagWishes } from './flags.ts';
import { livingPolicies } from './policy-store.ts';

/** The owners of a run's flags. */
export async function flagOwners(sql: Sql, runId: string): Promise<readonly FlagOwner[]> {
  const rows = await sql.selectFrom('run_flag_owners').select(['flag', 'policy_ulid']).where('run_id', '=', runId).orderBy('flag').orderBy('policy_ulid').limit(1000).execute();
  return rows.map((row) => ({ flag: row.flag, policyUlid: row.policy_ulid }));
}

/** Applies wishes to a run's flags in the caller's transaction, and answers with the flags that the run has then. `flags` are those it has. */
export async function applyFlags(sql: Sql, run: { readonly id: string; readonly flags: readonly string[] }, wishes: readonly FlagWishes[]): Promise<readonly string[]> {
  if (wishes.every(({ flag, reset }) => flag.length === 0 && reset.length === 0)) return run.flags;
  const before = await flagOwners(sql, run.id);
  const living = new Set(await livingPolicies(sql, [...new Set(before.map(({ policyUlid }) => policyUlid))]));
  const after = ownersAfter(before, wishes, living);
  await writeOwners(sql, run.id, before, after);
  const names = flagsOf(after);
  return [...run.flags.filter((flag) => names.includes(flag)), ...names.filter((flag) => !run.flags.includes(flag))];
}

async function writeOwners(sql: Sql, runId: string, before: readonly FlagOwner[], after: readonly FlagOwner[]): Promise<void> {
  const has = (list: readonly FlagOwner[], { flag, policyUlid }: FlagOwner) => list.some((owner) => owner.flag === flag && owner.policyUlid === policyUlid);
  for (const gone of before.filter((owner) => !has(after, owner))) {
    await sql.deleteFrom('run_flag_owners').where('run_id', '=', runId).where('flag', '=', gone.flag).where('policy_ulid', '=', gone.policyUlid).execute();
  }
  const added = after.filter((owner) => !has(before, owner));
  if (added.length > 0) {
    await sql.insertInto('run_flag_owners').values(added.map(({ flag, policyUlid }) => ({ run_id: runId, flag, policy_ulid: policyUlid }))).onConflict((clash) => clash.doNothing()).execute();
  }
}
