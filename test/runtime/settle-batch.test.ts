import { describe, it } from 'node:test';
import { expect } from 'expect';
import { unavailable } from '../../lib/core/shared/errors.ts';
import { PermanentFailure } from '../../lib/core/shared/messages.ts';
import { backoffSeconds, settleBatch, type BatchRecord, type Settling } from '../../lib/runtime/settle-batch.ts';

const records = (receiveCount: number, ...ids: readonly string[]): readonly BatchRecord[] => ids.map((messageId) => ({ messageId, receiveCount }));
const FIVE = ['1', '2', '3', '4', '5'];

function watched(fail: (id: string) => Error | undefined, options: Partial<Settling<BatchRecord>> = {}) {
  const seen = { handled: [] as string[], buried: [] as string[], delays: [] as (readonly [string, number])[], again: [] as string[], logged: [] as string[] };
  const settling: Settling<BatchRecord> = {
    fifo: false,
    async handle({ messageId }) {
      const error = fail(messageId);
      if (error !== undefined) throw error;
      seen.handled.push(messageId);
    },
    giveUp: async ({ messageId }) => void seen.buried.push(messageId),
    delay: async ({ messageId }, seconds) => void seen.delays.push([messageId, seconds]),
    sendAgain: async ({ messageId }) => void seen.again.push(messageId),
    telemetry: { log: (_level, message) => void seen.logged.push(message), count: () => {} },
    ...options,
  };
  return { seen, settling };
}

const failedIds = (answer: { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }) => answer.batchItemFailures.map((failure) => failure.itemIdentifier);
const onlyThird = (error: Error) => (id: string) => (id === '3' ? error : undefined);

describe('settling a batch', () => {
  it('returns of a standard queue only what failed, and handles the rest', async () => {
    const { seen, settling } = watched(onlyThird(new Error('no')));

    expect(failedIds(await settleBatch(records(1, ...FIVE), settling))).toEqual(['3']);
    expect(seen.handled).toEqual(['1', '2', '4', '5']);
  });

  it('returns of an ordered queue the one that failed and all behind it, which nobody handled', async () => {
    const { seen, settling } = watched(onlyThird(new Error('no')), { fifo: true });

    expect(failedIds(await settleBatch(records(1, ...FIVE), settling))).toEqual(['3', '4', '5']);
    expect(seen.handled).toEqual(['1', '2']);
  });

  it('gives up what no repetition mends, at once, and lets what is behind it pass', async () => {
    const { seen, settling } = watched(onlyThird(new PermanentFailure('never')), { fifo: true });

    expect(failedIds(await settleBatch(records(1, ...FIVE), settling))).toEqual([]);
    expect(seen.buried).toEqual(['3']);
    expect(seen.handled).toEqual(['1', '2', '4', '5']);
  });

  it('tries again what could not be given up', async () => {
    const { settling } = watched(onlyThird(new PermanentFailure('never')), { giveUp: () => Promise.reject(unavailable('asleep')) });

    expect(failedIds(await settleBatch(records(1, ...FIVE), settling))).toEqual(['3']);
  });

  it('lets a failed message wait longer each time, up to five minutes', async () => {
    for (const [receive, seconds] of [[1, 5], [2, 10], [3, 20], [6, 160], [7, 300], [10, 300]] as const) {
      const { seen, settling } = watched(() => new Error('no'));

      await settleBatch(records(receive, 'A'), settling);

      expect(seen.delays).toEqual([['A', seconds]]);
      expect(backoffSeconds(receive)).toBe(seconds);
    }
  });

  it('answers even when the delay cannot be set', async () => {
    const { settling } = watched(() => new Error('no'), { delay: () => Promise.reject(new Error('throttled')) });

    expect(failedIds(await settleBatch(records(1, 'A'), settling))).toEqual(['A']);
  });

  it('puts what is only unavailable on the queue anew before its last receive, and never gives it up', async () => {
    const asleep = unavailable('the database is starting');
    for (const [receive, again] of [[1, []], [8, []], [9, ['A']], [10, ['A']]] as const) {
      const { seen, settling } = watched(() => asleep);

      const answer = await settleBatch(records(receive, 'A'), settling);

      expect(seen.again).toEqual(again);
      expect(seen.buried).toEqual([]);
      expect(failedIds(answer)).toEqual(again.length > 0 ? [] : ['A']);
    }
  });

  it('leaves to the queue what fails with a defect until its receives are used up', async () => {
    const { seen, settling } = watched(() => new TypeError('a defect'));

    expect(failedIds(await settleBatch(records(10, 'A'), settling))).toEqual(['A']);
    expect(seen).toMatchObject({ again: [], buried: [] });
  });

  it('keeps a message that could not be put on the queue anew', async () => {
    const { settling } = watched(() => unavailable('asleep'), { sendAgain: () => Promise.reject(new Error('throttled')) });

    expect(failedIds(await settleBatch(records(10, 'A'), settling))).toEqual(['A']);
  });
});
