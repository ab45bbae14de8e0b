import net from 'node:net';
import tls from 'node:tls';
import { Aedes, type AedesPublishPacket, type Client } from 'aedes';
import type { Broker } from '../../core/ports/broker.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { broadcastTopic, mqttClientId, reportTopic, workerTopic } from '../../protocol/topics.ts';
import { boundUnreadBytes } from './bounded-reads.ts';

/** Messages are hints; anything larger is a reference to the object store. */
const MAX_PAYLOAD_BYTES = 8 * 1024;
/** Workers ask for 30 s; without a limit a connection that vanished would never get its last will. */
const MAX_KEEPALIVE_SECONDS = 120;
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a message waits for a client that does not read, before that client is dropped. */
const DRAIN_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 5_000;

const NOT_AUTHORIZED = 5;
const IDENTIFIER_REJECTED = 2;

export interface BrokerIdentity {
  readonly poolId: string;
  readonly workerId: string;
}

export interface AedesBrokerOptions {
  /** Port 0 takes a free one. */
  readonly address: { readonly host: string; readonly port: number };
  readonly tls?: { readonly cert: string; readonly key: string } | null;
  readonly namespace: string;
  /** Who connects, or undefined: refused. */
  readonly authenticate: (credentials: {
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly clientId: string;
  }) => Promise<BrokerIdentity | undefined>;
  readonly onReport: (report: BrokerIdentity & { readonly payload: Uint8Array; readonly receivedAt: Date }) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'ulid'>;
  readonly telemetry: Telemetry;
}

export interface AedesBroker extends Broker {
  readonly port: number;
  close(): Promise<void>;
}

/** What of a CONNECT packet is judged together with the identity. */
interface Greeting {
  readonly clean: boolean;
  readonly will: { readonly topic: string; readonly payload: Uint8Array | string; readonly qos: number; readonly retain: boolean } | undefined;
}

/** The Broker port by an MQTT server in this process. Each connection may use the topics of its own worker and nothing else. */
export async function aedesBroker(options: AedesBrokerOptions): Promise<AedesBroker> {
  const { namespace, telemetry, clock } = options;
  const greetings = new WeakMap<Client, Greeting>();
  const identities = new WeakMap<Client, BrokerIdentity>();
  const progress = new WeakMap<Client, () => void>();
  const connected = new Map<string, { readonly client: Client; readonly identity: BrokerIdentity }>();
  /** Reports that are still being taken; closing waits for them. */
  const reporting = new Set<Promise<void>>();
  let closing = false;

  const mayReport = (
    identity: BrokerIdentity,
    packet: { readonly topic: string; readonly payload: Uint8Array | string; readonly qos: number; readonly retain: boolean },
  ) =>
    packet.topic === reportTopic(namespace, identity.poolId, identity.workerId) &&
    Buffer.byteLength(packet.payload) <= MAX_PAYLOAD_BYTES &&
    packet.qos <= 1 &&
    !packet.retain;

  const advanced = (client: Client | null) => {
    if (client !== null) progress.get(client)?.();
  };

  async function admit(client: Client, username: string | undefined, password: string | undefined): Promise<BrokerIdentity | undefined> {
    const greeting = greetings.get(client);
    if (closing || greeting === undefined || !greeting.clean) return undefined;
    const identity = await options.authenticate({ username, password, clientId: client.id });
    if (identity === undefined || client.id !== mqttClientId(identity.poolId, identity.workerId)) return undefined;
    if (greeting.will !== undefined && !mayReport(identity, greeting.will)) return undefined;
    return identity;
  }

  const aedes = await Aedes.createBroker({
    id: options.ids.ulid(),
    connectTimeout: CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    keepaliveLimit: MAX_KEEPALIVE_SECONDS,
    preConnect(client, packet, done) {
      advanced(client);
      const { will } = packet;
      greetings.set(client, {
        clean: packet.clean === true,
        will: will && { topic: will.topic, payload: will.payload as Uint8Array | string, qos: will.qos ?? 0, retain: will.retain ?? false },
      });
      done(null, !closing);
    },
    authenticate(client, username, password, done) {
      const refuse = (returnCode: number) => done(Object.assign(new Error('refused'), { returnCode }), null);
      admit(client, username, password?.toString('utf8')).then(
        (identity) => {
          if (identity === undefined) return refuse(greetings.get(client)?.clean === false ? IDENTIFIER_REJECTED : NOT_AUTHORIZED);
          identities.set(client, identity);
          done(null, true);
        },
        (error: unknown) => {
          telemetry.log('error', 'a broker login could not be judged', { clientId: client.id, error });
          refuse(NOT_AUTHORIZED);
        },
      );
    },
    authorizePublish(client, packet, done) {
      advanced(client);
      const identity = client === null ? undefined : identities.get(client);
      if (identity !== undefined && mayReport(identity, packet)) return done(null);
      telemetry.count('broker.refused', { what: 'publish' });
      done(new Error('a worker publishes small reports on its own topic only'));
    },
    authorizeSubscribe(client, subscription, done) {
      advanced(client);
      const identity = identities.get(client);
      const { topic } = subscription;
      const own =
        identity !== undefined &&
        (topic === broadcastTopic(namespace, identity.poolId) || topic === workerTopic(namespace, identity.poolId, identity.workerId));
      if (!own) telemetry.count('broker.refused', { what: 'subscribe' });
      done(null, own ? subscription : null);
    },
    published(packet, client, done) {
      report(packet, client);
      done(null);
    },
  });
  aedes.on('client', (client: Client) => {
    const identity = identities.get(client);
    if (identity !== undefined) connected.set(client.id, { client, identity });
  });
  aedes.on('clientDisconnect', (client: Client) => {
    if (connected.get(client.id)?.client === client) connected.delete(client.id);
  });
  aedes.on('ack', (_packet: unknown, client: Client) => advanced(client));
  aedes.on('ping', (_packet: unknown, client: Client) => advanced(client));
  // Without a listener an error of the broker's housekeeping would end the process.
  (aedes as NodeJS.EventEmitter).on('error', (error: unknown) => telemetry.log('error', 'the broker failed', { error }));

  function report(packet: AedesPublishPacket, client: Client | null): void {
    const identity = client === null ? undefined : identities.get(client);
    // While closing, every connection drops: these last wills say nothing about the workers.
    if (identity === undefined || closing || packet.topic !== reportTopic(namespace, identity.poolId, identity.workerId)) return;
    const work: Promise<void> = options
      .onReport({ ...identity, payload: Buffer.from(packet.payload), receivedAt: clock.now() })
      .catch((error: unknown) => telemetry.log('error', 'a worker report could not be taken', { ...identity, error }))
      .finally(() => reporting.delete(work));
    reporting.add(work);
  }

  const sockets = new Set<net.Socket>();
  const accept = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const advance = boundUnreadBytes(socket);
    progress.set(aedes.handle(socket), advance);
  };
  // Small packets: held back for the other side's delayed acknowledgement, an assignment would come 40 ms late.
  const noDelay = true;
  const server = options.tls ? tls.createServer({ ...options.tls, minVersion: 'TLSv1.2', noDelay }, accept) : net.createServer({ noDelay }, accept);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('tlsClientError', (error: Error) => telemetry.log('debug', 'a TLS connection to the broker failed', { error }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.address.port, options.address.host, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch(async (error: unknown) => {
    await new Promise<void>((resolve) => aedes.close(resolve));
    throw error;
  });

  return {
    port: (server.address() as net.AddressInfo).port,
    publish(to, message) {
      const topic = to.workerId === undefined ? broadcastTopic(namespace, to.poolId) : workerTopic(namespace, to.poolId, to.workerId);
      return new Promise((resolve) => {
        if (closing) return resolve();
        aedes.publish({ cmd: 'publish', topic, payload: Buffer.from(JSON.stringify(message)), qos: 1, retain: false, dup: false }, (error) => {
          if (error) telemetry.log('warn', 'a message to workers could not be sent', { ...to, type: message.type, error });
          resolve();
        });
      });
    },
    async disconnect(poolId, workerId) {
      const gone = [...connected.values()].filter(
        ({ identity }) => identity.poolId === poolId && (workerId === undefined || identity.workerId === workerId),
      );
      await Promise.all(gone.map(({ client }) => new Promise<void>((resolve) => client.close(resolve))));
    },
    async close() {
      if (closing) return;
      closing = true;
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(resolve));
      for (const socket of sockets) socket.destroy();
      await stopped;
      await Promise.all(reporting);
    },
  };
}
