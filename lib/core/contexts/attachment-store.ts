import type { Sql } from '../ports/database.ts';
import { isUsableIn, type Space } from '../spaces/space.ts';
import { attachesItself, autoAttachmentId, hasAutoattachLabel, type Context, type ContextAttachment } from './context.ts';

const attachments = (sql: Sql) =>
  sql
    .selectFrom('context_attachments as a')
    .innerJoin('stacks as s', 's.id', 'a.stack_id')
    .select(['a.id', 'a.context_id', 'a.stack_id', 'a.priority', 's.name as stack_name', 's.space_id']);

type Row = { readonly id: string; readonly context_id: string; readonly stack_id: string; readonly priority: number; readonly stack_name: string };

const toAttachment = (row: Row): ContextAttachment => ({ id: row.id, contextId: row.context_id, stackId: row.stack_id, stackName: row.stack_name, priority: row.priority, isAutoattached: false });

export async function findAttachment(sql: Sql, id: string): Promise<(ContextAttachment & { readonly stackSpaceId: string }) | undefined> {
  const row = await attachments(sql).where('a.id', '=', id).executeTakeFirst();
  return row && { ...toAttachment(row), stackSpaceId: row.space_id };
}

type AttachedStack = ContextAttachment & { readonly stackSpaceId: string };

/** The stacks that a context is on, with those it attaches itself to. */
export async function stacksOfContext(sql: Sql, context: Context, spaces: readonly Space[]): Promise<readonly AttachedStack[]> {
  return (await stacksOfContexts(sql, [context], spaces)).get(context.id) ?? [];
}

/** The same for several contexts, in two statements at most: context id → stacks. */
export async function stacksOfContexts(sql: Sql, contexts: readonly Context[], spaces: readonly Space[]): Promise<ReadonlyMap<string, readonly AttachedStack[]>> {
  if (contexts.length === 0) return new Map();
  const rows = await attachments(sql).where('a.context_id', 'in', contexts.map(({ id }) => id)).orderBy('a.stack_id').limit(5000).execute();
  const explicit = Map.groupBy(rows.map((row): AttachedStack => ({ ...toAttachment(row), stackSpaceId: row.space_id })), ({ contextId }) => contextId);
  const attachesItselfAnywhere = contexts.some(({ labels }) => hasAutoattachLabel(labels));
  const stacks = attachesItselfAnywhere ? await sql.selectFrom('stacks').select(['id', 'name', 'labels', 'space_id']).orderBy('id').limit(5000).execute() : [];
  const autoOf = (context: Context, own: readonly AttachedStack[]): readonly AttachedStack[] =>
    stacks
      .filter((stack) => !own.some((attachment) => attachment.stackId === stack.id))
      .filter((stack) => attachesItself(context.labels, stack.labels as readonly string[]) && isUsableIn(spaces, context.spaceId, stack.space_id))
      .map((stack) => ({
        id: autoAttachmentId(context.id, stack.id), contextId: context.id, stackId: stack.id, stackName: stack.name, priority: 0, isAutoattached: true, stackSpaceId: stack.space_id,
      }));
  return new Map(
    contexts.map((context) => {
      const own = explicit.get(context.id) ?? [];
      return [context.id, [...own, ...autoOf(context, own)]];
    }),
  );
}

/** Adds the attachment; false when the context is on the stack already. */
export async function insertAttachment(sql: Sql, attachment: Omit<ContextAttachment, 'stackName' | 'isAutoattached'>, now: Date): Promise<boolean> {
  const row = await sql
    .insertInto('context_attachments')
    .values({ id: attachment.id, context_id: attachment.contextId, stack_id: attachment.stackId, priority: attachment.priority, created_at: now })
    .onConflict((clash) => clash.columns(['context_id', 'stack_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function removeAttachment(sql: Sql, id: string): Promise<void> {
  await sql.deleteFrom('context_attachments').where('id', '=', id).execute();
}
