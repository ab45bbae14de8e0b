import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { createPool } from '../../../lib/core/workers/actions/create-pool.ts';
import { cyclePool } from '../../../lib/core/workers/actions/cycle-pool.ts';
import { deletePool } from '../../../lib/core/workers/actions/delete-pool.ts';
import { ensureSharedPool } from '../../../lib/core/workers/actions/ensure-shared-pool.ts';
import { listAttachablePools, listPools, publicPoolNumbers } from '../../../lib/core/workers/actions/list-pools.ts';
import { readPool } from '../../../lib/core/workers/actions/read-pool.ts';
import { renewPool, resetPool } from '../../../lib/core/workers/actions/reset-pool.ts';
import { updatePool } from '../../../lib/core/workers/actions/update-pool.ts';
import { HELD_BY_WORKER, poolNumbers, WAITING_FOR_WORKER } from '../../../lib/core/workers/pool-numbers-store.ts';
import { listWorkers } from '../../../lib/core/workers/worker-store.ts';
import { ACTIVE_STATES, CLAIMABLE_STATES } from '../../../lib/core/runs/run-states.ts';
import { decodePoolToken } from '../../../lib/protocol/pool-token.ts';
import { adminActor, readerActor, spaceAdminActor, strangerActor, writerActor } from '../../support/actors.ts';
import { ENGINES } from '../../support/database.ts';
import { insertTestRun } from '../../support/run-builders.ts';
import { testPoolKey } from '../../support/signing-requests.ts';
import { aSpace, aStack } from '../../support/stack-builders.ts';
import { assign, aWorker, aWorkerPool, claim, workerNow, workersApp, type WorkersApp } from '../../support/worker-builders.ts';

const admin = adminActor();
const code = (code: string, message?: RegExp) => expect.objectContaining({ code, ...(message ? { message: expect.stringMatching(message) } : {}) });

for (const engine of ENGINES) {
  describe(`worker pools (${engine})`, () => {
    let app: WorkersApp;
    before(async () => {
      app = await workersApp({ engine });
      for (const id of ['team', 'secret', 'child']) await aSpace(app, { id, ...(id === 'child' ? { parentId: 'team' } : {}) });
    });
    after(() => app.close());
    const audited = async (resourceId: string) =>
      (await app.ports.db.sql.selectFrom('audit').select('action').where('resource_id', '=', resourceId).orderBy('id').execute()).map(
        (row) => row.action,
      );

    describe('creating one', () => {
      it('signs the request and answers with the token of its launchers', async () => {
        const key = await testPoolKey();

        const { pool, token } = await createPool(app.ports, admin, {
          name: ' fleet ',
          certificateSigningRequest: Buffer.from(key.csr).toString('base64'),
          labels: ['a', 'a', 'b'],
          description: 'ours',
        });

        expect(pool).toMatchObject({
          name: 'fleet',
          description: 'ours',
          labels: ['a', 'b'],
          spaceId: 'root',
          isShared: false,
          driftRunLimit: -1,
          spkiSha256: key.spkiSha256,
        });
        expect(decodePoolToken(token)).toEqual({
          v: 1,
          account: 'acme',
          api: 'http://127.0.0.1:1983',
          worker_pool: pool.id,
          broker: app.ports.settings.broker,
          certificate: pool.certificate,
          certificate_id: pool.certificateId,
          issued_at: '2026-01-15T12:00:00.000Z',
        });
        expect(token).not.toContain(key.privateKeyPem);
        expect(await readPool(app.ports, admin, pool.id)).toEqual(pool);
        expect(await audited(pool.id)).toEqual(['worker-pool.create']);
      });

      it('refuses a bad request in words', async () => {
        await expect(createPool(app.ports, admin, { name: 'x', certificateSigningRequest: 'nothing' })).rejects.toEqual(
          code('INVALID', /^invalid certificate signing request: /),
        );
      });

      it('refuses settings beyond their limits', async () => {
        const { csr } = await testPoolKey();
        for (const wrong of [{ name: '  ' }, { name: 'x'.repeat(256) }, { labels: [''] }, { driftRunLimit: -2 }, { driftRunLimit: 1.5 }]) {
          await expect(createPool(app.ports, admin, { name: 'x', certificateSigningRequest: csr, ...wrong })).rejects.toEqual(code('INVALID'));
        }
      });

      it('needs the right in the space, and a space', async () => {
        const { csr } = await testPoolKey();
        const input = { name: 'x', certificateSigningRequest: csr, spaceId: 'team' };
        await expect(createPool(app.ports, writerActor(['team']), input)).rejects.toEqual(code('FORBIDDEN'));
        await expect(createPool(app.ports, spaceAdminActor(['secret']), input)).rejects.toEqual(code('FORBIDDEN'));
        await expect(createPool(app.ports, admin, { ...input, spaceId: 'nowhere' })).rejects.toEqual(code('NOT_FOUND'));
        expect((await createPool(app.ports, spaceAdminActor(['team']), input)).pool.spaceId).toBe('team');
      });
    });

    describe('seeing them', () => {
      it('shows a pool to who may read its space; to others it is as if missing', async () => {
        const { pool } = await aWorkerPool(app, { spaceId: 'secret', name: 'hidden' });
        expect(await readPool(app.ports, readerActor(['secret']), pool.id)).toMatchObject({ name: 'hidden' });
        expect(await readPool(app.ports, readerActor(['team']), pool.id)).toBeUndefined();
        expect((await listPools(app.ports, readerActor(['secret']))).map(({ name }) => name)).toEqual(['hidden']);
        expect(await listPools(app.ports, strangerActor())).toEqual([]);
        await expect(updatePool(app.ports, spaceAdminActor(['team']), { id: pool.id, name: 'mine' })).rejects.toEqual(code('NOT_FOUND'));
      });

      it('lists what a stack in a space may use: pools of the space and of those it inherits from', async () => {
        const own = await aWorkerPool(app, { spaceId: 'child', name: 'of child' });
        const inherited = await aWorkerPool(app, { spaceId: 'team', name: 'of team' });
        const ids = (await listAttachablePools(app.ports, admin, 'child')).map(({ id }) => id);
        expect(ids).toEqual(expect.arrayContaining([own.pool.id, inherited.pool.id]));
        expect((await listAttachablePools(app.ports, admin, 'team')).map(({ id }) => id)).not.toContain(own.pool.id);
        expect(await listAttachablePools(app.ports, readerActor(['secret']), 'child')).toEqual([]);
      });
    });

    describe('changing one', () => {
      it('keeps what is left out, and never touches the certificate', async () => {
        const { pool } = await aWorkerPool(app, { description: 'before', labels: ['x'], driftRunLimit: 2 });
        const updated = await updatePool(app.ports, spaceAdminActor(), { id: pool.id, name: 'after', driftRunLimit: null });
        expect(updated).toEqual({ ...pool, name: 'after', driftRunLimit: -1, updatedAt: app.clock.now() });
        expect(await readPool(app.ports, admin, pool.id)).toEqual(updated);
        expect(await audited(pool.id)).toEqual(['worker-pool.create', 'worker-pool.update']);
      });

      it('moves it only where the actor manages pools as well', async () => {
        const { pool } = await aWorkerPool(app, { spaceId: 'team' });
        await expect(updatePool(app.ports, readerActor(['team']), { id: pool.id, name: 'x' })).rejects.toEqual(code('FORBIDDEN'));
        await expect(updatePool(app.ports, spaceAdminActor(['team']), { id: pool.id, spaceId: 'secret' })).rejects.toEqual(code('FORBIDDEN'));
        expect((await updatePool(app.ports, spaceAdminActor(['team', 'secret']), { id: pool.id, spaceId: 'secret' })).spaceId).toBe('secret');
      });

      it('does not move it away from a stack that uses it', async () => {
        const { pool } = await aWorkerPool(app, { spaceId: 'team' });
        await aStack(app, { id: 'user', spaceId: 'child', workerPoolId: pool.id });
        await expect(updatePool(app.ports, admin, { id: pool.id, spaceId: 'secret' })).rejects.toEqual(code('CONFLICT', /stack user/));
        expect((await updatePool(app.ports, admin, { id: pool.id, spaceId: 'root' })).spaceId).toBe('root');
      });
    });

    describe('resetting one', () => {
      it('gives it another certificate and token, takes its workers away and fails what they hold', async () => {
        const made = await aWorkerPool(app);
        const [busy, idle] = [await aWorker(app, made), await aWorker(app, made)];
        await claim(app, busy, 'RUN-1', 3);
        await assign(app, made.pool, idle, 'RUN-2');
        await app.drain();
        const next = await testPoolKey(1);

        const { pool, token } = await resetPool(app.ports, spaceAdminActor(), { id: made.pool.id, certificateSigningRequest: next.csr });

        expect(pool).toMatchObject({ id: made.pool.id, spkiSha256: next.spkiSha256 });
        expect(pool.certificateId).not.toBe(made.pool.certificateId);
        expect(decodePoolToken(token).certificate_id).toBe(pool.certificateId);
        expect(await listWorkers(app.ports.db.sql, pool.id)).toEqual([]);
        await app.drain();
        expect(app.lost).toContainEqual({
          workerId: busy.id,
          poolId: pool.id,
          runId: 'RUN-1',
          lease: 3,
          reason: 'worker pool was reset',
          mayRequeue: false,
        });
        expect(app.changedPools).toContain(pool.id);
        expect(app.published.at(-1)).toMatchObject({ poolId: pool.id, message: { type: 'pool.reset' } });
        expect(app.disconnected).toContainEqual({ poolId: pool.id, workerId: undefined });
        expect(await audited(pool.id)).toContain('worker-pool.reset');
      });

      it('lets one of several resets of the same certificate through; the others are told', async () => {
        const { pool } = await aWorkerPool(app);
        const { csr } = await testPoolKey(1);
        const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => renewPool(app.ports, admin, pool, csr)));
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(code('CONFLICT'));
      });

      it('needs the right, and a good request', async () => {
        const { pool } = await aWorkerPool(app);
        const { csr } = await testPoolKey(1);
        await expect(resetPool(app.ports, writerActor(), { id: pool.id, certificateSigningRequest: csr })).rejects.toEqual(code('FORBIDDEN'));
        await expect(resetPool(app.ports, admin, { id: pool.id, certificateSigningRequest: 'x' })).rejects.toEqual(code('INVALID'));
        expect(await readPool(app.ports, admin, pool.id)).toEqual(pool);
      });
    });

    describe('deleting one', () => {
      it('takes the pool and its workers away', async () => {
        const made = await aWorkerPool(app, { spaceId: 'team' });
        await aWorker(app, made);
        await expect(deletePool(app.ports, writerActor(['team']), { id: made.pool.id })).rejects.toEqual(code('FORBIDDEN'));

        await deletePool(app.ports, spaceAdminActor(['team']), { id: made.pool.id });

        expect(await readPool(app.ports, admin, made.pool.id)).toBeUndefined();
        expect(await listWorkers(app.ports.db.sql, made.pool.id)).toEqual([]);
        await expect(deletePool(app.ports, admin, { id: made.pool.id })).rejects.toEqual(code('NOT_FOUND'));
        expect(await audited(made.pool.id)).toContain('worker-pool.delete');
      });

      it('refuses while stacks use it or runs in it are open, and says which', async () => {
        const { pool } = await aWorkerPool(app, { name: 'wanted' });
        const stack = await aStack(app, { id: 'attached', workerPoolId: pool.id });
        await expect(deletePool(app.ports, admin, { id: pool.id })).rejects.toEqual(code('CONFLICT', /"wanted" is used by stack attached/));
        await insertTestRun(app, stack, { state: 'READY' });
        await app.ports.db.sql.updateTable('stacks').set({ worker_pool_id: null }).where('id', '=', stack.id).execute();
        await expect(deletePool(app.ports, admin, { id: pool.id })).rejects.toEqual(code('CONFLICT', /1 unfinished run;/));
      });
    });

    it('cycling tells every worker to end, and gives none of them a further run', async () => {
      const made = await aWorkerPool(app);
      const worker = await aWorker(app, made);
      await expect(cyclePool(app.ports, writerActor(), { id: made.pool.id })).rejects.toEqual(code('FORBIDDEN'));

      await cyclePool(app.ports, spaceAdminActor(), { id: made.pool.id });

      expect(app.published.at(-1)).toMatchObject({ poolId: made.pool.id, message: { type: 'pool.cycle' } });
      expect(app.published.at(-1)?.workerId).toBeUndefined();
      await expect(claim(app, worker)).rejects.toEqual(code('CONFLICT'));
      expect(await workerNow(app, worker)).toMatchObject({ drained: false, busy: false });
    });

    describe('counting', () => {
      it('knows the states of runs as the run area defines them', () => {
        expect([...WAITING_FOR_WORKER].sort()).toEqual([...CLAIMABLE_STATES].sort());
        expect([...HELD_BY_WORKER].sort()).toEqual([...ACTIVE_STATES].sort());
      });

      it('counts workers, runs and stacks of several pools at once', async () => {
        const [one, two] = [await aWorkerPool(app), await aWorkerPool(app)];
        const [busy, assigned] = [await aWorker(app, one), await aWorker(app, one), await aWorker(app, one)];
        await claim(app, busy, 'RUN-A');
        await assign(app, one.pool, assigned, 'RUN-B');
        for (const [id, state] of [
          ['s1', 'READY'],
          ['s2', 'PLANNING'],
          ['s3', 'UNCONFIRMED'],
          ['s4', 'QUEUED'],
          ['s5', 'FINISHED'],
          ['s6', 'CONFIRMED'],
        ] as const) {
          const stack = await aStack(app, { id, workerPoolId: one.pool.id });
          await insertTestRun(app, stack, { state });
        }
        const numbers = await poolNumbers(app.ports.db.sql, [one.pool.id, two.pool.id]);
        expect(numbers.get(one.pool.id)).toEqual({ workers: 3, busyWorkers: 2, pendingRuns: 2, schedulableRuns: 3, users: 6 });
        expect(numbers.get(two.pool.id)).toEqual({ workers: 0, busyWorkers: 0, pendingRuns: 0, schedulableRuns: 0, users: 0 });
        expect(await poolNumbers(app.ports.db.sql, [])).toEqual(new Map());
      });
    });
  });

  describe(`the shared pool (${engine})`, () => {
    let app: WorkersApp;
    before(async () => {
      app = await workersApp({ engine });
    });
    after(() => app.close());
    const ensure = async (n: number, asked: string[] = []) => {
      const key = await testPoolKey(n);
      const csr = async () => {
        asked.push(key.spkiSha256);
        return key.csr;
      };
      return ensureSharedPool(app.ports, { spkiSha256: key.spkiSha256, csr, api: 'http://127.0.0.1:4321' });
    };

    it('has no numbers while there is none', async () => {
      expect(await publicPoolNumbers(app.ports)).toEqual({ workers: 0, busyWorkers: 0, pendingRuns: 0, schedulableRuns: 0, users: 0 });
    });

    it('is made once, kept while its key is there, and reset when the key is another', async () => {
      const asked: string[] = [];
      const first = await ensure(0, asked);
      expect(first.pool).toMatchObject({ isShared: true, spaceId: 'root' });
      expect(decodePoolToken(first.token)).toMatchObject({ api: 'http://127.0.0.1:4321', worker_pool: first.pool.id });

      const again = await ensure(0, asked);
      expect(again.pool).toEqual(first.pool);
      expect(asked).toHaveLength(1);

      const worker = await aWorker(app, { pool: again.pool, key: await testPoolKey(0) });
      const reset = await ensure(1, asked);
      expect(reset.pool.id).toBe(first.pool.id);
      expect(reset.pool.certificateId).not.toBe(first.pool.certificateId);
      expect(await workerNow(app, worker)).toBeUndefined();
    });

    it('counts the stacks that name no pool, is in no list, and shows itself to those who manage pools', async () => {
      const { pool } = await ensure(1);
      await aStack(app, { id: 'pool-less' });
      expect(await publicPoolNumbers(app.ports)).toMatchObject({ users: 1 });
      expect(await listPools(app.ports, adminActor())).toEqual([]);
      expect(await readPool(app.ports, readerActor(), pool.id)).toBeUndefined();
      expect(await readPool(app.ports, spaceAdminActor(), pool.id)).toMatchObject({ id: pool.id });
      await expect(deletePool(app.ports, adminActor(), { id: pool.id })).rejects.toEqual(code('CONFLICT', /shared pool/));
      await expect(updatePool(app.ports, adminActor(), { id: pool.id, spaceId: 'elsewhere' })).rejects.toMatchObject({
        code: expect.stringMatching(/NOT_FOUND|CONFLICT/),
      });
    });
  });
}
