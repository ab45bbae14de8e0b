import { sql as raw } from 'kysely';
import { attachesItself, byPrecedence, type AttachedContext } from '../contexts/context.ts';
import { toContext } from '../contexts/context-store.ts';
import type { Sql } from '../ports/database.ts';
import { listSpaces } from '../spaces/space-store.ts';
import { isUsableIn, type Space } from '../spaces/space.ts';
import { findPools, sharedPool } from '../workers/pool-store.ts';
import type { StackFacts } from './policy-stack.ts';
import type { Stack } from './stack.ts';

/** What policies are told of some stacks, by their ids, in five statements at most however many there are. */
export async function policyFacts(sql: Sql, stacks: readonly Stack[]): Promise<ReadonlyMap<string, StackFacts>> {
  if (stacks.length === 0) return new Map();
  const ids = stacks.map(({ id }) => id);
  const spaces = await listSpaces(sql);
  const poolIds = [...new Set(stacks.flatMap(({ workerPoolId }) => workerPoolId ?? []))];
  const pools = poolIds.length === 0 ? [] : await findPools(sql, poolIds);
  const roles = await sql
    .selectFrom('role_bindings as b')
    .innerJoin('roles as r', 'r.id', 'b.role_id')
    .select(['b.actor_id', 'r.slug', 'r.name'])
    .where('b.actor_type', '=', 'stack')
    .where('b.actor_id', 'in', ids)
    .orderBy('r.slug')
    .limit(5000)
    .execute();
  const contexts = await contextsOf(sql, stacks, spaces);
  const shared = stacks.some(({ workerPoolId }) => workerPoolId === null) ? ((await sharedPool(sql)) ?? null) : null;
  return new Map(
    stacks.map((stack) => {
      const space = spaces.find(({ id }) => id === stack.spaceId) ?? { id: stack.spaceId, name: stack.spaceId, labels: [] };
      const own = roles.filter((role) => role.actor_id === stack.id).map(({ slug, name }) => ({ id: slug, name }));
      return [stack.id, { space, pool: stack.workerPoolId === null ? shared : (pools.find(({ id }) => id === stack.workerPoolId) ?? null), roles: own, contexts: contexts.get(stack.id) ?? [] }];
    }),
  );
}

async function contextsOf(sql: Sql, stacks: readonly Stack[], spaces: readonly Space[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await sql
    .selectFrom('contexts')
    .leftJoin('context_attachments as a', (join) => join.onRef('a.context_id', '=', 'contexts.id').on('a.stack_id', 'in', stacks.map(({ id }) => id)))
    .selectAll('contexts')
    .select(['a.id as attachment_id', 'a.stack_id as stack_id', 'a.priority as priority'])
    .where((e) => e.or([e('a.id', 'is not', null), e(raw<string>`cast(contexts.labels as text)`, 'like', '%"autoattach:%')]))
    .limit(5000)
    .execute();
  const known = rows.map((row) => ({ context: toContext(row), stackId: row.stack_id, attachmentId: row.attachment_id ?? '', priority: row.priority ?? 0 }));
  return new Map(
    stacks.map((stack) => {
      const found = new Map<string, AttachedContext>();
      for (const { context, stackId, attachmentId, priority } of known) {
        const isAutoattached = stackId !== stack.id;
        if (isAutoattached && (found.has(context.id) || !attachesItself(context.labels, stack.labels) || !isUsableIn(spaces, context.spaceId, stack.spaceId))) continue;
        found.set(context.id, { context, attachmentId, priority: isAutoattached ? 0 : priority, isAutoattached });
      }
      return [stack.id, [...found.values()].sort(byPrecedence).map(({ context }) => context.id)];
    }),
  );
}
