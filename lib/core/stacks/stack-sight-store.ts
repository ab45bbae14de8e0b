import { sql as raw, type Expression, type SqlBool } from 'kysely';
import type { Sql } from '../ports/database.ts';
import type { Sight } from '../shared/actor.ts';
import { toStack } from './stack-store.ts';
import type { Stack } from './stack.ts';

/** Stacks of one space, by id; more than any page shows. */
export async function stacksOfSpace(sql: Sql, spaceId: string, limit = 2000): Promise<readonly Stack[]> {
  return (await sql.selectFrom('stacks').selectAll().where('space_id', '=', spaceId).orderBy('id').limit(limit).execute()).map(toStack);
}

/** Of somebody who sees no stack. */
export const BLIND: Sight = { spaceIds: [], stackIds: [] };

export const seesNone = (sight: Sight | 'all'): boolean => sight !== 'all' && sight.spaceIds.length + sight.stackIds.length === 0;

/** Whether a row of `stacks` under this name is one of those; there must be some. */
export function inSight({ spaceIds, stackIds }: Sight, name: string): Expression<SqlBool> {
  const parts = [
    ...(spaceIds.length === 0 ? [] : [raw`${raw.ref(`${name}.space_id`)} in (${raw.join([...spaceIds])})`]),
    ...(stackIds.length === 0 ? [] : [raw`${raw.ref(`${name}.id`)} in (${raw.join([...stackIds])})`]),
  ];
  return raw<SqlBool>`(${raw.join(parts, raw` or `)})`;
}
