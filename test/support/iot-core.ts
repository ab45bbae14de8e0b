import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { DescribeCertificateCommand, GetPolicyCommand, ListAttachedPoliciesCommand, type IoTClient } from '@aws-sdk/client-iot';
import { Aedes, type Client } from 'aedes';
import { iotAllows } from './iot-policy.ts';
import { MOTO_ACCOUNT, MOTO_REGION } from './moto.ts';
import { serverCertificate } from './server-certificate.ts';

export interface IotPublish {
  readonly topic: string;
  readonly payload: Buffer;
  readonly clientId: string;
  readonly at: Date;
}

export interface IotCore {
  /** MQTT with client certificates. */
  readonly port: number;
  /** What verifies the broker's own certificate. */
  readonly ca: string;
  /** The data plane: `POST /topics/<topic>`, `DELETE /connections/<client id>`. */
  readonly dataUrl: string;
  /** What the data plane was asked, oldest first: `POST /topics/…?qos=1`. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

interface Identity {
  readonly policies: readonly string[];
}

const NOT_AUTHORIZED = 5;

/**
 * The broker of IoT Core, which moto lacks: clients prove themselves by certificates registered with moto, and may do what the policies
 * attached there say. What clients publish is told to `onPublish`; what the data plane publishes goes to whoever listens.
 */
export async function startIotCore(options: {
  readonly iot: IoTClient;
  readonly onPublish: (message: IotPublish) => void;
  readonly region?: string;
}): Promise<IotCore> {
  const { iot, onPublish, region = MOTO_REGION } = options;
  const identities = new WeakMap<Client, Identity>();
  const wills = new WeakMap<Client, string | undefined>();
  const connected = new Map<string, Client>();
  let closing = false;

  /** Read anew at each connection, as certificates come and go. */
  async function identify(client: Client): Promise<Identity | undefined> {
    const certificate = (client.conn as unknown as tls.TLSSocket).getPeerCertificate();
    if (certificate.raw === undefined) return undefined;
    const certificateId = createHash('sha256').update(certificate.raw).digest('hex');
    const found = await iot.send(new DescribeCertificateCommand({ certificateId })).catch(() => undefined);
    if (found?.certificateDescription?.status !== 'ACTIVE') return undefined;
    const { policies = [] } = await iot.send(
      new ListAttachedPoliciesCommand({ target: `arn:aws:iot:${region}:${MOTO_ACCOUNT}:cert/${certificateId}` }),
    );
    const documents = await Promise.all(
      policies.map(async ({ policyName }) => (await iot.send(new GetPolicyCommand({ policyName }))).policyDocument ?? ''),
    );
    return { policies: documents };
  }

  const may = (client: Client | null, action: string, resource: string): boolean => {
    const identity = client === null ? undefined : identities.get(client);
    return identity !== undefined && iotAllows(identity.policies, `iot:${action}`, resource);
  };

  const aedes = await Aedes.createBroker({
    preConnect(client, packet, done) {
      wills.set(client, packet.will?.topic);
      done(null, !closing);
    },
    authenticate(client, _username, _password, done) {
      const refuse = () => done(Object.assign(new Error('not authorized'), { returnCode: NOT_AUTHORIZED }), null);
      identify(client).then((identity) => {
        if (identity === undefined) return refuse();
        identities.set(client, identity);
        const will = wills.get(client);
        if (!may(client, 'Connect', `client/${client.id}`) || (will !== undefined && !may(client, 'Publish', `topic/${will}`))) return refuse();
        done(null, true);
      }, refuse);
    },
    // A publish that is not allowed ends the connection, there as here.
    authorizePublish: (client, packet, done) => done(may(client, 'Publish', `topic/${packet.topic}`) ? null : new Error('not authorized')),
    authorizeSubscribe: (client, subscription, done) =>
      done(null, may(client, 'Subscribe', `topicfilter/${subscription.topic}`) ? subscription : null),
    authorizeForward: (client, packet) => (may(client, 'Receive', `topic/${packet.topic}`) ? packet : null),
    published(packet, client, done) {
      if (client !== null && !closing) onPublish({ topic: packet.topic, payload: Buffer.from(packet.payload), clientId: client.id, at: new Date() });
      done(null);
    },
  });
  aedes.on('client', (client: Client) => connected.set(client.id, client));
  aedes.on('clientDisconnect', (client: Client) => {
    if (connected.get(client.id) === client) connected.delete(client.id);
  });

  const own = await serverCertificate('127.0.0.1');
  const sockets = new Set<tls.TLSSocket>();
  const server = tls.createServer(
    { key: own.key, cert: own.cert, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2', ALPNProtocols: ['x-amzn-mqtt-ca', 'mqtt'] },
    (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      aedes.handle(socket);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();

  const publish = (topic: string, payload: Buffer) =>
    new Promise<void>((resolve, reject) =>
      aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, (error) => (error ? reject(error) : resolve())),
    );

  const calls: string[] = [];
  const data = createHttpServer((request, response) => {
    calls.push(`${request.method ?? ''} ${decodeURIComponent(request.url ?? '')}`);
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const [, kind, ...rest] = new URL(request.url ?? '/', 'http://iot').pathname.split('/');
      const name = decodeURIComponent(rest.join('/'));
      const answer = (status: number, body: unknown, type?: string) => {
        response.writeHead(status, { 'content-type': 'application/json', ...(type === undefined ? {} : { 'x-amzn-errortype': type }) });
        response.end(JSON.stringify(body));
      };
      if (request.method === 'POST' && kind === 'topics') {
        await publish(name, Buffer.concat(parts));
        return answer(200, { message: 'OK' });
      }
      if (request.method === 'DELETE' && kind === 'connections') {
        const client = connected.get(name);
        if (client === undefined) return answer(404, { message: 'No such connection' }, 'ResourceNotFoundException');
        await new Promise<void>((resolve) => client.close(resolve));
        return answer(200, {});
      }
      answer(400, { message: `not served here: ${request.method ?? ''} ${request.url ?? ''}` }, 'InvalidRequestException');
    })();
  });
  await new Promise<void>((resolve) => data.listen(0, '127.0.0.1', resolve));
  data.unref();

  return {
    port: (server.address() as AddressInfo).port,
    ca: own.cert,
    calls,
    dataUrl: `http://127.0.0.1:${(data.address() as AddressInfo).port}`,
    async close() {
      closing = true;
      await new Promise<void>((resolve) => aedes.close(resolve));
      for (const socket of sockets) socket.destroy();
      data.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), new Promise((resolve) => data.close(resolve))]);
    },
  };
}
