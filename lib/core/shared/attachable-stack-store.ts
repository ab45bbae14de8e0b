import type { Sql } from '../ports/database.ts';
import { notFound } from './errors.ts';

/** As much of a stack as attaching needs; stacks themselves belong to their own area. */
interface AttachableStack {
  readonly id: string;
  readonly name: string;
  readonly spaceId: string;
}

export async function getAttachableStack(sql: Sql, id: string): Promise<AttachableStack> {
  const row = await sql.selectFrom('stacks').select(['id', 'name', 'space_id']).where('id', '=', id).where('deleting', '=', false).executeTakeFirst();
  if (!row) throw notFound(`stack "${id}" not found`, { stack: id });
  return { id: row.id, name: row.name, spaceId: row.space_id };
}
