import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';

/** A message that no handler could take. */
export interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly error: string;
  readonly body: unknown;
  readonly receivedAt: Date;
}

/** Newest first; `after` is the last id of the page before. */
export async function listDeadLetters(sql: Sql, page: { readonly after: string | null; readonly limit: number }): Promise<readonly DeadLetter[]> {
  let query = sql.selectFrom('dead_letters').select(['id', 'queue', 'type', 'error', 'body', 'received_at']).orderBy('id', 'desc').limit(page.limit);
  if (page.after !== null) query = query.where('id', '<', page.after);
  const rows = await query.execute();
  return rows.map(({ received_at: receivedAt, ...row }) => ({ ...row, receivedAt }));
}

/** Puts letters back into their queues, as if just sent; returns how many there were. */
export async function returnDeadLetters(sql: Sql, ids: readonly string[], now: Date): Promise<number> {
  const rows = await sql
    .with('taken', (q) => q.deleteFrom('dead_letters').where('id', 'in', ids).returning(['id', 'queue', 'type', 'group_key', 'body', 'created_at']))
    .insertInto('messages')
    .columns(['id', 'queue', 'type', 'group_key', 'body', 'created_at', 'visible_at', 'receive_count'])
    .expression((q) =>
      q
        .selectFrom('taken')
        .select(['id', 'queue', 'type', 'group_key', 'body', 'created_at', raw<Date>`cast(${now} as timestamptz)`.as('visible_at'), raw<number>`cast(0 as integer)`.as('receive_count')])
        .orderBy('id'),
    )
    .returning('id')
    .execute();
  return rows.length;
}

/** Keeps a message that was given up outside the database's own queue, and forgets its row; kept already, it stays as it is. */
export async function keepDeadLetter(
  sql: Sql,
  letter: { readonly id: string; readonly queue: string; readonly type: string; readonly body: unknown; readonly error: string; readonly receiveCount: number; readonly now: Date },
): Promise<void> {
  await sql
    .with('gone', (q) => q.deleteFrom('messages').where('id', '=', letter.id).returning('group_key'))
    .insertInto('dead_letters')
    .columns(['id', 'queue', 'type', 'group_key', 'body', 'error', 'receive_count', 'created_at', 'received_at'])
    .expression(
      sql.selectNoFrom([
        raw<string>`cast(${letter.id} as text)`.as('id'),
        raw<string>`cast(${letter.queue} as text)`.as('queue'),
        raw<string>`cast(${letter.type} as text)`.as('type'),
        raw<string | null>`(select group_key from gone)`.as('group_key'),
        raw<unknown>`${json(letter.body)}`.as('body'),
        raw<string>`cast(${letter.error.slice(0, 2000)} as text)`.as('error'),
        raw<number>`cast(${letter.receiveCount} as integer)`.as('receive_count'),
        raw<Date>`cast(${letter.now} as timestamptz)`.as('created_at'),
        raw<Date>`cast(${letter.now} as timestamptz)`.as('received_at'),
      ]),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}
