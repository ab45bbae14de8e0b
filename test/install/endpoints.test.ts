import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { writeParameter } from '../../lib/install/aws/parameters.ts';
import { tlsProbe, type Probe } from '../../lib/install/checks/reach.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';
import { serverCertificate } from '../support/server-certificate.ts';

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

describe('a probe of a host', () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => server.close()));
  const serving = (server: Server) => {
    servers.push(server);
    return listening(server);
  };

  it('tells the address that a host answers at, when its certificate is good', async () => {
    const { cert, key } = await serverCertificate('localhost');
    const port = await serving(createTlsServer({ cert, key }, (socket) => socket.on('error', () => undefined)));

    expect(await tlsProbe({ port, ca: cert })('localhost')).toEqual({ address: '127.0.0.1' });
    expect(await tlsProbe({ port })('localhost')).toEqual({ fault: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/) });
  });

  it('tells what is wrong with one that does not: closed, silent, unknown', async () => {
    const silent = await serving(createServer((socket) => socket.on('error', () => undefined)));
    const closed = createServer();
    const port = await listening(closed);
    await new Promise((resolve) => closed.close(resolve));

    expect(await tlsProbe({ port })('127.0.0.1')).toEqual({ fault: 'ECONNREFUSED' });
    expect(await tlsProbe({ port: silent, patienceMs: 50 })('127.0.0.1')).toEqual({ fault: 'no answer within 0.05 s' });
  });
});

describe('windlass doctor in a private network', needsMoto, () => {
  let place: TestInstallation;
  let probed: string[] = [];
  before(async () => {
    place = await testInstallation();
    await writeParameter(place.aws, '/platform/messaging/iot-data-endpoint', 'abc-ats.iot.eu-west-1.amazonaws.com');
  });
  after(() => place.close());

  const INTERNAL = { load_balancer: { scheme: 'internal' } };
  const doctor = (config: Readonly<Record<string, unknown>>, probe: Probe) => {
    probed = [];
    const merged = { ...config, ...('load_balancer' in config ? { load_balancer: { ...(place.configuration.load_balancer as object), ...(config.load_balancer as object) } } : {}) };
    return place.run('doctor', [], { config: merged, context: { probe: (host) => (probed.push(host), probe(host)) } });
  };

  it('looks for each service where the network keeps its endpoint, a line for each', async () => {
    const { said } = await doctor(INTERNAL, async (host) => (host.startsWith('kms') ? { fault: 'ETIMEDOUT' } : { address: host.startsWith('sqs') ? '52.95.1.1' : '10.0.3.7' }));

    expect(probed).toEqual(expect.arrayContaining([
      'rds-data', 'kms', 'lambda', 'logs', 'monitoring', 'secretsmanager', 'sqs', 'ssm', 'sts', 'xray', 'api.ecr', 's3', 'iot', '123456789012.dkr.ecr', 'abc-ats.iot',
    ].map((service) => `${service}.eu-west-1.amazonaws.com`)));
    expect(said).toContain('ok      endpoint ssm: ssm.eu-west-1.amazonaws.com answers at 10.0.3.7');
    expect(said).toContain('ok      endpoint iot.data: abc-ats.iot.eu-west-1.amazonaws.com answers at 10.0.3.7');
    expect(said).toContain('warning endpoint kms: kms.eu-west-1.amazonaws.com cannot be reached from here (ETIMEDOUT)');
    expect(said).toMatch(/warning endpoint sqs: .* answers at 52\.95\.1\.1, which is outside/);
  });

  it('looks for no more than is used, and for nothing where functions stand in no network', async () => {
    await doctor({ ...INTERNAL, tracing_enabled: false, database: { access: 'direct' } }, async () => ({ address: '10.0.0.1' }));
    expect(probed.filter((host) => /^(rds-data|xray|license-manager)/.test(host))).toEqual([]);

    const outcome = await doctor({}, () => Promise.reject(new Error('asked')));
    expect(probed).toEqual([]);
    expect(outcome.said).not.toContain('endpoint');
  });
});
