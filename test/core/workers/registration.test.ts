import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { authenticateMqtt } from '../../../lib/core/workers/actions/authenticate-mqtt.ts';
import { authenticateWorker } from '../../../lib/core/workers/actions/authenticate-worker.ts';
import { deletePool } from '../../../lib/core/workers/actions/delete-pool.ts';
import { registerWorker } from '../../../lib/core/workers/actions/register-worker.ts';
import { refreshSession } from '../../../lib/core/workers/actions/refresh-session.ts';
import { resetPool } from '../../../lib/core/workers/actions/reset-pool.ts';
import { sweepWorkers } from '../../../lib/core/workers/actions/sweep-workers.ts';
import { isLauncherCurrent } from '../../../lib/core/workers/registration.ts';
import { listWorkers } from '../../../lib/core/workers/worker-store.ts';
import { mqttClientId } from '../../../lib/protocol/topics.ts';
import type { RegisterRequest, WorkerErrorCode } from '../../../lib/protocol/worker-api.ts';
import { adminActor } from '../../support/actors.ts';
import { ENGINES } from '../../support/database.ts';
import { testPoolKey } from '../../support/signing-requests.ts';
import {
  anAssertion,
  aWorker,
  aWorkerPool,
  registrationOf,
  workerNow,
  workersApp,
  type TestPool,
  type WorkersApp,
} from '../../support/worker-builders.ts';

const refused = (workerCode: WorkerErrorCode, message?: RegExp) =>
  expect.objectContaining({ details: expect.objectContaining({ workerCode }), ...(message ? { message: expect.stringMatching(message) } : {}) });

for (const engine of ENGINES) {
  describe(`registering a worker (${engine})`, () => {
    let app: WorkersApp;
    let fleet: TestPool;
    let other: TestPool;
    before(async () => {
      app = await workersApp({ engine });
      fleet = await aWorkerPool(app);
      other = await aWorkerPool(app, { key: await testPoolKey(1), name: 'other' });
    });
    after(() => app.close());
    const register = (changes: Partial<RegisterRequest> = {}, assertion?: (request: RegisterRequest) => string) => {
      const request = registrationOf(app, changes);
      return registerWorker(app.ports, { request, assertion: assertion ? assertion(request) : anAssertion(app, fleet, request.workerId) });
    };

    it('takes its facts, makes it available and announces the pool', async () => {
      await app.drain();
      app.changedPools.length = 0;
      const tools = [{ kind: 'OPEN_TOFU' as const, version: '1.9.0' }];

      const { worker, session } = await register({ metadata: { asg_id: 'group', instance_id: 'i-1' }, tools, sensitiveOutputs: true });

      expect(await workerNow(app, worker)).toMatchObject({
        poolId: fleet.pool.id,
        metadata: { asg_id: 'group', instance_id: 'i-1' },
        tools,
        sensitiveOutputs: true,
        drained: false,
        busy: false,
        runId: null,
        availableAt: app.clock.now(),
        createdAt: app.clock.now(),
        certificateId: fleet.pool.certificateId,
      });
      expect(session.expiresAt).toEqual(new Date(app.clock.now().getTime() + 3_600_000));
      await app.drain();
      expect(app.changedPools).toEqual([fleet.pool.id]);
    });

    it('may be repeated by the same process, and keeps what became of the worker since', async () => {
      const request = registrationOf(app, { metadata: { a: '1' } });
      await register(request);
      await app.ports.db.sql.updateTable('workers').set({ drained: true, heartbeat_seq: 7 }).where('id', '=', request.workerId).execute();
      const { worker } = await register({ ...request, metadata: { a: '2' } });
      expect(worker).toMatchObject({ id: request.workerId, drained: true, heartbeatSeq: 7, metadata: { a: '2' } });
    });

    it('refuses the id of a worker that another process, or another pool, registered', async () => {
      const { worker } = await register();
      await expect(register({ workerId: worker.id, bootId: 'boot-2' })).rejects.toEqual(refused('worker_exists'));
      await expect(register({ workerId: worker.id }, () => anAssertion(app, other, worker.id))).rejects.toEqual(refused('worker_exists'));
    });

    it('takes an assertion once, also when it comes ten times at once', async () => {
      const request = registrationOf(app);
      const assertion = anAssertion(app, fleet, request.workerId);
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => registerWorker(app.ports, { request, assertion })));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('bad_assertion', /used before/));
    });

    it('refuses what does not prove to be of the pool', async () => {
      const wrong: Readonly<Record<string, (request: RegisterRequest) => string>> = {
        'no assertion at all': () => 'rubbish',
        'for the broker': ({ workerId }) => anAssertion(app, fleet, workerId, { audience: 'mqtt' }),
        'for another worker': () => anAssertion(app, fleet, app.ports.ids.ulid()),
        'signed by the key of another pool': ({ workerId }) => anAssertion(app, { pool: fleet.pool, key: other.key }, workerId),
        'of a pool that is not there': ({ workerId }) => anAssertion(app, fleet, workerId, { poolId: app.ports.ids.ulid() }),
        'too old': ({ workerId }) => anAssertion(app, fleet, workerId, { now: new Date(app.clock.now().getTime() - 421_000) }),
        'of the future': ({ workerId }) => anAssertion(app, fleet, workerId, { now: new Date(app.clock.now().getTime() + 121_000) }),
      };
      for (const [what, assertion] of Object.entries(wrong)) {
        const outcome = await register({}, assertion).then(
          () => 'registered',
          (error: unknown) => error,
        );
        expect({ what, outcome }).toEqual({ what, outcome: refused('bad_assertion') });
      }
    });

    it('tolerates clocks that are two minutes apart', async () => {
      await register({}, ({ workerId }) => anAssertion(app, fleet, workerId, { now: new Date(app.clock.now().getTime() + 119_000) }));
      await register({}, ({ workerId }) => anAssertion(app, fleet, workerId, { now: new Date(app.clock.now().getTime() - 419_000) }));
    });

    it('refuses facts beyond their limits', async () => {
      const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, 'v']));
      const wrong: readonly Partial<RegisterRequest>[] = [
        { workerId: 'worker-1' },
        { bootId: '' },
        { metadata: many(65) },
        { metadata: { ['k'.repeat(129)]: 'v' } },
        { metadata: { '': 'v' } },
        { metadata: { k: 'é'.repeat(513) } },
        { metadata: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`key-${i}`, 'v'.repeat(1000)])) },
        { metadata: { k: 'a\u0000b' } },
      ];
      for (const changes of wrong) await expect(register(changes)).rejects.toEqual(refused('bad_request'));
      await register({ metadata: many(64) });
      await expect(register({ launcherVersion: '5.9.9' })).rejects.toEqual(refused('launcher_too_old', /update it/));
    });

    it('compares launcher versions by number', () => {
      for (const version of ['6.0.0', '6.0.1', '6.10.0', '10.0.0', 'v6.1.0', '6.0.0-rc1'])
        expect([version, isLauncherCurrent(version)]).toEqual([version, true]);
      for (const version of ['5.99.99', '0.0.1', '', 'new']) expect([version, isLauncherCurrent(version)]).toEqual([version, false]);
    });

    describe('and its session', () => {
      it('opens the worker API for the worker, with its pool', async () => {
        const worker = await aWorker(app, fleet);
        expect(await authenticateWorker(app.ports, worker.token)).toMatchObject({
          id: worker.id,
          pool: { id: fleet.pool.id, publicKey: fleet.pool.publicKey },
        });
      });

      it('is neither a session of a person nor good for anything else', async () => {
        const worker = await aWorker(app, fleet);
        const person = await app.ports.signer.sign(
          { sub: worker.id, aud: app.ports.settings.baseUrl, pool: fleet.pool.id, certificate: fleet.pool.certificateId },
          60,
        );
        await expect(authenticateWorker(app.ports, person.token)).rejects.toEqual(refused('session_expired'));
        expect(await app.ports.signer.verify(worker.token, app.ports.settings.baseUrl)).toBeUndefined();
        await expect(authenticateWorker(app.ports, undefined)).rejects.toEqual(refused('session_expired'));
        await expect(authenticateWorker(app.ports, anAssertion(app, fleet, worker.id))).rejects.toEqual(refused('session_expired'));
      });

      it('ends after an hour, unless it is renewed', async () => {
        const own = await workersApp({ engine });
        const worker = await aWorker(own, await aWorkerPool(own));
        own.clock.advance(50 * 60_000);
        const { token } = await refreshSession(own.ports, worker);
        own.clock.advance(10 * 60_000 + 1000);
        await expect(authenticateWorker(own.ports, worker.token)).rejects.toEqual(refused('session_expired'));
        expect((await authenticateWorker(own.ports, token)).id).toBe(worker.id);
        await own.close();
      });

      it('ends at once when the pool is reset or deleted: the launcher is told, since it gives up then', async () => {
        for (const [name, end] of [
          ['reset', async (id: string) => resetPool(app.ports, adminActor(), { id, certificateSigningRequest: (await testPoolKey(1)).csr })],
          ['deleted', (id: string) => deletePool(app.ports, adminActor(), { id })],
        ] as const) {
          const doomed = await aWorkerPool(app, { name });
          const worker = await aWorker(app, doomed);
          await end(doomed.pool.id);
          await expect(authenticateWorker(app.ports, worker.token)).rejects.toEqual(refused('pool_reset'));
          await expect(register({}, ({ workerId }) => anAssertion(app, doomed, workerId))).rejects.toEqual(refused('pool_reset'));
        }
      });

      it('is of no use to a worker that was given up: it registers anew', async () => {
        const worker = await aWorker(app, fleet);
        await app.ports.db.sql.deleteFrom('workers').where('id', '=', worker.id).execute();
        await expect(authenticateWorker(app.ports, worker.token)).rejects.toEqual(refused('worker_unknown'));
      });

      it('counts as a sign of life', async () => {
        const worker = await aWorker(app, fleet);
        await app.ports.db.sql.updateTable('workers').set({ will_at: app.clock.now() }).where('id', '=', worker.id).execute();
        app.clock.advance(1000);
        await authenticateWorker(app.ports, worker.token);
        expect(await workerNow(app, worker)).toMatchObject({ willAt: null, lastSeenAt: app.clock.now() });
        const before = app.clock.now();
        app.clock.advance(4000);
        await authenticateWorker(app.ports, worker.token);
        expect((await workerNow(app, worker))?.lastSeenAt).toEqual(before);
        app.clock.advance(1000);
        await authenticateWorker(app.ports, worker.token);
        expect((await workerNow(app, worker))?.lastSeenAt).toEqual(app.clock.now());
      });
    });

    describe('at the broker', () => {
      const credentials = (pool: TestPool, workerId: string, changes: Parameters<typeof anAssertion>[3] = {}) => ({
        username: pool.pool.id,
        password: anAssertion(app, pool, workerId, { audience: 'mqtt', ...changes }),
        clientId: mqttClientId(pool.pool.id, workerId),
      });

      it('believes an assertion for the broker, as often as it comes', async () => {
        const workerId = app.ports.ids.ulid();
        const given = credentials(fleet, workerId);
        expect(await authenticateMqtt(app.ports, given)).toEqual({ poolId: fleet.pool.id, workerId });
        expect(await authenticateMqtt(app.ports, given)).toEqual({ poolId: fleet.pool.id, workerId });
      });

      it('refuses another audience, a wrong signature, an old assertion, another user name or client id', async () => {
        const workerId = app.ports.ids.ulid();
        const right = credentials(fleet, workerId);
        const wrong = [
          credentials(fleet, workerId, { audience: 'worker-api' }),
          credentials({ ...fleet, key: other.key }, workerId),
          credentials(fleet, workerId, { now: new Date(app.clock.now().getTime() - 421_000) }),
          credentials(fleet, workerId, { certificateId: other.pool.certificateId }),
          { ...right, username: other.pool.id },
          { ...right, username: undefined },
          { ...right, password: undefined },
          { ...right, clientId: mqttClientId(fleet.pool.id, app.ports.ids.ulid()) },
          { ...right, clientId: mqttClientId(other.pool.id, workerId) },
        ];
        for (const given of wrong) expect(await authenticateMqtt(app.ports, given)).toBeUndefined();
      });
    });

    it('forgets used assertions when they have expired anyway', async () => {
      await register();
      const count = async () => (await app.ports.db.sql.selectFrom('worker_nonces').select('jti').execute()).length;
      await sweepWorkers(app.ports);
      expect(await count()).toBeGreaterThan(0);
      app.clock.advance(700_000);
      await sweepWorkers(app.ports);
      expect(await count()).toBe(0);
      expect(await listWorkers(app.ports.db.sql, fleet.pool.id)).toEqual([]);
    });
  });
}
