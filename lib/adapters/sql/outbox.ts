import { sql as raw } from 'kysely';
import type { Queue } from '../../core/ports/queue.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { messageRow } from '../../core/shared/message-store.ts';

const DEDUP_MS = 5 * 60 * 1000;

/** The Queue port's writing half: a row in `messages`. `flush` is the runtime's: a wake-up embedded, a sender on AWS. */
export function outbox(ports: Pick<Ports, 'clock' | 'ids'>, flush: () => void): Queue {
  return {
    flush,
    async enqueue(sql, type, body, options) {
      const row = messageRow(ports, type, type.schema.parse(body), options);
      if (row.dedup_key === null || row.dedup_key === undefined) {
        await sql.insertInto('messages').values(row).execute();
        return;
      }
      const now = ports.clock.now();
      const expires = new Date(now.getTime() + DEDUP_MS);
      // One statement: the message is written only if its key is new or has expired.
      await sql
        .with('first', (q) =>
          q
            .insertInto('message_dedup')
            .values({ queue: row.queue, dedup_key: row.dedup_key as string, expires_at: expires })
            .onConflict((conflict) => conflict.columns(['queue', 'dedup_key']).doUpdateSet({ expires_at: expires }).where('message_dedup.expires_at', '<=', now))
            .returning('dedup_key'),
        )
        .insertInto('messages')
        .columns(['id', 'queue', 'type', 'group_key', 'dedup_key', 'body', 'created_at', 'visible_at'])
        .expression((q) =>
          q.selectFrom('first').select([
            raw<string>`cast(${row.id} as text)`.as('id'),
            raw<string>`cast(${row.queue} as text)`.as('queue'),
            raw<string>`cast(${row.type} as text)`.as('type'),
            raw<string | null>`cast(${row.group_key} as text)`.as('group_key'),
            'first.dedup_key',
            raw<unknown>`cast(${JSON.stringify(body)} as jsonb)`.as('body'),
            raw<Date>`cast(${row.created_at} as timestamptz)`.as('created_at'),
            raw<Date>`cast(${row.visible_at} as timestamptz)`.as('visible_at'),
          ]),
        )
        .execute();
    },
  };
}
