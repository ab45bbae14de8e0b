import { readFile, rename, writeFile, mkdir } from 'node:fs/promises';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileObjects } from '../../lib/adapters/embedded/file-objects.ts';
import { localWakeups } from '../../lib/adapters/system/local-wakeups.ts';
import { acknowledge, receive, refuse } from '../../lib/adapters/embedded/postgres-queue.ts';
import { randomIds } from '../../lib/adapters/system/random-ids.ts';
import { rsaCipher } from '../../lib/adapters/embedded/rsa-cipher.ts';
import { generateInstallationKeyPem, readInstallationKey, type InstallationKey } from '../../lib/adapters/embedded/rsa-keys.ts';
import { rsaSigner } from '../../lib/adapters/embedded/rsa-signer.ts';
import { signedUrls, type SignedUrls } from '../../lib/adapters/embedded/signed-urls.ts';
import { readRange } from '../../lib/adapters/http/addresses.ts';
import { guardedHttp } from '../../lib/adapters/http/guarded-http.ts';
import { noLicense } from '../../lib/adapters/license/none-license.ts';
import { opaPolicyEngine } from '../../lib/adapters/policy/opa-policy-engine.ts';
import { kyselyDatabase } from '../../lib/adapters/sql/kysely-database.ts';
import { outbox } from '../../lib/adapters/sql/outbox.ts';
import type { Certificates } from '../../lib/core/ports/certificates.ts';
import type { License } from '../../lib/core/ports/license.ts';
import type { HttpSender } from '../../lib/core/ports/http-sender.ts';
import type { PolicyEngine } from '../../lib/core/ports/policy-engine.ts';
import type { Ports } from '../../lib/core/ports/ports.ts';
import type { LogFields, LogLevel } from '../../lib/core/ports/telemetry.ts';
import type { Settings } from '../../lib/core/ports/settings.ts';
import type { Envelope } from '../../lib/core/shared/messages.ts';
import { builtEngine } from '../../lib/policy-engine/binary.ts';
import type { ServerMessage } from '../../lib/protocol/messages.ts';
import { openTestDatabase, type Engine } from './database.ts';
import { fakeClock, type FakeClock } from './fake-clock.ts';
import { fakeVcs, type FakeVcs } from './fake-vcs.ts';
import { scratchFolder } from './scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The installation key of all tests on this machine: made once (it takes a second), kept outside version control. */
export async function testInstallationKey(): Promise<InstallationKey> {
  const file = join(root, '.cache', 'test', 'installation-key.pem');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return readInstallationKey(kept);
  const pem = await generateInstallationKeyPem();
  await mkdir(join(root, '.cache', 'test'), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, pem, { mode: 0o600 });
  await rename(temporary, file);
  return readInstallationKey(pem);
}

export interface Published {
  readonly poolId: string;
  readonly workerId?: string;
  readonly message: ServerMessage;
}

export interface QueuedMessage {
  readonly name: string;
  readonly queue: string;
  readonly group: string | null;
  readonly body: unknown;
  readonly visibleAt: Date;
}

export interface TestApp {
  readonly ports: Ports;
  readonly clock: FakeClock;
  readonly vcs: FakeVcs;
  readonly urls: SignedUrls;
  /** What was published to workers, oldest first. */
  readonly published: Published[];
  readonly logged: { readonly level: LogLevel; readonly message: string; readonly fields: LogFields }[];
  /** Handles due messages until none is due; returns what was handled. A handler's failure is thrown after three receives. */
  drain(): Promise<readonly Envelope[]>;
  /** Messages in the queue, oldest first. */
  queued(): Promise<readonly QueuedMessage[]>;
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly engine?: Engine;
  readonly settings?: Partial<Settings>;
  readonly certificates?: Certificates;
  /** In place of the built one, which starts when it is first asked. */
  readonly policyEngine?: PolicyEngine;
  /** In place of one that reaches this machine and the internet. */
  readonly http?: HttpSender;
  /** In place of none. */
  readonly license?: License;
  /** In place of the product's handlers. */
  readonly dispatch?: (ports: Ports, message: Envelope) => Promise<void>;
}

/** Receivers of webhooks in tests listen there. */
const LOOPBACK = [readRange('127.0.0.0/8')].filter((range) => range !== undefined);

const NO_CERTIFICATES: Certificates = {
  issue: () => Promise.reject(new Error('this test app has no certificate authority: pass `certificates`')),
  revoke: () => Promise.resolve(),
  repair: () => Promise.resolve(),
  removeOrphans: () => Promise.resolve(null),
};

/** The whole core over real parts: database, queue table, file objects, cipher, signer; only the git host and the broker's wire are fakes. */
export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const [database, folder, key] = await Promise.all([openTestDatabase(options.engine), scratchFolder('app'), testInstallationKey()]);
  const clock = fakeClock();
  const ids = randomIds(clock);
  const vcs = fakeVcs();
  const dataKey = randomBytes(32);
  const published: Published[] = [];
  const logged: TestApp['logged'] = [];
  const settings: Settings = {
    accountName: 'acme',
    baseUrl: 'http://127.0.0.1:1983',
    version: '6.0.0',
    allowLocalRepositories: true,
    terraformAllowedVersions: null,
    broker: { type: 'builtin', endpoint: '127.0.0.1', port: 1984, tls: false, alpn: null, namespace: 'spacelift', ca: null },
    logIntervalMs: 100,
    rootCertificates: [],
    defaultRunnerImage: 'public.ecr.aws/spacelift/runner-terraform:latest',
    ...options.settings,
  };
  const urls = signedUrls({ baseUrl: settings.baseUrl, dataKey, clock });
  const telemetry = {
    log: (level: LogLevel, message: string, fields: LogFields = {}) => void logged.push({ level, message, fields }),
    count: () => {},
    span: <T>(_name: string, work: () => Promise<T>) => work(),
  };
  const policyEngine = opaPolicyEngine({ command: await builtEngine(root), memoryMib: 512, maxInputMib: 64 });
  const ports: Ports = {
    db: kyselyDatabase(database.kysely, telemetry),
    queue: outbox({ clock, ids }, () => {}),
    objects: fileObjects({ folder: folder.path, dataKey, urls }),
    cipher: rsaCipher(dataKey),
    signer: rsaSigner({ key, issuer: settings.baseUrl, clock, ids }),
    broker: {
      publish: async (to, message) => void published.push({ ...to, message }),
      disconnect: async () => {},
    },
    certificates: options.certificates ?? NO_CERTIFICATES,
    clock,
    ids,
    wakeups: localWakeups(),
    vcs,
    http: options.http ?? guardedHttp({ admitted: { ranges: LOOPBACK, hosts: [] } }),
    policyEngine: options.policyEngine ?? policyEngine,
    license: options.license ?? noLicense,
    telemetry,
    settings,
  };
  const consumer = { sql: ports.db.sql, clock, ids };
  const dispatch = options.dispatch ?? (await import('../../lib/edge/drain/handlers.ts')).dispatch;

  return {
    ports,
    clock,
    vcs,
    urls,
    published,
    logged,
    async drain() {
      const handled: Envelope[] = [];
      for (;;) {
        const messages = await receive(consumer, 10);
        if (messages.length === 0) return handled;
        for (const message of messages) {
          try {
            await dispatch(ports, message);
            handled.push(message);
            await acknowledge(consumer, message);
          } catch (error) {
            if ((await refuse(consumer, message, error)) === 'dead') throw error;
            clock.advance(5_000);
          }
        }
      }
    },
    async queued() {
      const rows = await ports.db.sql.selectFrom('messages').selectAll().orderBy('seq').execute();
      return rows.map((row) => ({ name: row.type, queue: row.queue, group: row.group_key, body: row.body, visibleAt: row.visible_at }));
    },
    async close() {
      await policyEngine.close();
      await database.close();
      await folder.remove();
    },
  };
}
