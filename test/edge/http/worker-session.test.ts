import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expect } from 'expect';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { resetPool } from '../../../lib/core/workers/actions/reset-pool.ts';
import { setWorkerDrain } from '../../../lib/core/workers/actions/set-worker-drain.ts';
import { workerSessionRoutes } from '../../../lib/edge/http/worker-session.ts';
import { adminActor } from '../../support/actors.ts';
import { senderTo, type Send } from '../../support/edge-requests.ts';
import { testPoolKey } from '../../support/signing-requests.ts';
import {
  anAssertion,
  aWorker,
  aWorkerPool,
  heartbeatOf,
  registrationOf,
  workerNow,
  workersApp,
  type TestPool,
  type WorkersApp,
} from '../../support/worker-builders.ts';

const asError = (code: string) => ({ error: { code, message: expect.any(String) } });

describe('the session part of the worker API', () => {
  let app: WorkersApp;
  let fleet: TestPool;
  let send: Send;
  before(async () => {
    app = await workersApp();
    fleet = await aWorkerPool(app);
    send = senderTo(workerSessionRoutes(app.ports), app);
  });
  after(() => app.close());
  const post = (path: string, token: string | undefined, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    send('POST', `/worker/v1${path}`, {
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), 'x-launcher-version': '6.0.0', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });

  describe('register', () => {
    it('answers what the worker needs to go on', async () => {
      const request = registrationOf(app);
      const answer = await post('/register', anAssertion(app, fleet, request.workerId), request);
      expect(answer.status).toBe(200);
      expect(answer.headers['x-request-id']).toEqual(expect.any(String));
      expect(answer.json()).toEqual({
        session: { token: expect.any(String), expiresAt: '2026-01-15T13:00:00.000Z' },
        pool: { id: fleet.pool.id, name: 'fleet' },
        account: { name: 'acme', url: 'http://127.0.0.1:1983' },
        drained: false,
        heartbeat: { busySeconds: 20, idleSeconds: 60 },
        pollSeconds: 60,
        logs: { intervalMs: 100 },
        broker: app.ports.settings.broker,
        rootCertificates: [],
        serverTime: '2026-01-15T12:00:00.000Z',
      });
    });

    it('takes a body packed by gzip', async () => {
      const request = registrationOf(app);
      const answer = await post('/register', anAssertion(app, fleet, request.workerId), gzipSync(JSON.stringify(request)), {
        'content-encoding': 'gzip',
      });
      expect(answer.status).toBe(200);
    });

    it('refuses in the words of the worker API', async () => {
      const request = registrationOf(app);
      const assertion = () => anAssertion(app, fleet, request.workerId);
      const other = await aWorkerPool(app, { key: await testPoolKey(1) });
      const cases = [
        [401, 'bad_assertion', post('/register', undefined, request)],
        [401, 'bad_assertion', post('/register', anAssertion(app, { pool: fleet.pool, key: other.key }, request.workerId), request)],
        [400, 'bad_request', post('/register', assertion(), '{')],
        [400, 'bad_request', post('/register', assertion(), { ...request, metadata: { a: 1 } })],
        [400, 'bad_request', post('/register', assertion(), { ...request, protocol: 2 })],
        [400, 'bad_request', post('/register', assertion(), request, { 'content-encoding': 'br' })],
        [400, 'bad_request', post('/register', assertion(), 'not gzip', { 'content-encoding': 'gzip' })],
        [400, 'bad_request', post('/register', assertion(), request, { 'x-launcher-version': '' })],
        [413, 'too_large', post('/register', assertion(), 'x'.repeat(1024 * 1024 + 1))],
        [413, 'too_large', post('/register', assertion(), gzipSync(Buffer.alloc(8 * 1024 * 1024)), { 'content-encoding': 'gzip' })],
        [426, 'launcher_too_old', post('/register', assertion(), '{"of":"old times"}', { 'x-launcher-version': '5.3.1' })],
      ] as const;
      for (const [status, code, answering] of cases) {
        const answer = await answering;
        expect({ status: answer.status, body: answer.json() }).toEqual({ status, body: asError(code) });
      }
    });

    it('names the fields that do not fit, and does not repeat what was sent', async () => {
      const request = registrationOf(app);
      const answer = await post('/register', anAssertion(app, fleet, request.workerId), { ...request, execution: 'secret-value', os: 7 });
      expect(answer.text).toContain('execution');
      expect(answer.text).toContain('os');
      expect(answer.text).not.toContain('secret-value');
    });

    it('tells another process with the same worker id that it is taken', async () => {
      const worker = await aWorker(app, fleet);
      const answer = await post('/register', anAssertion(app, fleet, worker.id), registrationOf(app, { workerId: worker.id, bootId: 'boot-2' }));
      expect({ status: answer.status, body: answer.json() }).toEqual({ status: 409, body: asError('worker_exists') });
    });
  });

  it('refresh gives another hour', async () => {
    const worker = await aWorker(app, fleet);
    const before = app.clock.now();
    app.clock.advance(45 * 60_000);
    const answer = await post('/session/refresh', worker.token, {});
    const { session } = answer.json() as { session: { token: string; expiresAt: string } };
    expect(new Date(session.expiresAt)).toEqual(new Date(before.getTime() + 105 * 60_000));
    expect((await post('/session/refresh', session.token, {})).status).toBe(200);
  });

  it('heartbeat takes what else would come over MQTT, and answers whether to drain or end', async () => {
    const worker = await aWorker(app, fleet);
    expect((await post('/heartbeat', worker.token, heartbeatOf(app, { seq: 4 }))).json()).toEqual({ drained: false, cycle: false });
    expect(await workerNow(app, worker)).toMatchObject({ heartbeatSeq: 4 });
    await setWorkerDrain(app.ports, adminActor(), { poolId: fleet.pool.id, workerId: worker.id, drain: true });
    expect((await post('/heartbeat', worker.token, heartbeatOf(app, { seq: 4 }))).json()).toEqual({ drained: true, cycle: false });
    expect((await post('/heartbeat', worker.token, { v: 1, type: 'worker.lost', bootId: 'boot-1' })).status).toBe(400);
  });

  it('deregister removes the worker; afterwards it is unknown', async () => {
    const worker = await aWorker(app, fleet);
    expect((await post('/deregister', worker.token, { reason: 'signal' })).status).toBe(204);
    expect(await workerNow(app, worker)).toBeUndefined();
    const again = await post('/deregister', worker.token, { reason: 'signal' });
    expect({ status: again.status, body: again.json() }).toEqual({ status: 401, body: asError('worker_unknown') });
  });

  it('tells a worker of a pool that was reset, on whatever it calls', async () => {
    const doomed = await aWorkerPool(app);
    const worker = await aWorker(app, doomed);
    await resetPool(app.ports, adminActor(), { id: doomed.pool.id, certificateSigningRequest: (await testPoolKey(1)).csr });
    for (const path of ['/session/refresh', '/heartbeat', '/deregister']) {
      const answer = await post(path, worker.token, {});
      expect({ path, status: answer.status, body: answer.json() }).toEqual({ path, status: 401, body: asError('pool_reset') });
    }
  });

  it('asks for a session, and for a current one', async () => {
    const worker = await aWorker(app, fleet);
    for (const token of [undefined, 'rubbish', `${worker.token}x`]) {
      expect((await post('/heartbeat', token, heartbeatOf(app))).json()).toEqual(asError('session_expired'));
    }
    app.clock.advance(3_601_000);
    const late = await post('/heartbeat', worker.token, heartbeatOf(app));
    expect({ status: late.status, body: late.json() }).toEqual({ status: 401, body: asError('session_expired') });
  });

  it('answers a fault of its own with nothing but where to look it up', async () => {
    const worker = await aWorker(app, fleet);
    const broken: Ports = { ...app.ports, signer: { ...app.ports.signer, verify: () => Promise.reject(new Error('password=hunter2')) } };
    const answer = await senderTo(workerSessionRoutes(broken), app)('POST', '/worker/v1/heartbeat', {
      headers: { authorization: `Bearer ${worker.token}` },
      body: '{}',
    });
    expect({ status: answer.status, body: answer.json() }).toEqual({ status: 500, body: asError('internal') });
    expect(answer.text).not.toContain('hunter2');
    expect(app.logged.at(-1)).toMatchObject({ level: 'error', message: 'worker call failed', fields: { requestId: answer.headers['x-request-id'] } });
  });
});
