import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { createApiKey } from '../../../lib/core/accounts/actions/create-api-key.ts';
import { deleteApiKey } from '../../../lib/core/accounts/actions/delete-api-key.ts';
import { ensureNamedAdministrator } from '../../../lib/core/accounts/actions/ensure-administrator.ts';
import { exchangeApiKey } from '../../../lib/core/accounts/actions/exchange-api-key.ts';
import { scheduleStack } from '../../../lib/core/runs/actions/schedule-stack.ts';
import { triggerRun } from '../../../lib/core/runs/actions/trigger-run.ts';
import { readState } from '../../../lib/core/state/actions/read-state.ts';
import { registerWorker } from '../../../lib/core/workers/actions/register-worker.ts';
import { runTick } from '../../../lib/edge/drain/ticks.ts';
import { healthRoutes } from '../../../lib/edge/http/health.ts';
import { adminActor, writerActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { senderTo } from '../../support/edge-requests.ts';
import { graphqlApi } from '../../support/graphql.ts';
import { aRun, claimed, handoversApp, poolStack } from '../../support/handover-builders.ts';
import { settableLicense } from '../../support/license-builders.ts';
import { aStackOfItsOwn, commitWith, reload } from '../../support/run-builders.ts';
import { testPoolKey } from '../../support/signing-requests.ts';
import { anAccount } from '../../support/stack-builders.ts';
import { aState, callOf, heldRun, write } from '../../support/state-builders.ts';
import { anAssertion, aWorker, aWorkerPool, registrationOf, testCertificates, type TestPool } from '../../support/worker-builders.ts';

const restricted = { state: 'restricted', reason: 'withdrawn' } as const;
const WAITS = 'the licence does not allow new runs: withdrawn';

for (const engine of ENGINES) {
  describe(`an installation whose licence is restricted (${engine})`, () => {
    const license = settableLicense();
    let app: TestApp;
    let pool: TestPool;
    before(async () => {
      app = await handoversApp({ engine, license, certificates: await testCertificates() });
      await anAccount(app);
      pool = await aWorkerPool(app);
    });
    after(() => app.close());

    const newStack = () => aStackOfItsOwn(app, { workerPoolId: pool.pool.id });
    const shown = async (...runs: { readonly id: string }[]) => Promise.all(runs.map(async (run) => reload(app, run).then(({ state, waiting }) => [state, waiting?.reason ?? null])));

    it('keeps new runs in the queue, each with the reason, and releases them in order', async () => {
      const stack = await newStack();
      license.set(restricted);
      const runs = [];
      for (const type of ['TRACKED', 'PROPOSED', 'TRACKED'] as const) {
        runs.push(await triggerRun(app.ports, writerActor(), { stackId: stack.id, type, commit: commitWith() }));
        app.clock.advance(1_000);
      }
      await app.drain();

      const [first, preview, second] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
      expect(await shown(first, preview, second)).toEqual([['QUEUED', WAITS], ['QUEUED', WAITS], ['QUEUED', `blocked by run ${first.id}`]]);

      license.set({});
      await runTick(app.ports, 'tick');

      expect(await shown(first, preview, second)).toEqual([['READY', 'no worker is connected to pool fleet'], ['READY', 'no worker is connected to pool fleet'], ['QUEUED', `blocked by run ${first.id}`]]);
    });

    it('lets go on what was let through before: a run that waits for a worker, and one that a worker holds', async () => {
      const own = await aWorkerPool(app, { key: await testPoolKey(1), name: 'own' });
      const worker = await aWorker(app, own);
      const stack = await poolStack(app, own, { id: `held-${engine}` });
      const ready = await aRun(app, stack);
      license.set(restricted);

      await scheduleStack(app.ports, { stackId: stack.id });
      expect(await shown(ready)).toEqual([['READY', 'waiting for a worker']]);
      await runTick(app.ports, 'tick');
      await app.drain();
      const job = await claimed(app, worker);

      expect(job.run.id).toBe(ready.id);
      license.set({});
    });

    it('never withholds the state: runs read and write it', async () => {
      const run = await heldRun(app, await newStack(), { state: 'APPLYING' });
      license.set(restricted);

      await write(app, run, aState({ serial: 1 }));

      expect((await readState(app.ports, callOf(run)))?.version.serial).toBe(1);
      license.set({});
    });

    it('takes users up to the limit: people with a password, and keys that work and are no machine\'s', async () => {
      const create = (changes: object = {}) => createApiKey(app.ports, adminActor(), { name: 'a user', admin: false, ...changes });
      const in1 = new Date(app.clock.now().getTime() + 60_000);
      await ensureNamedAdministrator(app.ports, { username: 'root', password: 'a password of root' });
      const first = await create();
      await create({ expiresAt: in1 });
      await create({ machine: true });
      license.set({ ...restricted, limits: { workers: null, users: 3 } });
      const full = { code: 'FORBIDDEN', message: expect.stringContaining('the licence allows 3 users, and there are 3') };

      await expect(create()).rejects.toMatchObject(full);
      await create({ machine: true });
      app.clock.advance(60_001);
      await create();
      await expect(create()).rejects.toMatchObject(full);
      await deleteApiKey(app.ports, adminActor(), { id: first.key.id });
      const racing = await Promise.allSettled([create(), create(), create()]);

      expect(racing.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
      // Who repairs the licence is never kept out.
      await ensureNamedAdministrator(app.ports, { username: 'other', password: 'a password of other' });
      license.set({ ...restricted, limits: { workers: null, users: null } });
      await create();
      license.set({});
    });

    it('takes workers up to the limit, and those it has again', async () => {
      const present = Number((await app.ports.db.sql.selectFrom('workers').select((eb) => eb.fn.countAll().as('n')).executeTakeFirstOrThrow()).n);
      license.set({ ...restricted, limits: { workers: present + 1, users: null } });
      const request = registrationOf(app);
      const register = (asked = request) => registerWorker(app.ports, { request: asked, assertion: anAssertion(app, pool, asked.workerId) });

      await register();
      await register();
      await expect(register(registrationOf(app))).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining(`the licence allows ${present + 1} workers`) });

      license.set({});
      await register(registrationOf(app));
    });
  });
}

describe('the state of the licence', () => {
  const license = settableLicense();
  let app: TestApp;
  before(async () => {
    app = await handoversApp({ license });
    await anAccount(app);
  });
  after(() => app.close());

  it('is shown to root administrators, and to nobody else', async () => {
    license.set({ ...restricted, tier: 'enterprise', features: ['sso'], limits: { workers: 5, users: null }, validUntil: new Date('2026-02-01T00:00:00Z') });
    const api = graphqlApi(app);
    const admin = await api.admin();
    const query = '{ license { type state reason notice tier features maxWorkers maxUsers validUntil graceEndsAt } tier tierFeatures }';

    expect(await admin.get(query)).toEqual({
      license: {
        type: 'AWS', state: 'RESTRICTED', reason: 'withdrawn', notice: 'restricted mode: withdrawn; new runs stay in the queue', tier: 'enterprise', features: ['sso'], maxWorkers: 5, maxUsers: null,
        validUntil: 1_769_904_000, graceEndsAt: null,
      },
      tier: 'enterprise',
      tierFeatures: ['sso'],
    });
    const { apiKeyCreate } = await admin.get('mutation { apiKeyCreate(input: { name: "ci", admin: false }) { id secret } }');
    const { token } = await exchangeApiKey(app.ports, { ...apiKeyCreate, remoteIp: '127.0.0.1' });
    expect(await api.as(token).ask('{ license { state } }')).toMatchObject({ errors: [expect.objectContaining({ message: 'only a root administrator can do this' })] });
  });

  it('is told by the deep health check, which stays well', async () => {
    license.set(restricted);
    const answer = await senderTo(healthRoutes(app.ports), app)('GET', '/health/deep');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ status: 'ok', license: { state: 'restricted', reason: 'withdrawn' } });
  });
});
