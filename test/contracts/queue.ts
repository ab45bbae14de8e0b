import { describe, it } from 'node:test';
import { expect } from 'expect';
import * as z from 'zod/mini';
import type { Database } from '../../lib/core/ports/database.ts';
import type { Queue } from '../../lib/core/ports/queue.ts';
import { defineMessage } from '../../lib/core/shared/messages.ts';
import type { FakeClock } from '../support/fake-clock.ts';

export interface ReceivedMessage {
  readonly id: string;
  readonly name: string;
  readonly body: unknown;
  readonly receiveCount: number;
}

/** One transport under test: writing through the port, reading as its consumer does. */
export interface QueueUnderTest {
  readonly db: Database;
  readonly queue: Queue;
  readonly clock: FakeClock;
  readonly visibilityMs: number;
  readonly maxReceives: number;
  receive(limit: number): Promise<readonly ReceivedMessage[]>;
  acknowledge(message: ReceivedMessage): Promise<void>;
  refuse(message: ReceivedMessage, error: unknown): Promise<'retried' | 'dead'>;
  deadLetters(): Promise<readonly { readonly type: string; readonly error: string }[]>;
  close(): Promise<void>;
}

const body = z.object({ group: z.string(), n: z.number() });
type Body = z.infer<typeof body>;
const plain = defineMessage<Body>({ name: 'plain', queue: 'async', schema: body });
const ordered = defineMessage<Body>({ name: 'ordered', queue: 'asyncFifo', schema: body, orderedBy: (message) => message.group });
const once = defineMessage<Body>({ name: 'once', queue: 'async', schema: body, onceBy: (message) => `${message.group}/${message.n}` });

/**
 * What every queue of the product does, whatever carries it. `replacedReceipts` says what the queue does with the acknowledgement of a
 * consumer that was too slow: SQS promises neither that it counts nor that it does not, and handling twice changes nothing.
 */
export function queueContract(open: () => Promise<QueueUnderTest>, { replacedReceipts = 'ignored' }: { readonly replacedReceipts?: 'ignored' | 'may count' } = {}): void {
  const withQueue = async (work: (queue: QueueUnderTest) => Promise<void>) => {
    const under = await open();
    try {
      await work(under);
    } finally {
      await under.close();
    }
  };
  const send = (under: QueueUnderTest, type: typeof plain, group: string, n: number, options?: { delaySeconds?: number }) =>
    under.queue.enqueue(under.db.sql, type, { group, n }, options);

  describe('a standard queue', () => {
    it('delivers what was sent, with how often it was received', () =>
      withQueue(async (under) => {
        await send(under, plain, 'a', 1);
        const [message] = await under.receive(10);
        expect(message).toMatchObject({ name: 'plain', body: { group: 'a', n: 1 }, receiveCount: 1 });
      }));

    it('hides a received message until its visibility ends, then delivers it again', () =>
      withQueue(async (under) => {
        await send(under, plain, 'a', 1);
        await under.receive(10);
        expect(await under.receive(10)).toEqual([]);
        under.clock.advance(under.visibilityMs + 1);
        const [again] = await under.receive(10);
        expect(again).toMatchObject({ receiveCount: 2 });
      }));

    it('never delivers an acknowledged message again', () =>
      withQueue(async (under) => {
        await send(under, plain, 'a', 1);
        const [message] = await under.receive(1);
        if (message !== undefined) await under.acknowledge(message);
        under.clock.advance(under.visibilityMs * 10);
        expect(await under.receive(10)).toEqual([]);
      }));

    it('ignores the acknowledgement of a receipt that another consumer has replaced', () =>
      withQueue(async (under) => {
        await send(under, plain, 'a', 1);
        const [late] = await under.receive(1);
        under.clock.advance(under.visibilityMs + 1);
        const [current] = await under.receive(1);
        if (late !== undefined) await under.acknowledge(late);
        under.clock.advance(under.visibilityMs + 1);
        const again = [expect.objectContaining({ id: current?.id, receiveCount: 3 })];
        expect(replacedReceipts === 'ignored' ? [again] : [again, []]).toContainEqual(await under.receive(1));
      }));

    it('holds a delayed message back', () =>
      withQueue(async (under) => {
        await send(under, plain, 'a', 1, { delaySeconds: 60 });
        expect(await under.receive(1)).toEqual([]);
        under.clock.advance(60_000);
        expect(await under.receive(1)).toHaveLength(1);
      }));

    it('takes one of two messages with the same key within five minutes, and the next one after them', () =>
      withQueue(async (under) => {
        await send(under, once, 'a', 1);
        await send(under, once, 'a', 1);
        await send(under, once, 'a', 2);
        expect((await under.receive(10)).map((message) => (message.body as Body).n)).toEqual([1, 2]);
        under.clock.advance(5 * 60_000 + 1);
        await send(under, once, 'a', 1);
        const later = (await under.receive(10)).filter((message) => message.receiveCount === 1);
        expect(later).toHaveLength(1);
      }));

    it('gives a message up after the last receive, and keeps it with its error', () =>
      withQueue(async (under) => {
        await send(under, plain, 'a', 1);
        for (let turn = 1; turn <= under.maxReceives; turn++) {
          const [message] = await under.receive(1);
          if (message === undefined) throw new Error('no message');
          expect(await under.refuse(message, new Error('broken'))).toBe(turn === under.maxReceives ? 'dead' : 'retried');
          under.clock.advance(10 * 60_000);
        }
        expect(await under.receive(1)).toEqual([]);
        expect(await under.deadLetters()).toEqual([expect.objectContaining({ type: 'plain', error: 'broken' })]);
      }));

    it('gives a permanent failure up at once', () =>
      withQueue(async (under) => {
        await send(under, plain, 'a', 1);
        const [message] = await under.receive(1);
        if (message === undefined) throw new Error('no message');
        const { PermanentFailure } = await import('../../lib/core/shared/messages.ts');
        expect(await under.refuse(message, new PermanentFailure('no use'))).toBe('dead');
      }));

    it('sends nothing when the transaction fails', () =>
      withQueue(async (under) => {
        const failing = under.db.transaction(async (tx) => {
          await under.queue.enqueue(tx.sql, plain, { group: 'a', n: 1 });
          throw new Error('undone');
        });
        await expect(failing).rejects.toThrow('undone');
        expect(await under.receive(10)).toEqual([]);
      }));
  });

  describe('an ordered queue', () => {
    it('refuses a delay', () =>
      withQueue(async (under) => {
        await expect(send(under, ordered, 'a', 1, { delaySeconds: 1 })).rejects.toThrow(/takes no delay/);
      }));

    it('delivers a group one at a time and in order, other groups beside it', () =>
      withQueue(async (under) => {
        for (const n of [1, 2]) for (const group of ['a', 'b']) await send(under, ordered, group, n);
        const first = await under.receive(10);
        expect(first.map((message) => message.body)).toEqual([{ group: 'a', n: 1 }, { group: 'b', n: 1 }]);
        expect(await under.receive(10)).toEqual([]);
        if (first[0] !== undefined) await under.acknowledge(first[0]);
        expect((await under.receive(10)).map((message) => message.body)).toEqual([{ group: 'a', n: 2 }]);
      }));

    it('keeps the order when the head fails: the rest of its group waits', () =>
      withQueue(async (under) => {
        await send(under, ordered, 'a', 1);
        await send(under, ordered, 'a', 2);
        const [head] = await under.receive(10);
        if (head === undefined) throw new Error('no message');
        await under.refuse(head, new Error('not yet'));
        expect(await under.receive(10)).toEqual([]);
        under.clock.advance(10 * 60_000);
        expect((await under.receive(10)).map((message) => (message.body as Body).n)).toEqual([1]);
      }));

    it('never has two consumers in one group, with eight racing over 200 messages', () =>
      withQueue(async (under) => {
        const groups = ['a', 'b', 'c', 'd'];
        for (let n = 0; n < 50; n++) for (const group of groups) await send(under, ordered, group, n);
        const inside = new Map<string, number>();
        const seen = new Map<string, number[]>(groups.map((group) => [group, []]));
        const consumer = async () => {
          for (let empty = 0; empty < 20; ) {
            const messages = await under.receive(3);
            if (messages.length === 0) empty++;
            for (const message of messages) {
              const { group, n } = message.body as Body;
              const now = (inside.get(group) ?? 0) + 1;
              inside.set(group, now);
              expect(now).toBe(1);
              seen.get(group)?.push(n);
              await Promise.resolve();
              inside.set(group, now - 1);
              await under.acknowledge(message);
            }
          }
        };
        await Promise.all(Array.from({ length: 8 }, consumer));
        const order = Array.from({ length: 50 }, (_, n) => n);
        for (const group of groups) expect(seen.get(group)).toEqual(order);
      }));
  });
}
