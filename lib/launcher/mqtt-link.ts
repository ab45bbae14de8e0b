import type { MqttClient } from 'mqtt';
import { makeAssertion } from '../protocol/assertion.ts';
import { ServerMessage } from '../protocol/messages.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import type { PoolToken } from '../protocol/pool-token.ts';
import { broadcastTopic, mqttClientId, reportTopic, workerTopic } from '../protocol/topics.ts';
import type { LauncherConfig } from './config.ts';
import type { Log } from './log.ts';
import { messageOf } from './log.ts';
import { authoritiesWith } from './trust.ts';
import { ulid } from './ulid.ts';

export interface MqttLinkOptions {
  readonly config: LauncherConfig;
  readonly broker: PoolToken['broker'];
  readonly workerId: string;
  readonly bootId: string;
  readonly log: Log;
  readonly onMessage: (message: ServerMessage) => void;
  /** Connected and subscribed, for the first time or again: messages may have been missed. */
  readonly onConnected: () => void;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const REMEMBERED_IDS = 1000;

/** The connection to the broker. It only brings hints sooner; without it the launcher goes on by polling. */
export class MqttLink {
  readonly #options: MqttLinkOptions;
  #client: MqttClient | undefined;
  #connected = false;
  #downSince: number | undefined = Date.now();
  #attempt = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #seen = new Set<string>();

  constructor(options: MqttLinkOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#connected;
  }

  /** How long the connection has been down. */
  get downMs(): number {
    return this.#downSince === undefined ? 0 : Date.now() - this.#downSince;
  }

  start(): void {
    void this.#connect().catch((error: unknown) => {
      this.#options.log.warn('the broker cannot be reached', { error: messageOf(error) });
      this.#again();
    });
  }

  /** Hands the message to the broker; false when it could not. */
  publish(message: WorkerMessage): boolean {
    if (!this.#connected || !this.#client) return false;
    const { broker, config, workerId } = this.#options;
    this.#client.publish(reportTopic(broker.namespace, config.token.worker_pool, workerId), JSON.stringify(message), { qos: 1 }, () => undefined);
    return true;
  }

  /** Says goodbye properly, so that the broker does not send the last will. */
  async close(message?: WorkerMessage): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    if (!client) return;
    const { broker, config, workerId } = this.#options;
    const parted = (async () => {
      if (message && this.#connected) await client.publishAsync(reportTopic(broker.namespace, config.token.worker_pool, workerId), JSON.stringify(message), { qos: 1 });
      await client.endAsync();
    })();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([parted.catch(() => undefined), new Promise<void>((resolve) => (timer = setTimeout(resolve, 2000)))]);
    clearTimeout(timer);
    client.end(true);
  }

  /** One client per attempt: the password is an assertion that lives only minutes. */
  async #connect(): Promise<void> {
    const { connect } = await import('mqtt');
    if (this.#closed) return;
    const { broker, config, workerId, bootId, log, onConnected } = this.#options;
    const poolId = config.token.worker_pool;
    const will = { topic: reportTopic(broker.namespace, poolId, workerId), payload: Buffer.from(JSON.stringify({ v: 1, type: 'worker.lost', bootId })), qos: 1, retain: false } as const;
    const login = broker.type === 'iotcore'
      ? { cert: config.token.certificate, key: config.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
      : { username: poolId, password: makeAssertion(config.privateKey, { poolId, workerId, certificateId: config.token.certificate_id, audience: 'mqtt', jti: ulid(), now: new Date() }) };
    const ca = broker.ca || authoritiesWith(config.additionalRootCas);
    const client = connect({
      protocol: broker.tls || broker.type === 'iotcore' ? 'mqtts' : 'mqtt',
      host: broker.endpoint, port: broker.port, clientId: mqttClientId(poolId, workerId), protocolVersion: 4, clean: true, keepalive: 30, reconnectPeriod: 0, connectTimeout: 10_000,
      will, ...login,
      ...(broker.alpn ? { ALPNProtocols: [broker.alpn] } : {}),
      ...(ca ? { ca } : {}),
    });
    this.#client = client;
    client.on('message', (_topic, payload) => this.#take(payload));
    client.on('error', (error) => log.debug('broker connection', { error: messageOf(error) }));
    client.once('connect', () => {
      client.subscribeAsync([broadcastTopic(broker.namespace, poolId), workerTopic(broker.namespace, poolId, workerId)], { qos: 1 }).then(
        () => {
          this.#connected = true;
          this.#downSince = undefined;
          this.#attempt = 0;
          log.info('connected to the broker', { endpoint: broker.endpoint });
          onConnected();
        },
        (error: unknown) => {
          log.warn('the broker refused the subscription', { error: messageOf(error) });
          client.end(true);
        },
      );
    });
    client.once('close', () => {
      if (this.#client !== client) return;
      if (this.#connected) log.warn('the connection to the broker was lost');
      this.#connected = false;
      this.#downSince ??= Date.now();
      client.end(true);
      this.#again();
    });
  }

  #again(): void {
    if (this.#closed) return;
    const wait = Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt++);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), wait);
  }

  #take(payload: Buffer): void {
    let message: ServerMessage;
    try {
      message = ServerMessage.parse(JSON.parse(payload.toString('utf8')));
    } catch {
      // Of a type that this launcher does not know.
      return;
    }
    if (this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    if (this.#seen.size > REMEMBERED_IDS) this.#seen.delete(this.#seen.values().next().value ?? '');
    this.#options.onMessage(message);
  }
}
