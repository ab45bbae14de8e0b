import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { PolicyType } from '../ports/policy-engine.ts';
import { isUsableIn, type Space } from '../spaces/space.ts';
import { attachesItself, autoAttachmentId, hasAutoattachLabel, isAttachable, type Policy, type PolicyAttachment } from './policy.ts';
import { POLICY_COLUMNS, spacesAbove, toPolicy } from './policy-store.ts';

/** A policy as one stack has it. */
export interface AttachedPolicy {
  readonly policy: Policy;
  readonly attachmentId: string;
  readonly isAutoattached: boolean;
}

type StackRef = { readonly id: string; readonly labels: readonly string[]; readonly spaceId: string };

/** The policies that act on a stack, by id: attached by a person, or by a label and usable in its space. One statement. */
export async function policiesOfStack(sql: Sql, stack: StackRef, types?: readonly PolicyType[]): Promise<readonly AttachedPolicy[]> {
  let query = sql
    .selectFrom('policies')
    .leftJoin('policy_attachments as a', (join) => join.onRef('a.policy_id', '=', 'policies.id').on('a.stack_id', '=', stack.id))
    .select(POLICY_COLUMNS)
    .select('a.id as attachment_id')
    .where((e) => e.or([e('a.id', 'is not', null), e.and([e(raw<string>`cast(policies.labels as text)`, 'like', '%"autoattach:%'), e('policies.space_id', 'in', spacesAbove(stack.spaceId))])]))
    .orderBy('policies.id')
    .limit(500);
  if (types !== undefined) query = query.where('policies.type', 'in', types);
  return (await query.execute())
    .map((row) => ({ policy: toPolicy(row), attachmentId: row.attachment_id ?? autoAttachmentId(row.id, stack.id), isAutoattached: row.attachment_id === null }))
    .filter(({ policy, isAutoattached }) => isAttachable(policy.type) && (!isAutoattached || attachesItself(policy.labels, stack.labels)));
}

const attachments = (sql: Sql) =>
  sql.selectFrom('policy_attachments as a').innerJoin('stacks as s', 's.id', 'a.stack_id').select(['a.id', 'a.policy_id', 'a.stack_id', 's.name as stack_name', 's.space_id']);

type Row = { readonly id: string; readonly policy_id: string; readonly stack_id: string; readonly stack_name: string; readonly space_id: string };

export type AttachedStack = PolicyAttachment & { readonly stackSpaceId: string };

const toAttachment = (row: Row): AttachedStack => ({ id: row.id, policyId: row.policy_id, stackId: row.stack_id, stackName: row.stack_name, isAutoattached: false, stackSpaceId: row.space_id });

export async function findAttachment(sql: Sql, id: string): Promise<AttachedStack | undefined> {
  const row = await attachments(sql).where('a.id', '=', id).executeTakeFirst();
  return row && toAttachment(row);
}

/** The stacks that policies act on, in two statements at most: policy id → stacks, those by label after those attached by a person. */
export async function stacksOfPolicies(sql: Sql, policies: readonly Policy[], spaces: readonly Space[]): Promise<ReadonlyMap<string, readonly AttachedStack[]>> {
  if (policies.length === 0) return new Map();
  const rows = await attachments(sql).where('a.policy_id', 'in', policies.map(({ id }) => id)).orderBy('a.stack_id').limit(5000).execute();
  const explicit = Map.groupBy(rows.map(toAttachment), ({ policyId }) => policyId);
  const anyAuto = policies.some(({ type, labels }) => isAttachable(type) && hasAutoattachLabel(labels));
  const stacks = anyAuto ? await targets(sql) : [];
  const autoOf = (policy: Policy, own: readonly AttachedStack[]): readonly AttachedStack[] =>
    matching(stacks, policy, spaces)
      .filter((stack) => !own.some((attachment) => attachment.stackId === stack.id))
      .map((stack) => ({ id: autoAttachmentId(policy.id, stack.id), policyId: policy.id, stackId: stack.id, stackName: stack.name, isAutoattached: true, stackSpaceId: stack.spaceId }));
  return new Map(
    policies.map((policy) => {
      const own = explicit.get(policy.id) ?? [];
      return [policy.id, [...own, ...(isAttachable(policy.type) ? autoOf(policy, own) : [])]];
    }),
  );
}

/** A stack that labels may reach. */
export interface LabelTarget {
  readonly id: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly spaceId: string;
}

const targets = async (sql: Sql): Promise<readonly LabelTarget[]> =>
  (await sql.selectFrom('stacks').select(['id', 'name', 'labels', 'space_id']).orderBy('created_at', 'desc').orderBy('id').limit(5000).execute()).map((row) => ({
    id: row.id, name: row.name, labels: row.labels as readonly string[], spaceId: row.space_id,
  }));

const matching = (stacks: readonly LabelTarget[], { labels, spaceId }: Pick<Policy, 'labels' | 'spaceId'>, spaces: readonly Space[]): readonly LabelTarget[] =>
  stacks.filter((stack) => attachesItself(labels, stack.labels) && isUsableIn(spaces, spaceId, stack.spaceId));

/** The stacks that labels in a space would attach to, newest first. */
export async function stacksByLabels(sql: Sql, asked: Pick<Policy, 'labels' | 'spaceId'>, spaces: readonly Space[]): Promise<readonly LabelTarget[]> {
  return hasAutoattachLabel(asked.labels) ? matching(await targets(sql), asked, spaces) : [];
}

/** Adds the attachment; false when the policy is on the stack already. */
export async function insertAttachment(sql: Sql, attachment: Pick<PolicyAttachment, 'id' | 'policyId' | 'stackId'>, now: Date): Promise<boolean> {
  const row = await sql
    .insertInto('policy_attachments')
    .values({ id: attachment.id, policy_id: attachment.policyId, stack_id: attachment.stackId, created_at: now })
    .onConflict((clash) => clash.columns(['policy_id', 'stack_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function removeAttachment(sql: Sql, id: string): Promise<boolean> {
  return (await sql.deleteFrom('policy_attachments').where('id', '=', id).executeTakeFirst()).numDeletedRows > 0n;
}
