import { sql as raw, type RawBuilder } from 'kysely';
import type { Clock } from '../../core/ports/clock.ts';
import type { Sql } from '../../core/ports/database.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import type { QueueName } from '../../core/shared/queues.ts';
import { newTrace, type MessageTrace } from './message-trace.ts';
import type { SendMessages } from './sqs-messages.ts';

/** Rows of one statement; their bodies must fit into one answer of the Data API. */
const ROWS = 100;
const ANSWER_BYTES = 600 * 1024;
const ROUNDS = 20;
/**
 * Sent and neither handled nor failed since: it is sent again, soon once, for a function may have ended while it sent, and then much later
 * each time, for the queue may only be long, and copies would make it longer.
 */
const resendAfter = (times: RawBuilder<number>) => raw<string>`interval '2 minutes' * power(8, least(${times}, 2))`;
/** A failed message is tried again by the queue for about twenty minutes. */
const RETRIES_MS = 30 * 60_000;

export interface Outcome {
  /** Their rows go. */
  readonly handled?: readonly string[];
  /** The queue delivers them again, so nobody else shall. */
  readonly failed?: readonly string[];
}

export interface SqsSender {
  /** Begins to send what is committed and unsent, while whoever announced it goes on. Never throws. */
  flush(): void;
  /** Resolves when everything flushed is on its queue, or left for the next sweep. A function waits for it before it returns. Never throws. */
  flushed(): Promise<void>;
  /** Records the outcome of a batch, and sends what is still unsent in the same statement. Throws when the database does not answer. */
  finish(outcome: Outcome): Promise<void>;
  /**
   * Whether an ordered message is behind another of its group that is not handled: then nobody may handle it yet, and the sweep sends both, in
   * their order.
   */
  isBehind(id: string): Promise<boolean>;
  /** The sweep: sends what another left unsent, and what was sent long ago and never handled. Answers how many. */
  resend(): Promise<number>;
}

export interface SqsSenderOptions {
  readonly sql: Sql;
  readonly clock: Pick<Clock, 'now'>;
  readonly send: SendMessages;
  readonly telemetry: Pick<Telemetry, 'log' | 'count'>;
  /** How many messages led to what is being done. */
  readonly hops?: () => number;
  /** The type of the message that is being handled. */
  readonly typeInHand?: () => string | undefined;
  /** The trace of what is being done. */
  readonly trace?: () => MessageTrace;
}

interface Claimed {
  readonly id: string;
  readonly seq: number;
  readonly queue: string;
  readonly type: string;
  readonly body: unknown;
  readonly group_key: string | null;
  readonly due_at: Date;
  readonly hops: number;
}

/** The sending half of the outbox: rows of `messages` go to their queue after the commit, and are removed once handled. */
export function sqsSender(options: SqsSenderOptions): SqsSender {
  const { sql, clock, send, telemetry, hops = () => 0, typeInHand = () => undefined, trace = () => ({}) } = options;
  let running: Promise<void> | undefined;
  let wanted = false;
  let wantedHops = 0;
  /** The traces of those who asked for it, by their text. */
  let wantedIn = new Map<string, MessageTrace>();
  /** What they were handling. */
  let wantedBy = new Set<string | undefined>();

  const forget = () => {
    wantedHops = 0;
    wantedIn = new Map();
    wantedBy = new Set();
  };

  /** Which trace messages continue: with several at once nobody knows which of them announced what. */
  const tracePassedOn = (): MessageTrace => {
    const [only, another] = wantedIn.values();
    return only === undefined || another !== undefined ? trace() : only;
  };

  /**
   * The next part of a long piece of work, or its next try, starts a trace of its own, or traces would have no end. What a run does next is
   * none of these: its messages keep an order.
   */
  const isContinuation = ({ type, group_key: group }: Claimed): boolean => group === null && wantedBy.has(type);

  /**
   * Takes unsent rows for sending, the oldest first. They count as sent from here on: a second statement after the sending would cost
   * every request a round trip, and a function that ends in between leaves them to the sweep.
   */
  async function claim(outcome: Outcome, lost: boolean): Promise<{ readonly rows: readonly Claimed[]; readonly more: boolean }> {
    const now = clock.now();
    const at = raw<Date>`cast(${now} as timestamptz)`;
    const { handled = [], failed = [] } = outcome;
    const rows = await sql
      .with('gone', (q) => q.deleteFrom('messages').where((eb) => (handled.length === 0 ? eb.val(false) : eb('id', 'in', [...handled]))))
      .with('waiting', (q) =>
        q
          .updateTable('messages')
          .set({ visible_at: new Date(now.getTime() + RETRIES_MS) })
          .where('sent_at', 'is not', null)
          .where((eb) => (failed.length === 0 ? eb.val(false) : eb('id', 'in', [...failed]))),
      )
      .with('unsent', (q) =>
        q
          .selectFrom('messages')
          .select(['id', 'seq', 'visible_at', raw<number>`octet_length(cast(body as text))`.as('bytes')])
          .where((eb) => (lost ? eb.or([eb('sent_at', 'is', null), eb('visible_at', '<=', now)]) : eb('sent_at', 'is', null)))
          .orderBy('seq')
          .limit(ROWS)
          .forUpdate()
          .skipLocked(),
      )
      .with('due', (q) =>
        q
          .selectFrom('unsent')
          .select([
            'id',
            'visible_at',
            raw<number>`sum(bytes) over (order by seq)`.as('total'),
            raw<number>`row_number() over (order by seq)`.as('place'),
            raw<number>`count(*) over ()`.as('found'),
          ]),
      )
      .updateTable('messages')
      .from('due')
      .whereRef('messages.id', '=', 'due.id')
      .where((eb) => eb.or([eb('due.total', '<=', ANSWER_BYTES), eb('due.place', '=', 1)]))
      .set({
        sent_at: now,
        receive_count: raw`messages.receive_count + 1`,
        // What was sent before knows better than whoever sends it again.
        hops: raw<number>`case when messages.sent_at is null then greatest(messages.hops, cast(${wantedHops} as integer)) else messages.hops end`,
        visible_at: raw<Date>`greatest(messages.visible_at, ${at}) + ${resendAfter(raw<number>`messages.receive_count`)}`,
      })
      .returning([
        'messages.id',
        'messages.seq',
        'messages.queue',
        'messages.type',
        'messages.body',
        'messages.group_key',
        'messages.hops',
        'due.visible_at as due_at',
        raw<number>`cast(due.found as integer)`.as('found'),
      ])
      .execute();
    const found = rows[0]?.found ?? 0;
    return { rows: rows.sort((a, b) => a.seq - b.seq), more: found === ROWS || found > rows.length };
  }

  /** Takes rows back that could not be sent, as they were before. */
  async function release(ids: readonly string[]): Promise<void> {
    await sql
      .updateTable('messages')
      .set({
        sent_at: null,
        receive_count: raw`receive_count - 1`,
        visible_at: raw<Date>`visible_at - ${resendAfter(raw<number>`receive_count - 1`)}`,
      })
      .where('id', 'in', [...ids])
      .execute();
  }

  /** False when something could not be sent: another round would fail likewise. */
  async function sendRows(rows: readonly Claimed[]): Promise<boolean> {
    const now = clock.now().getTime();
    const continued = tracePassedOn();
    const notSent = await send(
      rows.map((row) => ({
        id: row.id,
        queue: row.queue as QueueName,
        type: row.type,
        body: row.body,
        groupKey: row.group_key,
        delaySeconds: (row.due_at.getTime() - now) / 1000,
        hops: row.hops,
        trace: isContinuation(row) ? newTrace(continued, clock.now()) : continued,
      })),
    );
    if (notSent.length === 0) return true;
    telemetry.log('warn', 'messages could not be sent, the sweep will', {
      count: notSent.length,
      messageId: notSent[0]?.message.id,
      error: notSent[0]?.error,
    });
    telemetry.count('MessagesNotSent', {}, notSent.length);
    await release(notSent.map(({ message }) => message.id));
    return false;
  }

  async function sendAll(outcome: Outcome = {}, lost = false): Promise<number> {
    let sent = 0;
    for (let round = 0; round < ROUNDS; round++) {
      wanted = false;
      const { rows, more } = await claim(round === 0 ? outcome : {}, lost);
      if (rows.length > 0 && !(await sendRows(rows))) return sent;
      sent += rows.length;
      if (!more && !wanted) break;
    }
    return sent;
  }

  function start(): void {
    running ??= sendAll()
      .then(
        () => {},
        (error: unknown) => telemetry.log('error', 'the outbox could not be read, the sweep will send what is in it', { error }),
      )
      .finally(() => {
        running = undefined;
        forget();
      });
  }

  const sender: SqsSender = {
    flush() {
      wanted = true;
      wantedHops = Math.max(wantedHops, hops());
      wantedBy.add(typeInHand());
      const continued = trace();
      wantedIn.set(JSON.stringify(continued), continued);
      start();
    },
    async flushed() {
      while (running !== undefined || wanted) {
        start();
        await running;
      }
    },
    async finish(outcome) {
      await running;
      if (!wanted && (outcome.handled ?? []).length === 0 && (outcome.failed ?? []).length === 0) return;
      wantedHops = Math.max(wantedHops, hops());
      await sendAll(outcome).finally(forget);
    },
    async isBehind(id) {
      const behind = await sql
        .updateTable('messages as m')
        .set({ visible_at: clock.now() })
        .where('m.id', '=', id)
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('messages as e')
              .select('e.id')
              .whereRef('e.queue', '=', 'm.queue')
              .whereRef('e.group_key', '=', 'm.group_key')
              .whereRef('e.seq', '<', 'm.seq'),
          ),
        )
        .returning('m.id')
        .executeTakeFirst();
      return behind !== undefined;
    },
    async resend() {
      await running;
      return sendAll({}, true);
    },
  };
  return sender;
}
