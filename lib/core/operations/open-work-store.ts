import { sql as raw, type RawBuilder } from 'kysely';
import { auditSource, TOLD_WITHIN_MS } from '../audit/audit-entry.ts';
import type { Sql } from '../ports/database.ts';

export interface OpenWork {
  /** Somebody waits for something: the database is needed again soon. */
  readonly open: boolean;
  /** The earliest time at which something must be looked at though nothing happens. */
  readonly dueAt: Date | null;
}

/** An entry of the audit trail that its listener is still to be told of. */
const untoldEntry = (now: Date): RawBuilder<unknown> => raw`(
  select audit.id from webhooks
  join audit on audit.created_at >= greatest(webhooks.created_at, cast(${new Date(now.getTime() - TOLD_WITHIN_MS)} as timestamptz))
  where webhooks.kind = 'AUDIT' and webhooks.enabled and not exists (
    select 1 from webhook_deliveries as told where told.webhook_id = webhooks.id and told.source = cast(${auditSource('')} as text) || audit.id
  )
)`;

/** Whether a database left alone would keep somebody waiting, in one statement. */
export async function openWork(sql: Sql, now: Date): Promise<OpenWork> {
  const row = await sql
    .selectNoFrom((eb) => [
      eb
        .or([
          eb.exists(eb.selectFrom('messages').select('id').where('sent_at', 'is', null)),
          eb.exists(eb.selectFrom('runs').select('id').where('finished_at', 'is', null)),
          eb.exists(eb.selectFrom('workers').select('id')),
          eb.exists(eb.selectFrom('stacks').select('id').where('deleting', '=', true)),
          eb.exists(untoldEntry(now)),
        ])
        .as('open'),
      // Sent and not handled: sent again at that time, should it have been lost.
      eb.selectFrom('messages').select(raw<Date | null>`min(visible_at)`.as('at')).where('sent_at', 'is not', null).as('due_at'),
    ])
    .executeTakeFirstOrThrow();
  return { open: Boolean(row.open), dueAt: row.due_at };
}
