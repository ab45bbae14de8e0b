import { after, afterEach, before, describe, it } from 'node:test';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { expect } from 'expect';
import type { IClientOptions } from 'mqtt';
import { iotBroker } from '../../../lib/adapters/aws/iot-broker.ts';
import { IotCertificates, type MadeCertificate } from '../../../lib/adapters/aws/iot-certificates.ts';
import type { Broker } from '../../../lib/core/ports/broker.ts';
import { mqttClientId, reportTopic, workerTopic } from '../../../lib/protocol/topics.ts';
import { brokerContract, connect, disconnectAll, NAMESPACE, POOL_1, POOL_10, WORKER_A, WORKER_B } from '../../contracts/broker.ts';
import { testAws, type TestAws } from '../../support/aws.ts';
import { startIotCore, type IotCore } from '../../support/iot-core.ts';
import { MOTO_ACCOUNT, MOTO_REGION } from '../../support/moto.ts';
import { needsMoto } from '../../support/requirements.ts';
import { makePoolKey, testPoolKey, type PoolKey } from '../../support/signing-requests.ts';

interface Report {
  readonly poolId: string;
  readonly workerId: string;
  readonly payload: string;
}

describe('the broker on IoT Core', { ...needsMoto, timeout: 60_000 }, () => {
  let aws: TestAws;
  let core: IotCore;
  let broker: Broker;
  let client: IoTDataPlaneClient;
  let iot: IotCertificates;
  const made = new Map<string, { readonly key: PoolKey; readonly certificate: MadeCertificate }>();
  const logged: string[] = [];
  const reports: Report[] = [];
  const waiting: ((report: Report) => void)[] = [];

  before(async () => {
    aws = await testAws();
    await aws.moto.reset();
    iot = new IotCertificates({
      client: aws.clients.iot,
      place: { partition: 'aws', region: MOTO_REGION, accountId: MOTO_ACCOUNT, namespace: NAMESPACE },
    });
    for (const [poolId, key] of [
      [POOL_1, await testPoolKey()],
      [POOL_10, await testPoolKey(1)],
    ] as const) {
      const certificate = await iot.create(key.csr);
      await iot.createPolicy(poolId);
      await iot.attach(poolId, certificate.certificateId);
      made.set(poolId, { key, certificate });
    }
    core = await startIotCore({
      iot: aws.clients.iot,
      onPublish: ({ topic, payload }) => {
        const [, , poolId = '', workerId = ''] = topic.split('/');
        const report = { poolId, workerId, payload: payload.toString() };
        const taker = waiting.shift();
        if (taker === undefined) reports.push(report);
        else taker(report);
      },
    });
    client = new IoTDataPlaneClient({ ...aws.settings, endpoint: core.dataUrl });
    broker = iotBroker({ client: () => client, namespace: NAMESPACE, telemetry: { log: (_level, message) => void logged.push(message) } });
  });
  afterEach(disconnectAll);
  after(async () => {
    client.destroy();
    await core.close();
    await aws.close();
  });

  const connection = (poolId: string, workerId: string): IClientOptions => {
    const { key, certificate } = made.get(poolId) ?? {};
    return {
      protocol: 'mqtts',
      host: '127.0.0.1',
      port: core.port,
      ca: core.ca,
      clientId: mqttClientId(poolId, workerId),
      cert: certificate?.pem,
      key: key?.privateKeyPem,
    };
  };

  brokerContract(
    () => ({
      broker,
      connection,
      nextReport: () => {
        const report = reports.shift();
        return report === undefined ? new Promise<Report>((resolve) => waiting.push(resolve)) : Promise.resolve(report);
      },
      get waitingReports() {
        return reports.length;
      },
    }),
    { identity: 'pool' },
  );

  it('publishes so that a message arrives at least once, and ends a connection with its session', async () => {
    const from = core.calls.length;
    await broker.publish({ poolId: POOL_1 }, { v: 1, type: 'job.available', id: 'x', ts: '2026-01-15T12:00:00.000Z' });
    await broker.disconnect(POOL_1, WORKER_B);
    expect(core.calls.slice(from)).toEqual([
      `POST /topics/${NAMESPACE}/readonly/${POOL_1}/all?qos=1`,
      `DELETE /connections/${mqttClientId(POOL_1, WORKER_B)}?cleanSession=true`,
    ]);
  });

  it('knows a worker by its pool only: the certificate of a pool speaks and listens for each of its workers', async () => {
    const worker = await connect(connection(POOL_1, WORKER_A));
    await worker.subscribeAsync(workerTopic(NAMESPACE, POOL_1, WORKER_B), { qos: 1 });
    await worker.publishAsync(reportTopic(NAMESPACE, POOL_1, WORKER_B), '{}', { qos: 1 });
    expect(reports.splice(0)).toEqual([{ poolId: POOL_1, workerId: WORKER_B, payload: '{}' }]);
  });

  it('lets nobody in without a certificate, with one of somebody else, or with one that was revoked', async () => {
    const refused = /Not authorized|closed/;
    await expect(connect({ ...connection(POOL_1, WORKER_A), cert: undefined, key: undefined })).rejects.toThrow(refused);
    const stranger = await makePoolKey();
    const unattached = await iot.create(stranger.csr);
    await expect(connect({ ...connection(POOL_1, WORKER_A), cert: unattached.pem, key: stranger.privateKeyPem })).rejects.toThrow(refused);

    await iot.attach(POOL_1, unattached.certificateId);
    await connect({ ...connection(POOL_1, WORKER_A), cert: unattached.pem, key: stranger.privateKeyPem });
    await disconnectAll();
    await iot.revoke(POOL_1, unattached.certificateId);
    await expect(connect({ ...connection(POOL_1, WORKER_A), cert: unattached.pem, key: stranger.privateKeyPem })).rejects.toThrow(refused);
    await connect(connection(POOL_1, WORKER_A));
  });

  it('neither throws nor keeps anybody waiting when the service is away, and says so in the log', async () => {
    const away = new IoTDataPlaneClient({ ...aws.settings, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    const lost = iotBroker({ client: () => away, namespace: NAMESPACE, telemetry: { log: (_level, message) => void logged.push(message) } });
    logged.length = 0;
    await lost.publish({ poolId: POOL_1 }, { v: 1, type: 'job.available', id: 'x', ts: '2026-01-15T12:00:00.000Z' });
    await lost.disconnect(POOL_1, WORKER_A);
    expect(logged).toEqual(['a message to workers could not be sent', 'the connection of a worker could not be closed']);
    away.destroy();
  });

  it('closes no connection of a pool whose workers it is not told', async () => {
    logged.length = 0;
    await broker.disconnect(POOL_1);
    await broker.disconnect(POOL_1, WORKER_B);
    expect(logged).toEqual([]);
  });
});
