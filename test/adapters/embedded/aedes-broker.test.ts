import { after, afterEach, before, describe, it } from 'node:test';
import { connect as tcpConnect } from 'node:net';
import { once } from 'node:events';
import { expect } from 'expect';
import type { IClientOptions } from 'mqtt';
import { aedesBroker, type AedesBroker } from '../../../lib/adapters/embedded/aedes-broker.ts';
import { createCertificateAuthority } from '../../../lib/adapters/embedded/ca-certificates.ts';
import { randomIds } from '../../../lib/adapters/system/random-ids.ts';
import { mqttClientId, reportTopic } from '../../../lib/protocol/topics.ts';
import { brokerContract, connect, disconnectAll, NAMESPACE, POOL_1, POOL_10, WORKER_A, WORKER_B } from '../../contracts/broker.ts';
import { fakeClock } from '../../support/fake-clock.ts';

interface Report {
  readonly poolId: string;
  readonly workerId: string;
  readonly payload: string;
}

const passwordOf = (poolId: string, workerId: string) => `proof of ${poolId} ${workerId}`;

/** A broker that believes whoever knows the proof of an identity. */
async function openBroker(changes: { readonly fail?: boolean; readonly tls?: { readonly cert: string; readonly key: string } } = {}) {
  const clock = fakeClock();
  const reports: Report[] = [];
  const waiting: ((report: Report) => void)[] = [];
  const broker: AedesBroker = await aedesBroker({
    address: { host: '127.0.0.1', port: 0 },
    tls: changes.tls ?? null,
    namespace: NAMESPACE,
    authenticate: async ({ username, password }) => {
      if (changes.fail === true) throw new Error('the database is away');
      const match = /^proof of (\S+) (\S+)$/.exec(password ?? '');
      return match === null || match[1] !== username ? undefined : { poolId: match[1] ?? '', workerId: match[2] ?? '' };
    },
    onReport: async ({ poolId, workerId, payload }) => {
      const report = { poolId, workerId, payload: Buffer.from(payload).toString() };
      const taker = waiting.shift();
      if (taker === undefined) reports.push(report);
      else taker(report);
    },
    clock,
    ids: randomIds(clock),
    telemetry: { log: () => {}, count: () => {}, span: (_name, work) => work() },
  });
  const connection = (poolId: string, workerId: string): IClientOptions => ({
    protocol: 'mqtt',
    host: '127.0.0.1',
    port: broker.port,
    clientId: mqttClientId(poolId, workerId),
    username: poolId,
    password: passwordOf(poolId, workerId),
  });
  const nextReport = () => {
    const report = reports.shift();
    return report === undefined ? new Promise<Report>((resolve) => waiting.push(resolve)) : Promise.resolve(report);
  };
  return {
    broker,
    connection,
    nextReport,
    get waitingReports() {
      return reports.length;
    },
  };
}

describe('the broker in this process', { timeout: 30_000 }, () => {
  let opened: Awaited<ReturnType<typeof openBroker>>;
  before(async () => {
    opened = await openBroker();
  });
  afterEach(disconnectAll);
  after(() => opened.broker.close());

  brokerContract(() => opened);

  it('refuses a wrong password, none, and the password of another pool', async () => {
    const right = opened.connection(POOL_1, WORKER_A);
    await expect(connect({ ...right, password: 'guess' })).rejects.toThrow(/[Nn]ot authorized/);
    await expect(connect({ ...right, username: undefined, password: undefined })).rejects.toThrow(/[Nn]ot authorized/);
    await expect(connect({ ...right, password: passwordOf(POOL_10, WORKER_A) })).rejects.toThrow(/[Nn]ot authorized/);
    await expect(connect({ ...opened.connection(POOL_10, WORKER_A), password: passwordOf(POOL_1, WORKER_A) })).rejects.toThrow(/[Nn]ot authorized/);
  });

  it('refuses everybody while it cannot judge', async () => {
    const blind = await openBroker({ fail: true });
    await expect(connect(blind.connection(POOL_1, WORKER_A))).rejects.toThrow(/[Nn]ot authorized/);
    await blind.broker.close();
  });

  it('keeps no sessions: the tables are the truth', async () => {
    await expect(connect({ ...opened.connection(POOL_1, WORKER_A), clean: false })).rejects.toThrow(/[Ii]dentifier rejected/);
  });

  it('closes the connection of a worker that sends more than 8 KiB, a retained message or one of quality 2', async () => {
    const topic = reportTopic(NAMESPACE, POOL_1, WORKER_A);
    for (const [payload, options] of [
      ['x'.repeat(8 * 1024 + 1), { qos: 1 }],
      ['{}', { qos: 1, retain: true }],
      ['{}', { qos: 2 }],
    ] as const) {
      const client = await connect(opened.connection(POOL_1, WORKER_A));
      const gone = new Promise((resolve) => client.once('close', () => resolve(undefined)));
      client.publish(topic, payload, options, () => {});
      await gone;
    }
    expect(opened.waitingReports).toBe(0);
    const client = await connect(opened.connection(POOL_1, WORKER_A));
    await client.publishAsync(topic, 'x'.repeat(8 * 1024), { qos: 1 });
    expect((await opened.nextReport()).payload).toHaveLength(8 * 1024);
  });

  it('drops a connection that sends without end and never a whole packet', async () => {
    const socket = tcpConnect(opened.broker.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    // A login packet that announces 200 MB.
    socket.write(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x60]));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const chunk = Buffer.alloc(64 * 1024);
    for (let i = 0; i < 16 && !socket.destroyed; i++) socket.write(chunk);
    await closed;
  });

  it('says nothing of workers when it closes: their last wills are its own doing', async () => {
    const own = await openBroker();
    for (const worker of [WORKER_A, WORKER_B]) {
      await connect({
        ...own.connection(POOL_1, worker),
        will: { topic: reportTopic(NAMESPACE, POOL_1, worker), payload: Buffer.from('lost'), qos: 1, retain: false },
      });
    }
    await own.broker.close();
    expect(own.waitingReports).toBe(0);
    await own.broker.close();
    await own.broker.publish({ poolId: POOL_1 }, { v: 1, type: 'job.available', id: 'x', ts: '2026-01-15T12:00:00.000Z' });
  });

  it('speaks TLS when it has a certificate, and then nothing else', async () => {
    const { keyPem, certPem } = await createCertificateAuthority(fakeClock());
    const secure = await openBroker({ tls: { key: keyPem, cert: certPem } });
    const client = await connect({ ...secure.connection(POOL_1, WORKER_A), protocol: 'mqtts', rejectUnauthorized: false });
    await client.publishAsync(reportTopic(NAMESPACE, POOL_1, WORKER_A), 'over TLS', { qos: 1 });
    expect((await secure.nextReport()).payload).toBe('over TLS');
    await expect(connect(secure.connection(POOL_1, WORKER_B))).rejects.toThrow();
    await secure.broker.close();
  });

  it('says so when its port is in use', async () => {
    const { port } = opened.broker;
    const clock = fakeClock();
    const second = aedesBroker({
      address: { host: '127.0.0.1', port },
      namespace: NAMESPACE,
      authenticate: async () => undefined,
      onReport: async () => {},
      clock,
      ids: randomIds(clock),
      telemetry: { log: () => {}, count: () => {}, span: (_name, work) => work() },
    });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
