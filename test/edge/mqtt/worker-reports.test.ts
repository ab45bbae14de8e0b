import { after, afterEach, before, describe, it } from 'node:test';
import { expect } from 'expect';
import type { IClientOptions } from 'mqtt';
import { aedesBroker, type AedesBroker } from '../../../lib/adapters/embedded/aedes-broker.ts';
import { authenticateMqtt } from '../../../lib/core/workers/actions/authenticate-mqtt.ts';
import { resetPool } from '../../../lib/core/workers/actions/reset-pool.ts';
import { receiveReport } from '../../../lib/edge/mqtt/worker-reports.ts';
import { mqttClientId, reportTopic } from '../../../lib/protocol/topics.ts';
import { connect, disconnectAll } from '../../contracts/broker.ts';
import { adminActor } from '../../support/actors.ts';
import { testPoolKey } from '../../support/signing-requests.ts';
import {
  anAssertion,
  aWorker,
  aWorkerPool,
  heartbeatOf,
  workerNow,
  workersApp,
  type TestPool,
  type WorkersApp,
} from '../../support/worker-builders.ts';

describe('workers at the broker, with the proofs they really have', { timeout: 30_000 }, () => {
  let app: WorkersApp;
  let broker: AedesBroker;
  let fleet: TestPool;
  let other: TestPool;
  let taken: () => void = () => {};
  before(async () => {
    app = await workersApp();
    [fleet, other] = [await aWorkerPool(app), await aWorkerPool(app, { key: await testPoolKey(1) })];
    broker = await aedesBroker({
      address: { host: '127.0.0.1', port: 0 },
      namespace: 'spacelift',
      authenticate: (credentials) => authenticateMqtt(app.ports, credentials),
      onReport: async (report) => {
        await receiveReport(app.ports, report);
        taken();
      },
      clock: app.clock,
      ids: app.ports.ids,
      telemetry: app.ports.telemetry,
    });
  });
  afterEach(disconnectAll);
  after(async () => {
    await broker.close();
    await app.close();
  });
  const options = (pool: TestPool, workerId: string, changes: Parameters<typeof anAssertion>[3] = {}): IClientOptions => ({
    protocol: 'mqtt',
    host: '127.0.0.1',
    port: broker.port,
    clientId: mqttClientId(pool.pool.id, workerId),
    username: pool.pool.id,
    password: anAssertion(app, pool, workerId, { audience: 'mqtt', ...changes }),
  });
  const nextReport = () => new Promise<void>((resolve) => (taken = resolve));

  it('take a heartbeat from the wire to the worker’s row', async () => {
    const worker = await aWorker(app, fleet);
    const client = await connect(options(fleet, worker.id));
    app.clock.advance(30_000);
    const arrives = nextReport();
    await client.publishAsync(reportTopic('spacelift', fleet.pool.id, worker.id), JSON.stringify(heartbeatOf(app, { seq: 9 })), { qos: 1 });
    await arrives;
    await app.drain();
    expect(await workerNow(app, worker)).toMatchObject({ heartbeatSeq: 9, lastSeenAt: app.clock.now() });
  });

  it('take the last will of a connection that broke', async () => {
    const worker = await aWorker(app, fleet);
    const will = {
      topic: reportTopic('spacelift', fleet.pool.id, worker.id),
      payload: Buffer.from('{"v":1,"type":"worker.lost","bootId":"boot-1"}'),
      qos: 1 as const,
      retain: false,
    };
    const client = await connect({ ...options(fleet, worker.id), will });
    app.clock.advance(1000);
    const arrives = nextReport();
    client.stream.destroy();
    await arrives;
    await app.drain();
    expect((await workerNow(app, worker))?.willAt).toEqual(app.clock.now());
  });

  it('refuse an assertion that is expired, for the worker API, of another key or for another pool', async () => {
    const workerId = app.ports.ids.ulid();
    const wrong: readonly IClientOptions[] = [
      options(fleet, workerId, { now: new Date(app.clock.now().getTime() - 421_000) }),
      options(fleet, workerId, { audience: 'worker-api' }),
      options({ ...fleet, key: other.key }, workerId),
      { ...options(fleet, workerId), password: anAssertion(app, other, workerId, { audience: 'mqtt' }) },
      { ...options(fleet, workerId), username: other.pool.id, clientId: mqttClientId(other.pool.id, workerId) },
      { ...options(fleet, workerId), clientId: mqttClientId(fleet.pool.id, app.ports.ids.ulid()) },
    ];
    for (const one of wrong) await expect(connect(one)).rejects.toThrow(/[Nn]ot authorized/);
  });

  it('refuse the certificate of before a reset', async () => {
    const doomed = await aWorkerPool(app);
    const workerId = app.ports.ids.ulid();
    await connect(options(doomed, workerId));
    await resetPool(app.ports, adminActor(), { id: doomed.pool.id, certificateSigningRequest: (await testPoolKey(0)).csr });
    await expect(connect(options(doomed, workerId))).rejects.toThrow(/[Nn]ot authorized/);
  });
});
