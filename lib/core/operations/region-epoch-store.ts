import { sql as raw } from 'kysely';
import type { Sql, Tx } from '../ports/database.ts';

export interface NewEpoch {
  /** Names the failover. */
  readonly failover: string;
  readonly region: string;
  /** The newest that is known elsewhere. */
  readonly after: number;
  readonly begunAt: Date;
}

const epochOf = (sql: Sql, failover: string) => sql.selectFrom('region_epochs').select('epoch').where('failover', '=', failover).executeTakeFirst();

/** Begins the next epoch, once for each failover; one that is run again finds the epoch that it began. */
export async function noteEpoch(tx: Tx, { failover, region, after, begunAt }: NewEpoch): Promise<{ readonly epoch: number; readonly isNew: boolean }> {
  const known = await epochOf(tx.sql, failover);
  if (known !== undefined) return { epoch: known.epoch, isNew: false };
  const made = await tx.sql
    .insertInto('region_epochs')
    .columns(['failover', 'epoch', 'region', 'begun_at'])
    .expression((q) =>
      q.selectFrom('region_epochs').select([
        raw<string>`cast(${failover} as text)`.as('failover'),
        raw<number>`greatest(coalesce(max(epoch), 0), cast(${after} as integer)) + 1`.as('epoch'),
        raw<string>`cast(${region} as text)`.as('region'),
        raw<Date>`cast(${begunAt} as timestamptz)`.as('begun_at'),
      ]),
    )
    .returning('epoch')
    .executeTakeFirstOrThrow();
  return { epoch: made.epoch, isNew: true };
}

/** Has everything sent again that was sent and not handled: the queues that it is in belong to the old region. Returns how much. */
export async function sendAllAgain(tx: Tx, now: Date): Promise<number> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('messages')
    .set({ sent_at: null, receive_count: 0, visible_at: now })
    .where('sent_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}
