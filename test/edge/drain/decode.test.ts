import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { PermanentFailure } from '../../../lib/core/shared/messages.ts';
import type { QueueName } from '../../../lib/core/shared/queues.ts';
import { tickInput, type WireMessage } from '../../../lib/core/shared/wire-message.ts';
import { decode, senderOf, TICK_MESSAGE } from '../../../lib/edge/drain/decode.ts';

const ULID = '01JDABCDEFGHJKMNPQRSTVWXYZ';
const kept = new Map<string, Buffer>();
const objects = { get: async (_bucket: string, key: string) => kept.get(key) };
const record = (queue: QueueName, text: string) => ({ messageId: 'M', queue, text, receiveCount: 3, sentAt: new Date('2026-01-02T03:04:05Z') });
const read = (queue: QueueName, text: string) => decode(objects, record(queue, text));
const wire = (message: WireMessage) => JSON.stringify(message);

describe('decoding what a queue brings', () => {
  it('reads our own messages', async () => {
    const text = wire({ id: 'A', type: 'run.advanced', hops: 4, body: { runId: 'R' } });

    expect(await read('asyncFifo', text)).toEqual({ id: 'A', name: 'run.advanced', hops: 4, queue: 'asyncFifo', receiveCount: 3, body: { runId: 'R' } });
    expect(senderOf({ text })).toEqual({ id: 'A', name: 'run.advanced', hops: 4 });
  });

  it('reads a tick of the scheduler', async () => {
    expect(await read('cronjobs', JSON.stringify(tickInput('vcs-sweep')))).toMatchObject({ id: 'M', name: TICK_MESSAGE, body: { tick: 'vcs-sweep' } });
  });

  it('reads what the rule of the broker forwards, and believes the topic, not the payload', async () => {
    const heartbeat = { v: 1, type: 'heartbeat', id: 'H', poolId: 'forged' };
    const document = { ...heartbeat, timestamp: Date.parse('2026-05-06T07:08:09Z'), worker_pool_ulid: 'POOL', worker_ulid: 'WORKER' };

    expect(await read('iot', Buffer.from(JSON.stringify(document)).toString('base64'))).toMatchObject({
      id: 'M', name: 'worker.report', body: { poolId: 'POOL', workerId: 'WORKER', receivedAt: '2026-05-06T07:08:09.000Z', message: { v: 1, type: 'heartbeat', id: 'H' } },
    });
  });

  it('fetches a body of five megabytes by its claim check', async () => {
    const body = { text: 'x'.repeat(5 * 1024 * 1024) };
    const bytes = Buffer.from(JSON.stringify(body));
    const claim = { bucket: 'large-queue-messages', key: `0a/${ULID}`, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length } as const;
    kept.set(claim.key, bytes);
    const text = wire({ id: 'A', type: 'delivery.received', hops: 0, claim });

    expect((await read('webhooks', text)).body).toEqual(body);

    kept.set(claim.key, Buffer.from('{"changed":true}'));
    await expect(read('webhooks', text)).rejects.toThrow(PermanentFailure);
    kept.delete(claim.key);
    await expect(read('webhooks', text)).rejects.toThrow(`the body of a message is gone: no object 0a/${ULID}`);
  });

  it('takes a chain of messages without end for one that nobody should go on with', async () => {
    await expect(read('async', wire({ id: 'A', type: 'x', hops: 1001, body: {} }))).rejects.toThrow(/goes in circles/);
    expect((await read('async', wire({ id: 'A', type: 'x', hops: 1000, body: {} }))).hops).toBe(1000);
  });

  for (const text of ['', 'text', '[]', 'null', '{}', '{"id":7,"type":"x","hops":0,"body":1}', '{"id":"A","type":"x","hops":0,"claim":{"bucket":"states","key":"../x","sha256":"","bytes":1}}']) {
    it(`takes ${text || 'nothing'} for a record that no repetition mends`, async () => {
      await expect(read('async', text)).rejects.toThrow(PermanentFailure);
      await expect(read('iot', text)).rejects.toThrow(PermanentFailure);
    });
  }
});
