import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';

export interface OpenWork {
  /** Somebody waits for something: the database is needed again soon. */
  readonly open: boolean;
  /** The earliest time at which something must be looked at though nothing happens. */
  readonly dueAt: Date | null;
}

/** Whether a database left alone would keep somebody waiting, in one statement. */
export async function openWork(sql: Sql): Promise<OpenWork> {
  const row = await sql
    .selectNoFrom((eb) => [
      eb
        .or([
          eb.exists(eb.selectFrom('messages').select('id').where('sent_at', 'is', null)),
          eb.exists(eb.selectFrom('runs').select('id').where('finished_at', 'is', null)),
          eb.exists(eb.selectFrom('workers').select('id')),
          eb.exists(eb.selectFrom('stacks').select('id').where('deleting', '=', true)),
        ])
        .as('open'),
      // Sent and not handled: sent again at that time, should it have been lost.
      eb.selectFrom('messages').select(raw<Date | null>`min(visible_at)`.as('at')).where('sent_at', 'is not', null).as('due_at'),
    ])
    .executeTakeFirstOrThrow();
  return { open: Boolean(row.open), dueAt: row.due_at };
}
