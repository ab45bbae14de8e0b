import { createHash, createPublicKey } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { aedesBroker } from '../adapters/embedded/aedes-broker.ts';
import { caCertificates, createCertificateAuthority } from '../adapters/embedded/ca-certificates.ts';
import { fileObjects } from '../adapters/embedded/file-objects.ts';
import { localWakeups } from '../adapters/system/local-wakeups.ts';
import { consume, voidReceipts, type Consumer } from '../adapters/embedded/postgres-queue.ts';
import { randomIds } from '../adapters/system/random-ids.ts';
import { expireObjects } from '../adapters/embedded/expire-objects.ts';
import { rsaCipher, unwrapDataKey, wrapNewDataKey } from '../adapters/embedded/rsa-cipher.ts';
import { rsaSigner } from '../adapters/embedded/rsa-signer.ts';
import { signedUrls } from '../adapters/embedded/signed-urls.ts';
import { systemClock } from '../adapters/system/system-clock.ts';
import { startTicker } from '../adapters/embedded/ticker.ts';
import { keepAuthority, loadInstallation } from '../adapters/sql/installation-store.ts';
import { kyselyDatabase } from '../adapters/sql/kysely-database.ts';
import { guardedHttp } from '../adapters/http/guarded-http.ts';
import { readProxy } from '../adapters/http/proxy.ts';
import { opaPolicyEngine } from '../adapters/policy/opa-policy-engine.ts';
import { outbox } from '../adapters/sql/outbox.ts';
import { credentialsFile } from '../adapters/vcs/git-credentials.ts';
import { gitVcs } from '../adapters/vcs/git-vcs.ts';
import { ensureAccount } from '../core/accounts/actions/ensure-account.ts';
import { ensureAdministrator } from '../core/accounts/actions/ensure-administrator.ts';
import { ensureEnvironmentKey } from '../core/accounts/actions/ensure-environment-key.ts';
import type { Cipher } from '../core/ports/cipher.ts';
import type { Ports } from '../core/ports/ports.ts';
import type { Settings } from '../core/ports/settings.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import type { Envelope } from '../core/shared/messages.ts';
import { authenticateMqtt } from '../core/workers/actions/authenticate-mqtt.ts';
import { ensureSharedPool } from '../core/workers/actions/ensure-shared-pool.ts';
import { excuseDowntime } from '../core/workers/actions/sweep-workers.ts';
import { pollRepositories } from '../core/vcs/actions/poll-repositories.ts';
import { listWorkers } from '../core/workers/worker-store.ts';
import type { Worker } from '../core/workers/worker.ts';
import { giveUp } from '../edge/drain/give-up.ts';
import { dispatch } from '../edge/drain/handlers.ts';
import { runTick } from '../edge/drain/ticks.ts';
import type { HttpRequest, HttpResponse } from '../edge/http/router.ts';
import { jsonResponse, router } from '../edge/http/router.ts';
import { receiveReport } from '../edge/mqtt/worker-reports.ts';
import { builtEngine } from '../policy-engine/binary.ts';
import type { EmbeddedConfig } from './config.ts';
import { installationKey, openDataFolder, type DataFolder } from './data-folder.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { embeddedLicense } from './embedded-license.ts';
import { embeddedRoutes } from './embedded-routes.ts';
import { startEmbeddedWorkers } from './embedded-workers.ts';
import { hostPort } from './environment.ts';
import { keepInstanceLease } from './instance-lease.ts';
import type { TlsFiles } from './named-files.ts';
import { serveHttp } from './node-http.ts';
import { hostOf, ownName, reachable, trustFile } from './own-address.ts';
import { poolKey, requestFor } from './pool-key.ts';
import { StartError } from './start-error.ts';

export const VERSION = '6.0.0';
const DEFAULT_RUNNER_IMAGE = 'public.ecr.aws/spacelift/runner-terraform:latest';
const LOG_INTERVAL_MS = 100;
const QUEUE_CONCURRENCY = 16;
const STOP_GRACE_MS = 5_000;
const WORKERS_READY_MS = 10_000;
/** Idle workers leave in a fraction of this; one that was killed never does. */
const GOODBYE_MS = 2_000;
const EXPIRY_MS = 3_600_000;
/** Of one child that evaluates policies, and of a document it is given. */
const POLICY_LIMITS = { memoryMib: 4096, maxInputMib: 64 } as const;

export interface EmbeddedServer {
  readonly url: string;
  readonly mqtt: string;
  readonly ports: Ports;
  /** Set when this start made the first administrator. */
  readonly initialPasswordFile: string | null;
  stop(): Promise<void>;
}

export interface Observer {
  ports(ports: Ports): Ports;
  request(request: HttpRequest): void;
  message(message: Envelope): void;
}

/** Starts the whole product in this process: ready when it returns. What is opened is closed again when a step fails. */
export async function startEmbedded(options: {
  readonly config: EmbeddedConfig;
  /** What the files of `config.tls` hold. */
  readonly tls: TlsFiles | null;
  readonly root: string;
  readonly launcherCommand: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly telemetry: Telemetry;
  /** Whoever measures what the server does sees it here. */
  readonly observer?: Observer;
}): Promise<EmbeddedServer> {
  const { config, tls, telemetry } = options;
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) await close().catch((error: unknown) => telemetry.log('warn', 'a part could not be closed', { error }));
  };
  try {
    return await start();
  } catch (error) {
    await closeAll();
    throw error;
  }

  async function start(): Promise<EmbeddedServer> {
    const clock = systemClock;
    const ids = randomIds(clock);
    const folder = await openDataFolder(config.dataFolder);
    opened.push(() => folder.release());

    let handle: (request: HttpRequest) => Promise<HttpResponse> = async () => jsonResponse(503, { error: 'the server is starting' }, { 'retry-after': '1' });
    const http = await serveHttp({ address: config.listen, variable: 'WINDLASS_LISTEN', tls, handle: (request) => handle(request), ids, telemetry });
    opened.push(() => http.close(STOP_GRACE_MS));

    // A first start makes two large keys and a database: each takes seconds, so they are made side by side.
    const keys = makeKeys(folder);
    keys.catch(() => {});
    if (config.rsaPrivateKey !== null) await keys;
    const database = await openEmbeddedDatabase({ databaseUrl: config.databaseUrl, folder: folder.in('db'), migrationsFolder: `${options.root}/migrations`, telemetry });
    opened.push(() => database.close());
    const { key, workerKeyPem } = await keys;
    const db = kyselyDatabase(database.kysely, telemetry);

    const installation = await loadInstallation(db.sql, { keyFingerprint: key.fingerprint, wrapNewKey: () => wrapNewDataKey(key), now: clock.now() });
    if (installation.keyFingerprint !== key.fingerprint) {
      const source = config.rsaPrivateKey === null ? folder.in('keys', 'installation.pem') : 'ENCRYPTION_RSA_PRIVATE_KEY';
      throw new StartError(`${source}: the database was set up with another installation key (${installation.keyFingerprint.slice(0, 12)}…); give that key, or use another database`);
    }
    if (config.rsaPrivateKey === null) {
      const lease = await keepInstanceLease({ db, clock, telemetry }, await instanceId(folder.in('keys', 'instance-id'), () => ids.ulid()));
      opened.push(() => lease.release());
    }
    const dataKey = unwrapDataKey(key, installation.wrappedKey);
    const cipher = rsaCipher(dataKey);

    // The broker asks the database who connects, so it needs the ports, which need its port number.
    const later: { ports?: Ports } = {};
    const ports = () => {
      if (later.ports === undefined) throw new Error('the server is starting');
      return later.ports;
    };
    const broker = await aedesBroker({
      address: config.mqttListen,
      tls,
      namespace: config.mqtt.namespace,
      authenticate: (credentials) => authenticateMqtt(ports(), credentials),
      onReport: (report) => receiveReport(ports(), report),
      clock,
      ids,
      telemetry,
    }).catch((error: unknown) => {
      throw listenFault(error, `WINDLASS_MQTT_LISTEN: cannot listen on ${hostPort(config.mqttListen)}`);
    });
    opened.push(() => broker.close());

    const at = (host: string) => `${tls === null ? 'http' : 'https'}://${hostPort({ host, port: http.port })}`;
    const baseUrl = config.serverDomain === null ? at(reachable(config.listen.host)) : `https://${config.serverDomain}`;
    const withWorkers = config.worker.execution !== 'off';
    const brokerAddress = { type: 'builtin' as const, port: broker.port, tls: tls !== null, alpn: null, namespace: config.mqtt.namespace, ca: null };
    const settings: Settings = {
      accountName: config.accountName,
      baseUrl,
      version: VERSION,
      allowLocalRepositories: config.loopbackOnly,
      terraformAllowedVersions: config.terraformAllowedVersions,
      usageEndpoint: config.usageEndpoint,
      toolLists: config.toolLists,
      broker: {
        ...brokerAddress,
        endpoint: config.mqtt.endpoint ?? (config.serverDomain === null ? reachable(config.mqttListen.host) : hostOf(config.serverDomain)),
      },
      ...(withWorkers ? { localBroker: { ...brokerAddress, endpoint: ownName(config.mqttListen.host, tls, config.serverDomain) } } : {}),
      logIntervalMs: LOG_INTERVAL_MS,
      // Those of NODE_EXTRA_CA_CERTS.
      rootCertificates: getCACertificates('extra'),
      defaultRunnerImage: DEFAULT_RUNNER_IMAGE,
      policyLimits: config.policyLimits,
    };

    // Without a built engine the server runs all the same, and whatever needs a policy is refused with what to do.
    const policyEngine = opaPolicyEngine({ command: await builtEngine(options.root), ...POLICY_LIMITS });
    opened.push(() => policyEngine.close());
    const urls = signedUrls({ baseUrl, dataKey, clock });
    const consuming: { current?: Consumer } = {};
    const objects = fileObjects({ folder: folder.in('objects'), dataKey, urls });
    const license = embeddedLicense({ config, objects, clock, telemetry });
    await license.check();
    const composed: Ports = {
      db,
      // A turn later: whoever sent the message is answered before it is handled.
      queue: outbox({ clock, ids }, () => setImmediate(() => consuming.current?.wake())),
      objects,
      cipher,
      signer: rsaSigner({ key, issuer: baseUrl, clock, ids }),
      broker,
      certificates: caCertificates({ ...(await authority(db.sql, cipher, installation)), account: config.accountName, clock }),
      clock,
      ids,
      wakeups: localWakeups(),
      vcs: gitVcs({
        folder: folder.in('git'), credentials: config.gitCredentialsFile === null ? undefined : credentialsFile(config.gitCredentialsFile), allowLocal: config.loopbackOnly, telemetry,
      }),
      http: guardedHttp({ admitted: config.outbound, proxy: readProxy(options.environment) }),
      policyEngine,
      license,
      telemetry,
      settings,
    };
    const all = options.observer?.ports(composed) ?? composed;
    later.ports = all;

    const account = await ensureAccount(all, { name: config.accountName });
    if (account !== config.accountName) throw new StartError(
      `the account of this database is named ${account}, and ACCOUNT_NAME says ${config.accountName}; with that set, npm run admin -- rename-account renames it`,
    );
    const initialPasswordFile = await firstAdministrator(all, config, folder.in('initial-admin-password'));
    await ensureEnvironmentKey(all, config.adminApiKey ?? undefined);

    if (config.rsaPrivateKey === null) {
      // Alone on this database: no other consumer holds a message, and nobody could report while nobody listened.
      await voidReceipts({ sql: db.sql, clock, ids });
      await excuseDowntime(all);
    }
    const deliver = (message: Envelope) => {
      options.observer?.message(message);
      return dispatch(all, message);
    };
    const consumer = consume({ sql: db.sql, clock, ids, telemetry, concurrency: QUEUE_CONCURRENCY, dispatch: deliver, giveUp: (message) => giveUp(all, message) });
    consuming.current = consumer;
    opened.push(() => consumer.stop());
    const background = (what: string, everyMs: number, work: () => Promise<unknown>) => {
      const timer = setInterval(() => void work().catch((error: unknown) => telemetry.log('error', `${what} failed`, { error })), everyMs);
      opened.push(async () => clearInterval(timer));
    };
    const ticker = startTicker({ onTick: (tick) => (tick === 'license' ? license.check() : runTick(all, tick)), telemetry });
    opened.push(async () => ticker.stop());
    background('polling repositories', config.gitPollSeconds * 1000, () => pollRepositories(all, { everySeconds: config.gitPollSeconds }));
    background('expiring objects', EXPIRY_MS, () => expireObjects(folder.in('objects'), clock.now()));

    const route = router(embeddedRoutes(all, urls, { passwordChanged: () => rm(folder.in('initial-admin-password'), { force: true }) }));
    handle = (request) => {
      options.observer?.request(request);
      return route(request);
    };

    // Closed before what its requests need, and after the goodbyes of idle workers.
    opened.push(() => http.close(STOP_GRACE_MS));
    const mqtt = `${tls === null ? 'mqtt' : 'mqtts'}://${hostPort({ host: reachable(config.mqttListen.host), port: broker.port })}`;
    if (withWorkers) {
      const letGo = await embeddedWorkers(all, folder.in('worker'), workerKeyPem, at(ownName(config.listen.host, tls, config.serverDomain)));
      opened.push(letGo);
    }
    const serverFile = folder.in('server.json');
    await writeFile(`${serverFile}.new`, JSON.stringify({ url: baseUrl, mqtt, pid: process.pid, version: VERSION }), { mode: 0o600 });
    await rename(`${serverFile}.new`, serverFile);
    opened.push(() => rm(serverFile, { force: true }));
    return { url: baseUrl, mqtt, ports: all, initialPasswordFile, stop: closeAll };
  }

  async function makeKeys(folder: DataFolder) {
    const [key, workerKeyPem] = await Promise.all([installationKey(folder, config.rsaPrivateKey), config.worker.execution === 'off' ? '' : poolKey(folder.in('worker', 'pool.key'))]);
    return { key, workerKeyPem };
  }

  /** Starts or adopts the workers; what it answers lets them go. */
  async function embeddedWorkers(ports: Ports, folder: string, keyPem: string, api: string): Promise<() => Promise<void>> {
    const spki = createHash('sha256').update(createPublicKey(keyPem).export({ type: 'spki', format: 'der' })).digest('hex');
    const { pool, token } = await ensureSharedPool(ports, { spkiSha256: spki, csr: () => requestFor(keyPem), api });
    const workers = await startEmbeddedWorkers({
      folder,
      count: config.worker.count,
      command: options.launcherCommand,
      api,
      poolId: pool.id,
      token,
      keyPem,
      environment: tls === null ? options.environment : { ...options.environment, NODE_EXTRA_CA_CERTS: await trustFile(`${folder}/ca.pem`, tls, options.environment.NODE_EXTRA_CA_CERTS) },
      telemetry,
    });
    const deadline = ports.clock.now().getTime() + WORKERS_READY_MS;
    while ((await listWorkers(ports.db.sql, pool.id)).length < config.worker.count) {
      if (ports.clock.now().getTime() > deadline) {
        telemetry.log('warn', 'embedded workers have not registered yet; their log is in the data folder', { folder });
        break;
      }
      await ports.clock.sleep(20);
    }
    return async () => {
      await workers.drain();
      const until = ports.clock.now().getTime() + GOODBYE_MS;
      const isIdle = (worker: Worker) => worker.runId === null;
      while ((await listWorkers(ports.db.sql, pool.id)).some(isIdle) && ports.clock.now().getTime() < until) await ports.clock.sleep(20);
    };
  }
}

function listenFault(error: unknown, what: string): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return error;
  return new StartError(`${what}: ${code === 'EADDRINUSE' ? 'the port is in use' : code === 'EACCES' ? 'this user may not use that port' : code}`, { cause: error });
}

/** Names this data folder: a copy of it holds the same id in a file of its own. */
async function instanceId(file: string, make: () => string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  const id = kept?.trim() ?? make();
  if (kept === undefined) await writeFile(file, id, { mode: 0o600 });
  const { dev, ino } = await stat(file);
  return `${id}:${dev}:${ino}`;
}

/** The workers' certificate authority: from the database, or made and kept there, its key encrypted. */
async function authority(sql: Ports['db']['sql'], cipher: Cipher, kept: { readonly caCertificate: string | null; readonly caKey: string | null }) {
  const context = { table: 'installation', field: 'ca_key' };
  if (kept.caCertificate !== null && kept.caKey !== null) return { certPem: kept.caCertificate, keyPem: (await cipher.decrypt(kept.caKey, context)).toString('utf8') };
  const made = await createCertificateAuthority();
  await keepAuthority(sql, { certificate: made.certPem, key: await cipher.encrypt(Buffer.from(made.keyPem), context) });
  return made;
}

/** Makes the administrator of the settings, or at the first start one with a random password in a file for the person who started it. */
async function firstAdministrator(ports: Ports, config: EmbeddedConfig, file: string): Promise<string | null> {
  const { createdPassword } = await ensureAdministrator(ports, config.admin ?? {});
  // Whatever it holds is good no longer.
  if (config.admin !== null) await rm(file, { force: true });
  if (createdPassword === undefined) return null;
  await writeFile(file, `${createdPassword}\n`, { mode: 0o600 });
  return file;
}
