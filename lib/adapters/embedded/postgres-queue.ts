import { sql as raw } from 'kysely';
import type { Sql } from '../../core/ports/database.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { isPermanentFailure, type Envelope } from '../../core/shared/messages.ts';
import type { QueueName } from '../../core/shared/queues.ts';

export const VISIBILITY_MS = 30_000;
export const MAX_RECEIVES = 3;

export interface Received extends Envelope {
  readonly receipt: string;
  readonly groupKey: string | null;
}

interface Needs {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
}

type Table = 'm' | 'older' | 'messages';

/** Whether a row is one of these, still held by who received it. */
const isOneOf = (table: Table, messages: readonly Received[]) =>
  messages.length === 0
    ? raw<boolean>`false`
    : raw<boolean>`(${raw.ref(`${table}.id`)}, coalesce(${raw.ref(`${table}.receipt`)}, '')) in (${raw.join(messages.map(({ id, receipt }) => raw`(${id}, ${receipt})`))})`;

/**
 * Takes up to `limit` due messages of all queues, and removes those that were handled, in one statement. Of a group only the oldest
 * message is a candidate, invisible ones included: with `skip locked` anything weaker lets two consumers into one group.
 */
export async function receive({ sql, clock, ids }: Needs, limit: number, handled: readonly Received[] = []): Promise<readonly Received[]> {
  const now = clock.now();
  const receipt = ids.ulid();
  const rows = await sql
    .with('gone', (q) => q.deleteFrom('messages').where(isOneOf('messages', handled)))
    .with('due', (q) =>
      q
        .selectFrom('messages as m')
        .select('m.id')
        .where('m.visible_at', '<=', now)
        .where((eb) => eb.not(isOneOf('m', handled)))
        .where((eb) =>
          eb.or([
            eb('m.group_key', 'is', null),
            eb.not(
              eb.exists(
                eb
                  .selectFrom('messages as older')
                  .select('older.id')
                  .whereRef('older.queue', '=', 'm.queue')
                  .whereRef('older.group_key', '=', 'm.group_key')
                  .whereRef('older.seq', '<', 'm.seq')
                  .where((older) => older.not(isOneOf('older', handled))),
              ),
            ),
          ]),
        )
        .orderBy('m.seq')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('messages')
    .from('due')
    .whereRef('messages.id', '=', 'due.id')
    .set({ receipt, receive_count: raw`messages.receive_count + 1`, visible_at: new Date(now.getTime() + VISIBILITY_MS) })
    .returning(['messages.id', 'messages.seq', 'messages.queue', 'messages.type', 'messages.body', 'messages.group_key', 'messages.receive_count'])
    .execute();
  return rows
    .sort((a, b) => a.seq - b.seq)
    .map((row) => ({ id: row.id, name: row.type, queue: row.queue as QueueName, body: row.body, groupKey: row.group_key, receiveCount: row.receive_count, receipt }));
}

/** Removes handled messages; nothing happens to one that another consumer holds by now. */
export async function acknowledge({ sql }: Needs, ...handled: readonly Received[]): Promise<void> {
  if (handled.length > 0) await sql.deleteFrom('messages').where(isOneOf('messages', handled)).execute();
}

/** Keeps a message invisible while its handler still works. */
export async function extend({ sql, clock }: Needs, message: Received): Promise<void> {
  await sql
    .updateTable('messages')
    .set({ visible_at: new Date(clock.now().getTime() + VISIBILITY_MS) })
    .where('id', '=', message.id)
    .where('receipt', '=', message.receipt)
    .execute();
}

/** Puts a failed message back with a growing delay, or after the last receive (at once when permanent) among the dead letters. */
export async function refuse({ sql, clock }: Needs, message: Received, error: unknown): Promise<'retried' | 'dead'> {
  const now = clock.now();
  if (message.receiveCount < MAX_RECEIVES && !isPermanentFailure(error)) {
    await sql
      .updateTable('messages')
      .set({ visible_at: new Date(now.getTime() + 1000 * 2 ** (message.receiveCount - 1)), receipt: null })
      .where('id', '=', message.id)
      .where('receipt', '=', message.receipt)
      .execute();
    return 'retried';
  }
  await sql
    .with('gone', (q) => q.deleteFrom('messages').where('id', '=', message.id).where('receipt', '=', message.receipt).returning(['id', 'queue', 'type', 'group_key', 'body', 'receive_count', 'created_at']))
    .insertInto('dead_letters')
    .columns(['id', 'queue', 'type', 'group_key', 'body', 'receive_count', 'created_at', 'error', 'received_at'])
    .expression((q) =>
      q
        .selectFrom('gone')
        .select(['id', 'queue', 'type', 'group_key', 'body', 'receive_count', 'created_at', raw<string>`cast(${describe(error)} as text)`.as('error'), raw<Date>`cast(${now} as timestamptz)`.as('received_at')]),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  return 'dead';
}

const describe = (error: unknown): string => String((error as { message?: unknown } | null)?.message ?? error).slice(0, 2000);

/** At start, holding the data folder's lock: whatever was being handled has no consumer any more. */
export async function voidReceipts({ sql, clock }: Needs): Promise<void> {
  await sql.updateTable('messages').set({ receipt: null, visible_at: clock.now() }).where('receipt', 'is not', null).execute();
}

export interface Consumer {
  /** Something may be due. */
  wake(): void;
  /** Takes no more and resolves when what is in hand is done. */
  stop(): Promise<void>;
}

const IDLE_MIN_MS = 250;
const IDLE_MAX_MS = 5_000;

/** Runs `dispatch` for every message, at most `concurrency` at once; woken by sends, else polling with back-off. */
export function consume(options: Needs & { readonly telemetry: Telemetry; readonly concurrency: number; readonly dispatch: (message: Envelope) => Promise<void>; readonly giveUp?: (message: Envelope) => Promise<void> }): Consumer {
  const { clock, telemetry, concurrency, dispatch } = options;
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  /** Removed with the next look for messages, which follows at once. */
  let handled: readonly Received[] = [];
  let woken = false;
  let nudge: () => void = () => {};

  async function handle(message: Received): Promise<void> {
    const renewal = setInterval(() => void extend(options, message).catch(() => {}), VISIBILITY_MS / 3);
    try {
      await dispatch(message);
      handled = [...handled, message];
    } catch (error) {
      const outcome = await refuse(options, message, error).catch(() => 'retried' as const);
      telemetry.log(outcome === 'dead' ? 'error' : 'warn', outcome === 'dead' ? 'message given up' : 'message failed, will be tried again', {
        messageId: message.id, type: message.name, queue: message.queue, receiveCount: message.receiveCount, error,
      });
      // Whoever waited for it is told.
      if (outcome === 'dead') await options.giveUp?.(message).catch((cause: unknown) => telemetry.log('error', 'nobody could be told of a message given up', { messageId: message.id, error: cause }));
    } finally {
      clearInterval(renewal);
    }
  }

  async function loop(): Promise<void> {
    let idleMs = IDLE_MIN_MS;
    while (!stopping.signal.aborted) {
      const free = concurrency - inHand.size;
      if (free === 0) {
        await Promise.race(inHand);
        continue;
      }
      woken = false;
      let messages: readonly Received[] = [];
      const done = handled;
      handled = [];
      try {
        messages = await receive(options, free, done);
      } catch (error) {
        handled = [...done, ...handled];
        telemetry.log('error', 'the queue could not be read', { error });
        await clock.sleep(1000, stopping.signal);
      }
      for (const message of messages) {
        const work: Promise<void> = handle(message).finally(() => {
          inHand.delete(work);
          // The next message of the group may be waiting for this one.
          consumer.wake();
        });
        inHand.add(work);
      }
      if (messages.length > 0) idleMs = IDLE_MIN_MS;
      if (messages.length === free || woken) continue;
      const pause = new AbortController();
      const stop = () => pause.abort();
      stopping.signal.addEventListener('abort', stop, { once: true });
      nudge = () => {
        idleMs = IDLE_MIN_MS;
        pause.abort();
      };
      await clock.sleep(idleMs, pause.signal);
      stopping.signal.removeEventListener('abort', stop);
      nudge = () => {};
      idleMs = Math.min(idleMs * 2, IDLE_MAX_MS);
    }
  }

  const consumer = {
    wake() {
      woken = true;
      nudge();
    },
    async stop() {
      stopping.abort();
      await running;
      await Promise.allSettled(inHand);
      await acknowledge(options, ...handled);
    },
  };
  const running = loop();
  return consumer;
}
