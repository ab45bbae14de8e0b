import type { Selectable } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Tables } from '../ports/tables.ts';
import { json } from '../ports/json.ts';
import { notFound } from '../shared/errors.ts';
import { ROOT_SPACE, type Space } from './space.ts';

/** Far beyond any tree in use; the whole tree is needed to judge visibility. */
const MAX_SPACES = 5000;

export function toSpace(row: Selectable<Tables['spaces']>): Space {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    labels: row.labels as readonly string[],
    parentId: row.parent_id,
    inheritEntities: row.inherit_entities,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toRow(space: Space) {
  return {
    id: space.id,
    name: space.name,
    description: space.description,
    labels: json(space.labels),
    parent_id: space.parentId,
    inherit_entities: space.inheritEntities,
    created_at: space.createdAt,
    updated_at: space.updatedAt,
  };
}

export async function listSpaces(sql: Sql): Promise<readonly Space[]> {
  const rows = await sql.selectFrom('spaces').selectAll().orderBy('id').limit(MAX_SPACES).execute();
  return rows.map(toSpace);
}

export async function findSpace(sql: Sql, id: string): Promise<Space | undefined> {
  const row = await sql.selectFrom('spaces').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toSpace(row);
}

export async function getSpace(sql: Sql, id: string): Promise<Space> {
  const space = await findSpace(sql, id);
  if (!space) throw notFound(`space "${id}" not found`, { space: id });
  return space;
}

/** Adds the space; false when the id is taken. */
export async function insertSpace(sql: Sql, space: Space): Promise<boolean> {
  const row = await sql.insertInto('spaces').values(toRow(space)).onConflict((clash) => clash.column('id').doNothing()).returning('id').executeTakeFirst();
  return row !== undefined;
}

export async function saveSpace(sql: Sql, space: Space): Promise<void> {
  const { id, created_at: _, ...columns } = toRow(space);
  await sql.updateTable('spaces').set(columns).where('id', '=', id).execute();
}

/** Removes an empty space with its role bindings. Pools deleted earlier are kept for what their workers are told, so they move to the root. */
export async function removeSpace(sql: Sql, id: string): Promise<void> {
  await sql.updateTable('worker_pools').set({ space_id: ROOT_SPACE }).where('space_id', '=', id).where('deleted_at', 'is not', null).execute();
  await sql.deleteFrom('role_bindings').where('space_id', '=', id).execute();
  await sql.deleteFrom('spaces').where('id', '=', id).execute();
}

/** What keeps a space from being deleted, by kind; counts of what lies in it. */
export async function contentsOfSpace(sql: Sql, id: string): Promise<Readonly<Record<'spaces' | 'stacks' | 'contexts' | 'policies' | 'worker pools' | 'webhooks', number>>> {
  const row = await sql
    .selectNoFrom((q) => [
      q.selectFrom('spaces').select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('n')).where('parent_id', '=', id).as('spaces'),
      q.selectFrom('stacks').select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('n')).where('space_id', '=', id).as('stacks'),
      q.selectFrom('contexts').select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('n')).where('space_id', '=', id).as('contexts'),
      q.selectFrom('policies').select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('n')).where('space_id', '=', id).as('policies'),
      q.selectFrom('webhooks').select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('n')).where('space_id', '=', id).as('webhooks'),
      q.selectFrom('worker_pools').select((e) => e.cast<number>(e.fn.countAll(), 'integer').as('n')).where('space_id', '=', id).where('deleted_at', 'is', null).as('pools'),
    ])
    .executeTakeFirstOrThrow();
  return { spaces: row.spaces ?? 0, stacks: row.stacks ?? 0, contexts: row.contexts ?? 0, policies: row.policies ?? 0, 'worker pools': row.pools ?? 0, webhooks: row.webhooks ?? 0 };
}

export interface UsedAcross {
  readonly kind: 'context' | 'policy' | 'worker pool';
  readonly entityId: string;
  readonly entitySpaceId: string;
  readonly stackId: string;
  readonly stackSpaceId: string;
}

/** Contexts, policies and pools that stacks of other spaces use: what a change of the tree could break. */
export async function usesAcrossSpaces(sql: Sql): Promise<readonly UsedAcross[]> {
  const contexts = sql
    .selectFrom('context_attachments')
    .innerJoin('contexts', 'contexts.id', 'context_attachments.context_id')
    .innerJoin('stacks', 'stacks.id', 'context_attachments.stack_id')
    .whereRef('contexts.space_id', '<>', 'stacks.space_id')
    .select((e) => [e.cast<string>(e.val('context'), 'text').as('kind'), 'contexts.id as entity', 'contexts.space_id as entity_space', 'stacks.id as stack', 'stacks.space_id as stack_space']);
  const policies = sql
    .selectFrom('policy_attachments')
    .innerJoin('policies', 'policies.id', 'policy_attachments.policy_id')
    .innerJoin('stacks', 'stacks.id', 'policy_attachments.stack_id')
    .whereRef('policies.space_id', '<>', 'stacks.space_id')
    .select((e) => [e.cast<string>(e.val('policy'), 'text').as('kind'), 'policies.id as entity', 'policies.space_id as entity_space', 'stacks.id as stack', 'stacks.space_id as stack_space']);
  const pools = sql
    .selectFrom('stacks')
    .innerJoin('worker_pools', 'worker_pools.id', 'stacks.worker_pool_id')
    .whereRef('worker_pools.space_id', '<>', 'stacks.space_id')
    .select((e) => [e.cast<string>(e.val('worker pool'), 'text').as('kind'), 'worker_pools.id as entity', 'worker_pools.space_id as entity_space', 'stacks.id as stack', 'stacks.space_id as stack_space']);
  const rows = await contexts.unionAll(policies).unionAll(pools).limit(10_000).execute();
  return rows.map((row) => ({ kind: row.kind as UsedAcross['kind'], entityId: row.entity, entitySpaceId: row.entity_space, stackId: row.stack, stackSpaceId: row.stack_space }));
}

/** The account's choice that administrators of a space may manage the spaces below it. */
export async function spaceAdminsManageChildren(sql: Sql): Promise<boolean> {
  const row = await sql.selectFrom('accounts').select('settings').orderBy('id').executeTakeFirst();
  const settings = (row?.settings ?? {}) as { readonly spaceAdminsManageChildren?: boolean };
  return settings.spaceAdminsManageChildren === true;
}
