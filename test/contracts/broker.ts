import { it } from 'node:test';
import { expect } from 'expect';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Broker } from '../../lib/core/ports/broker.ts';
import type { ServerMessage } from '../../lib/protocol/messages.ts';
import { broadcastTopic, mqttClientId, reportTopic, workerTopic } from '../../lib/protocol/topics.ts';

export const NAMESPACE = 'windlass-test';
export const POOL_1 = '01HZX3C5Y7Q9V1B3D5F7H9K1M3';
/** Begins like the other one, as `pool-10` begins like `pool-1`. */
export const POOL_10 = `${POOL_1}0`;
export const WORKER_A = '01HZX3C5Y7Q9V1B3D5F7H9K1WA';
export const WORKER_B = '01HZX3C5Y7Q9V1B3D5F7H9K1WB';

export interface OpenBroker {
  readonly broker: Broker;
  /** Options by which the worker connects, its identity proved. */
  connection(poolId: string, workerId: string): IClientOptions;
  /** The next report that arrives at the server. */
  nextReport(): Promise<{ readonly poolId: string; readonly workerId: string; readonly payload: string }>;
  /** Reports that arrived and were not taken yet. */
  readonly waitingReports: number;
}

const open = new Set<MqttClient>();

/** Connects once; a refusal is thrown. */
export async function connect(options: IClientOptions): Promise<MqttClient> {
  const client = mqtt.connect({ reconnectPeriod: 0, connectTimeout: 5_000, protocolVersion: 4, clean: true, keepalive: 30, ...options });
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      client.once('close', () => reject(new Error('closed')));
    });
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
  client.on('error', () => {});
  open.add(client);
  return client;
}

/** Ends what a test left connected. */
export async function disconnectAll(): Promise<void> {
  await Promise.all([...open].map((client) => client.endAsync(true)));
  open.clear();
}

export const nextMessage = (client: MqttClient): Promise<{ readonly topic: string; readonly message: unknown }> =>
  new Promise((resolve) => client.once('message', (topic, payload) => resolve({ topic, message: JSON.parse(payload.toString()) })));

const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => (client.connected ? client.once('close', () => resolve()) : resolve()));

const message = (n: number): ServerMessage => ({
  v: 1,
  type: 'run.assign',
  id: `id-${n}`,
  ts: '2026-01-15T12:00:00.000Z',
  runId: `run-${n}`,
  assignmentId: 'a',
  expiresAt: '2026-01-15T12:00:10.000Z',
});

/**
 * What every broker between server and workers does. `identity` is what a connection proves: the worker, or only its pool, where all
 * workers of a pool share one certificate and nothing tells the broker which of them speaks.
 */
export function brokerContract(opened: () => OpenBroker, { identity = 'worker' }: { readonly identity?: 'worker' | 'pool' } = {}): void {
  const provesWorker = identity === 'worker';
  const asWorker = (poolId: string, workerId: string, more: IClientOptions = {}) => connect({ ...opened().connection(poolId, workerId), ...more });
  const listening = async (poolId: string, workerId: string) => {
    const client = await asWorker(poolId, workerId);
    await client.subscribeAsync([broadcastTopic(NAMESPACE, poolId), workerTopic(NAMESPACE, poolId, workerId)], { qos: 1 });
    return client;
  };

  it('brings a message to the worker that it is for', async () => {
    const client = await listening(POOL_1, WORKER_A);
    const arrives = nextMessage(client);
    await opened().broker.publish({ poolId: POOL_1, workerId: WORKER_A }, message(1));
    expect(await arrives).toEqual({ topic: `${NAMESPACE}/readonly/${POOL_1}/${WORKER_A}`, message: message(1) });
  });

  it('brings a broadcast to every worker of the pool', async () => {
    const clients = [await listening(POOL_1, WORKER_A), await listening(POOL_1, WORKER_B)];
    const arrive = Promise.all(clients.map(nextMessage));
    await opened().broker.publish({ poolId: POOL_1 }, message(2));
    expect((await arrive).map(({ topic }) => topic)).toEqual([`${NAMESPACE}/readonly/${POOL_1}/all`, `${NAMESPACE}/readonly/${POOL_1}/all`]);
  });

  it('keeps the messages of one pool, and of one worker, from the others', async () => {
    const [other, neighbour] = [await listening(POOL_10, WORKER_A), await listening(POOL_1, WORKER_B)];
    const heard: unknown[] = [];
    for (const client of [other, neighbour]) client.on('message', (_topic, payload) => heard.push(JSON.parse(payload.toString())));
    const last = nextMessage(neighbour);
    await opened().broker.publish({ poolId: POOL_1, workerId: WORKER_A }, message(3));
    await opened().broker.publish({ poolId: POOL_1, workerId: WORKER_B }, message(4));
    expect((await last).message).toEqual(message(4));
    const lastOfOther = nextMessage(other);
    await opened().broker.publish({ poolId: POOL_10 }, message(5));
    await lastOfOther;
    expect(heard).toEqual([message(4), message(5)]);
  });

  it('does not mind a message to nobody', async () => {
    await opened().broker.publish({ poolId: POOL_1, workerId: WORKER_B }, message(6));
  });

  for (const [what, topic] of [
    ['another pool', broadcastTopic(NAMESPACE, POOL_10)],
    ...(provesWorker
      ? ([
          ['another worker of the pool', workerTopic(NAMESPACE, POOL_1, WORKER_B)],
          ['every worker of the pool', `${NAMESPACE}/readonly/${POOL_1}/+`],
        ] as const)
      : []),
    ['every pool', `${NAMESPACE}/readonly/+/all`],
    ['everything', '#'],
    ['the broker itself', '$SYS/#'],
    ['reports', reportTopic(NAMESPACE, POOL_1, WORKER_A)],
    ['another namespace', broadcastTopic('other', POOL_1)],
  ] as const) {
    it(`refuses to let a worker listen to ${what}`, async () => {
      const client = await asWorker(POOL_1, WORKER_A);
      const outcome = await client.subscribeAsync(topic, { qos: 1 }).then(
        (granted) => granted.map((grant) => grant.qos),
        () => 'refused',
      );
      expect(['refused', [128]]).toContainEqual(outcome);
    });
  }

  it('hands the server what a worker reports, with the ids of its topic', async () => {
    const client = await asWorker(POOL_1, WORKER_A);
    await client.publishAsync(reportTopic(NAMESPACE, POOL_1, WORKER_A), '{"seq":1}', { qos: 1 });
    expect(await opened().nextReport()).toEqual({ poolId: POOL_1, workerId: WORKER_A, payload: '{"seq":1}' });
  });

  for (const [what, topic, payload] of [
    ['for another pool', reportTopic(NAMESPACE, POOL_10, WORKER_A), '{}'],
    ...(provesWorker ? ([['for another worker', reportTopic(NAMESPACE, POOL_1, WORKER_B), '{}']] as const) : []),
    ['to other workers', broadcastTopic(NAMESPACE, POOL_1), '{}'],
  ] as const) {
    it(`closes the connection of a worker that speaks ${what}`, async () => {
      const client = await asWorker(POOL_1, WORKER_A);
      client.publish(topic, payload, { qos: 1 }, () => {});
      await closed(client);
      expect(opened().waitingReports).toBe(0);
    });
  }

  it('refuses a connection whose last will would speak for another worker', async () => {
    await expect(
      asWorker(POOL_1, WORKER_A, { will: { topic: reportTopic(NAMESPACE, POOL_10, WORKER_A), payload: Buffer.from('{}'), qos: 1, retain: false } }),
    ).rejects.toThrow();
  });

  it('speaks the last will of a connection that breaks, and not of one that says goodbye', async () => {
    const will = (text: string) => ({
      will: { topic: reportTopic(NAMESPACE, POOL_1, WORKER_A), payload: Buffer.from(text), qos: 1 as const, retain: false },
    });
    const polite = await asWorker(POOL_1, WORKER_A, will('polite'));
    await polite.endAsync(false);
    const broken = await asWorker(POOL_1, WORKER_A, will('broken'));
    broken.stream.destroy();
    expect(await opened().nextReport()).toEqual({ poolId: POOL_1, workerId: WORKER_A, payload: 'broken' });
    expect(opened().waitingReports).toBe(0);
  });

  it('refuses a client id that is not of the identity proved', async () => {
    await expect(asWorker(POOL_1, WORKER_A, { clientId: mqttClientId(POOL_10, WORKER_A) })).rejects.toThrow();
    if (provesWorker) await expect(asWorker(POOL_1, WORKER_A, { clientId: mqttClientId(POOL_1, WORKER_B) })).rejects.toThrow();
    await expect(asWorker(POOL_1, WORKER_A, { clientId: POOL_1 })).rejects.toThrow();
  });

  it('closes the connections of a pool, or of one worker, and no others', async () => {
    const [a, b, other] = [await asWorker(POOL_1, WORKER_A), await asWorker(POOL_1, WORKER_B), await listening(POOL_10, WORKER_A)];
    await opened().broker.disconnect(POOL_1, WORKER_A);
    await closed(a);
    expect(b.connected).toBe(true);
    await opened().broker.disconnect(POOL_1, undefined, [WORKER_A, WORKER_B]);
    await closed(b);
    const stillHeard = nextMessage(other);
    await opened().broker.publish({ poolId: POOL_10 }, message(7));
    await stillHeard;
  });

  it('takes a second connection of a worker in place of the first', async () => {
    const first = await asWorker(POOL_1, WORKER_A);
    const second = await listening(POOL_1, WORKER_A);
    await closed(first);
    const arrives = nextMessage(second);
    await opened().broker.publish({ poolId: POOL_1, workerId: WORKER_A }, message(8));
    expect((await arrives).message).toEqual(message(8));
  });
}
