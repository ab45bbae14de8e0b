import { caCertificates, createCertificateAuthority, type CertificateAuthority } from '../../lib/adapters/embedded/ca-certificates.ts';
import type { Certificates } from '../../lib/core/ports/certificates.ts';
import type { Ports } from '../../lib/core/ports/ports.ts';
import { checkWorker } from '../../lib/core/workers/actions/check-worker.ts';
import { createPool, type CreatePoolInput, type PoolWithToken } from '../../lib/core/workers/actions/create-pool.ts';
import { reconcileCertificates } from '../../lib/core/workers/actions/reconcile-certificates.ts';
import { recordReport } from '../../lib/core/workers/actions/record-report.ts';
import { registerWorker } from '../../lib/core/workers/actions/register-worker.ts';
import type { Tx } from '../../lib/core/ports/database.ts';
import { messageRow } from '../../lib/core/shared/message-store.ts';
import { LOST_AFTER_SECONDS } from '../../lib/core/workers/worker-health.ts';
import { workerRefusal } from '../../lib/core/workers/worker-refusals.ts';
import { certificatesDue, poolChanged, workerCheck, workerLost, workerReport } from '../../lib/core/workers/worker-messages.ts';
import { findWorker } from '../../lib/core/workers/worker-store.ts';
import type { Worker, WorkerInPool, WorkerPool } from '../../lib/core/workers/worker.ts';
import { on, registry } from '../../lib/edge/drain/registry.ts';
import { makeAssertion, type AssertionAudience } from '../../lib/protocol/assertion.ts';
import type { Heartbeat } from '../../lib/protocol/messages.ts';
import type { RegisterRequest } from '../../lib/protocol/worker-api.ts';
import { adminActor } from './actors.ts';
import { testApp, type TestApp, type TestAppOptions } from './app.ts';
import { fakeClock } from './fake-clock.ts';
import { testPoolKey, type PoolKey } from './signing-requests.ts';
import { anAccount } from './stack-builders.ts';

type App = { readonly ports: Ports };

let authority: Promise<CertificateAuthority> | undefined;

/** Certificates by an authority that lives as long as the test process; for `testApp({ certificates })`. */
export async function testCertificates(): Promise<Certificates> {
  authority ??= createCertificateAuthority(fakeClock());
  return caCertificates({ ...(await authority), account: 'acme', clock: fakeClock() });
}

export interface Lost {
  readonly workerId: string;
  readonly poolId: string;
  readonly runId: string;
  readonly lease: number;
  readonly reason: string;
  readonly mayRequeue: boolean;
}

/** An app in which the messages about workers are handled, and what they announce to other areas is kept. */
export interface WorkersApp extends TestApp {
  readonly lost: Lost[];
  /** Pools that were announced as changed. */
  readonly changedPools: string[];
  /** Pools and workers whose connections were closed. */
  readonly disconnected: { readonly poolId: string; readonly workerId: string | undefined }[];
}

export async function workersApp(options: TestAppOptions = {}): Promise<WorkersApp> {
  const lost: Lost[] = [];
  const changedPools: string[] = [];
  const disconnected: WorkersApp['disconnected'] = [];
  const dispatch = registry([
    on(workerReport, (ports, { receivedAt, ...report }) => recordReport(ports, { ...report, receivedAt: new Date(receivedAt) })),
    on(workerCheck, checkWorker),
    on(certificatesDue, reconcileCertificates),
    on(workerLost, async (_ports, body) => lost.push(body)),
    on(poolChanged, async (_ports, { poolId }) => changedPools.push(poolId)),
  ]);
  const withBroker = (ports: Ports): Ports => ({
    ...ports,
    broker: {
      publish: (to, message) => ports.broker.publish(to, message),
      disconnect: async (poolId, workerId) => void disconnected.push({ poolId, workerId }),
    },
  });
  const app = await testApp({
    certificates: await testCertificates(),
    dispatch: (ports, message) => dispatch(withBroker(ports), message),
    ...options,
  });
  await anAccount(app);
  return { ...app, ports: withBroker(app.ports), lost, changedPools, disconnected };
}

export interface TestPool extends PoolWithToken {
  readonly key: PoolKey;
}

/** A pool with a certificate for a key that the test has. */
export async function aWorkerPool(app: App, changes: Partial<CreatePoolInput> & { readonly key?: PoolKey } = {}): Promise<TestPool> {
  const { key = await testPoolKey(), ...input } = changes;
  const made = await createPool(app.ports, adminActor(), { name: 'fleet', certificateSigningRequest: key.csr, ...input });
  return { ...made, key };
}

type AssertionChanges = {
  readonly audience?: AssertionAudience;
  readonly jti?: string;
  readonly now?: Date;
  readonly certificateId?: string;
  readonly poolId?: string;
};

/** What a worker of the pool says to prove itself. */
export function anAssertion(app: App, pool: Pick<TestPool, 'pool' | 'key'>, workerId: string, changes: AssertionChanges = {}): string {
  return makeAssertion(pool.key.privateKeyPem, {
    poolId: pool.pool.id,
    workerId,
    certificateId: pool.pool.certificateId,
    audience: 'worker-api',
    jti: app.ports.ids.ulid(),
    now: app.ports.clock.now(),
    ...changes,
  });
}

export function registrationOf(app: App, changes: Partial<RegisterRequest> = {}): RegisterRequest {
  return {
    workerId: app.ports.ids.ulid(),
    bootId: 'boot-1',
    launcherVersion: '6.0.0',
    protocol: 1,
    os: 'linux',
    arch: 'x64',
    execution: 'process',
    metadata: {},
    sensitiveOutputs: false,
    tools: [],
    ...changes,
  };
}

/** A registered worker, with its session token. */
export async function aWorker(
  app: App,
  pool: Pick<TestPool, 'pool' | 'key'>,
  changes: Partial<RegisterRequest> = {},
): Promise<WorkerInPool & { readonly token: string }> {
  const request = registrationOf(app, changes);
  const { worker, session } = await registerWorker(app.ports, { assertion: anAssertion(app, pool, request.workerId), request });
  return { ...worker, token: session.token };
}

/** What a claim does to the worker, without a run: it is held, and a check of its life is due. */
export async function markClaimed(app: App, tx: Tx, workerId: string, runId = 'RUN', lease = 1): Promise<void> {
  const now = app.ports.clock.now();
  const check = messageRow(app.ports, workerCheck, { workerId, runId, lease }, { delaySeconds: LOST_AFTER_SECONDS.busy + 1 });
  const row = await tx.sql
    .with('check', (q) => q.insertInto('messages').values(check))
    .updateTable('workers')
    .set({ run_id: runId, lease, available_at: null, passed_over_until: null, last_seen_at: now, will_at: null })
    .where('id', '=', workerId)
    .where('run_id', 'is', null)
    .where('drained', '=', false)
    .where('cycling', '=', false)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) throw workerRefusal('drained', `worker ${workerId} takes no run`);
}

export function claim(app: App, worker: Pick<Worker, 'id'>, runId = 'RUN', lease = 1): Promise<void> {
  return app.ports.db.transaction((tx) => markClaimed(app, tx, worker.id, runId, lease));
}

export const workerNow = (app: App, worker: Pick<Worker, 'id'>): Promise<Worker | undefined> => findWorker(app.ports.db.sql, worker.id);

export function heartbeatOf(app: App, changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    v: 1,
    type: 'heartbeat',
    id: app.ports.ids.ulid(),
    ts: app.ports.clock.now().toISOString(),
    bootId: 'boot-1',
    seq: 1,
    state: 'idle',
    ...changes,
  };
}

/** Promises a run to the worker, as the scheduler does. */
export async function assign(app: App, pool: Pick<WorkerPool, 'id'>, worker: Pick<Worker, 'id'>, runId = 'RUN'): Promise<void> {
  const now = app.ports.clock.now();
  await app.ports.db.sql
    .insertInto('assignments')
    .values({
      id: app.ports.ids.ulid(),
      pool_id: pool.id,
      run_id: runId,
      worker_id: worker.id,
      created_at: now,
      expires_at: new Date(now.getTime() + 10_000),
    })
    .execute();
}
