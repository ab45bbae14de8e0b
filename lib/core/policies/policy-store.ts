import { sql as raw, type Insertable, type Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { PolicyType } from '../ports/policy-engine.ts';
import type { Tables } from '../ports/tables.ts';
import type { Policy, PolicyEngineType } from './policy.ts';

/** Everything but the text, which may be large and is read when it is needed. */
export const POLICY_COLUMNS = [
  'policies.id', 'policies.ulid', 'policies.name', 'policies.description', 'policies.type', 'policies.engine_type', 'policies.space_id', 'policies.labels',
  'policies.body_sha256', 'policies.keeps_inputs', 'policies.version', 'policies.created_at', 'policies.updated_at',
] as const;

type PolicyRow = Omit<Selectable<Tables['policies']>, 'body' | 'body_key'>;

export function toPolicy(row: PolicyRow): Policy {
  return {
    id: row.id,
    ulid: row.ulid,
    name: row.name,
    description: row.description,
    type: row.type as PolicyType,
    engineType: row.engine_type as PolicyEngineType,
    spaceId: row.space_id,
    labels: row.labels as readonly string[],
    bodySha256: row.body_sha256,
    keepsInputs: row.keeps_inputs,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Where a policy's text is: in its row, or as an object when it is long. */
export interface KeptBody {
  readonly body: string | null;
  readonly bodyKey: string | null;
}

const settingsColumns = (policy: Policy, kept: KeptBody) => ({
  name: policy.name,
  description: policy.description,
  engine_type: policy.engineType,
  space_id: policy.spaceId,
  labels: json(policy.labels),
  body: kept.body,
  body_key: kept.bodyKey,
  body_sha256: policy.bodySha256,
  keeps_inputs: policy.keepsInputs,
  version: policy.version,
  updated_at: policy.updatedAt,
});

export async function findPolicy(sql: Sql, id: string): Promise<Policy | undefined> {
  const row = await sql.selectFrom('policies').select(POLICY_COLUMNS).where('id', '=', id).executeTakeFirst();
  return row && toPolicy(row);
}

/** Those policies of a list that still exist. */
export async function livingPolicies(sql: Sql, ulids: readonly string[]): Promise<readonly string[]> {
  if (ulids.length === 0) return [];
  return (await sql.selectFrom('policies').select('ulid').where('ulid', 'in', ulids).limit(1000).execute()).map((row) => row.ulid);
}

/** Where the texts of some policies are, by id. Each statement answers with a few, so that its answer stays small. */
export async function keptBodies(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, KeptBody>> {
  const found = new Map<string, KeptBody>();
  for (let from = 0; from < ids.length; from += 15) {
    const rows = await sql.selectFrom('policies').select(['id', 'body', 'body_key']).where('id', 'in', ids.slice(from, from + 15)).limit(15).execute();
    for (const row of rows) found.set(row.id, { body: row.body, bodyKey: row.body_key });
  }
  return found;
}

/** Adds the policy; false when its id or name is taken. */
export async function insertPolicy(sql: Sql, policy: Policy, kept: KeptBody): Promise<boolean> {
  const values: Insertable<Tables['policies']> = { ...settingsColumns(policy, kept), id: policy.id, ulid: policy.ulid, type: policy.type, created_at: policy.createdAt };
  const row = await sql.insertInto('policies').values(values).onConflict((clash) => clash.doNothing()).returning('id').executeTakeFirst();
  return row !== undefined;
}

/** Writes the policy over the version before it, and answers with the object key that is unused now; undefined when somebody else was faster. */
export async function savePolicy(sql: Sql, policy: Policy, kept: KeptBody): Promise<{ readonly unusedKey: string | null } | undefined> {
  const before = await sql.selectFrom('policies').select('body_key').where('id', '=', policy.id).where('version', '=', policy.version - 1).forUpdate().executeTakeFirst();
  if (before === undefined) return undefined;
  await sql.updateTable('policies').set(settingsColumns(policy, kept)).where('id', '=', policy.id).execute();
  return { unusedKey: before.body_key === kept.bodyKey ? null : before.body_key };
}

/** Removes the policy with its attachments; answers with its object key. */
export async function removePolicy(sql: Sql, id: string): Promise<{ readonly unusedKey: string | null } | undefined> {
  const row = await sql.deleteFrom('policies').where('id', '=', id).returning('body_key').executeTakeFirst();
  return row && { unusedKey: row.body_key };
}

export interface PolicyListing {
  readonly spaceIds: readonly string[] | 'all';
  readonly type?: PolicyType | null;
}

/** Policies of some spaces in the order of their ids. */
export async function listPolicies(sql: Sql, listing: PolicyListing): Promise<readonly Policy[]> {
  let query = sql.selectFrom('policies').select(POLICY_COLUMNS).orderBy('id').limit(1000);
  if (listing.spaceIds !== 'all') {
    if (listing.spaceIds.length === 0) return [];
    query = query.where('space_id', 'in', listing.spaceIds);
  }
  if (listing.type) query = query.where('type', '=', listing.type);
  return (await query.execute()).map(toPolicy);
}

/** The space and those it inherits from, as ids, within a statement. */
export const spacesAbove = (spaceId: string) => raw<string>`(
  with recursive line(id, parent_id, inherit_entities) as (
    select s.id, s.parent_id, s.inherit_entities from spaces s where s.id = ${spaceId}
    union select s.id, s.parent_id, s.inherit_entities from spaces s join line on s.id = line.parent_id where line.inherit_entities
  ) select line.id from line)`;

/** Policies of a type that hold for a whole space: those of the space and of the spaces it inherits from, by id. */
export async function listPoliciesInForce(sql: Sql, { type, spaceId }: { readonly type: PolicyType; readonly spaceId: string }): Promise<readonly Policy[]> {
  const rows = await sql.selectFrom('policies').select(POLICY_COLUMNS).where('type', '=', type).where('space_id', 'in', spacesAbove(spaceId)).orderBy('id').limit(200).execute();
  return rows.map(toPolicy);
}
