import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { forgetUsage } from '../../../lib/core/usage/actions/forget-usage.ts';
import { reportUsage } from '../../../lib/core/usage/actions/report-usage.ts';
import { sampleWorkers } from '../../../lib/core/usage/actions/sample-workers.ts';
import { sendUsageReport } from '../../../lib/core/usage/actions/send-usage-report.ts';
import { dropUnusedObjects } from '../../../lib/core/stacks/actions/drop-unused-objects.ts';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { deleteStack } from '../../../lib/core/stacks/actions/delete-stack.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { adminActor } from '../../support/actors.ts';
import type { TestApp } from '../../support/app.ts';
import { ENGINES } from '../../support/database.ts';
import { handoversApp } from '../../support/handover-builders.ts';
import { aReceiver, type Receiver } from '../../support/receiver.ts';
import { aStackOfItsOwn } from '../../support/run-builders.ts';
import { aRunThrough } from '../../support/usage-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

const DAY_MS = 86_400_000;
const REPORTS = ['usage_reports', 'worker_counts', 'gone_run_states', 'messages', 'unused_objects'] as const;

for (const engine of ENGINES) {
  describe(`reports of usage (${engine})`, () => {
    let app: TestApp;
    let pool: TestPool;
    let stack: Stack;
    let receiver: Receiver;
    const admin = adminActor();

    before(async () => {
      app = await handoversApp({ engine });
      pool = await aWorkerPool(app);
      stack = await aStackOfItsOwn(app, { name: 'secret-project', workerPoolId: pool.pool.id, repositoryUrl: 'https://git.example.com/acme/hidden.git' });
      await app.ports.db.sql.updateTable('accounts').set({ created_at: new Date('2026-01-13T08:00:00Z') }).execute();
    });
    after(() => app.close());
    beforeEach(async () => {
      app.clock.set(new Date('2026-01-15T12:00:00Z'));
      for (const table of REPORTS) await app.ports.db.sql.deleteFrom(table).execute();
      await app.ports.db.sql.deleteFrom('runs').execute();
      await receiver?.close();
      receiver = await aReceiver();
    });
    after(() => receiver.close());

    const sending = (usageEndpoint = `${receiver.url}/usage`): Ports => ({ ...app.ports, settings: { ...app.ports.settings, usageEndpoint } });
    const reports = () => app.ports.db.sql.selectFrom('usage_reports').selectAll().orderBy('period').execute();
    const report = async (period: string) => {
      const body = await app.ports.objects.get('documents', `usage/${period}.json`);
      return JSON.parse(body?.toString('utf8') ?? 'null') as Record<string, unknown>;
    };
    const due = async () => (await app.queued()).filter(({ name }) => name === 'usage.report-due');
    /** Takes what is announced, as the queue would hand it over. */
    async function take(ports: Ports): Promise<void> {
      const found = await due();
      await app.ports.db.sql.deleteFrom('messages').where('type', '=', 'usage.report-due').execute();
      for (const { body } of found) await sendUsageReport(ports, body as { period: string; tries: number });
    }

    it('are written once for every day that is over, with the minutes in which workers had runs on that day', async () => {
      // An hour in which it waited, and an apply beyond midnight.
      await aRunThrough(app, stack, [
        ['QUEUED', '2026-01-13T21:00:00Z'], ['READY', '2026-01-13T21:30:00Z'], ['PREPARING', '2026-01-13T22:00:00Z'], ['PLANNING', '2026-01-13T22:01:00Z'],
        ['UNCONFIRMED', '2026-01-13T22:11:00Z'], ['CONFIRMED', '2026-01-13T23:30:00Z'], ['APPLYING', '2026-01-13T23:50:00Z'],
        ['FINISHED', '2026-01-14T00:15:00Z'],
      ], { workerPoolId: pool.pool.id });
      await aRunThrough(app, stack, [['QUEUED', '2026-01-14T09:00:00Z'], ['PLANNING', '2026-01-14T09:01:00Z'], ['FINISHED', '2026-01-14T09:02:30Z']], {
        type: 'PROPOSED', workerPoolId: null,
      });

      await Promise.all([reportUsage(app.ports), reportUsage(app.ports)]);
      await reportUsage(app.ports);

      expect((await reports()).map((row) => [row.period, Number(row.private_ms), Number(row.public_ms), row.status])).toEqual([
        ['2026-01-13', 21 * 60_000, 0, 'KEPT'], ['2026-01-14', 15 * 60_000, 90_000, 'KEPT'],
      ]);
      expect((await report('2026-01-13')).runs).toEqual({
        count: 1, privateMinutes: 21, publicMinutes: 0,
        byTypeAndState: [
          { type: 'TRACKED', state: 'APPLYING', public: false, runs: 1, minutes: 10 },
          { type: 'TRACKED', state: 'PLANNING', public: false, runs: 1, minutes: 10 },
          { type: 'TRACKED', state: 'PREPARING', public: false, runs: 1, minutes: 1 },
        ],
      });
      expect(await report('2026-01-14')).toMatchObject({ runs: { count: 2, privateMinutes: 15, publicMinutes: 1.5 } });
      expect(await due()).toEqual([]);
      app.clock.advance(DAY_MS);
      await reportUsage(app.ports);
      expect((await reports()).map(({ period }) => period)).toEqual(['2026-01-13', '2026-01-14', '2026-01-15']);
    });

    it('keep the minutes of a stack that is deleted', async () => {
      const gone = await aStackOfItsOwn(app, { workerPoolId: pool.pool.id });
      await aRunThrough(app, gone, [['QUEUED', '2026-01-14T09:00:00Z'], ['PLANNING', '2026-01-14T09:01:00Z'], ['FINISHED', '2026-01-14T09:21:00Z']], {
        workerPoolId: pool.pool.id,
      });
      await deleteStack(app.ports, admin, { id: gone.id });
      await app.drain();
      expect(await app.ports.db.sql.selectFrom('stacks').select('id').where('id', '=', gone.id).execute()).toEqual([]);

      await reportUsage(app.ports);

      expect(await report('2026-01-14')).toMatchObject({ runs: { count: 1, privateMinutes: 20 } });
    });

    it('know the most workers that were counted at one time', async () => {
      await aWorker(app, pool);
      await aWorker(app, pool);
      await sampleWorkers(app.ports);
      await sampleWorkers(app.ports);
      app.clock.advance(DAY_MS);

      await reportUsage(app.ports);

      expect((await report('2026-01-15')).workers).toMatchObject({ most: { private: 2, public: 0 } });
      expect((await report('2026-01-14')).workers).toMatchObject({ most: null });
    });

    it('name nobody and nothing but the account', async () => {
      await reportUsage(app.ports);

      const text = JSON.stringify(await report('2026-01-14'));
      for (const name of ['secret-project', stack.id, 'hidden', 'git.example.com', pool.pool.name, pool.pool.id, admin.login]) expect(text).not.toContain(name);
      expect(JSON.parse(text)).toMatchObject({
        format: 'windlass.usage/1', id: 'acme/2026-01-14', account: 'acme', stacks: { byTool: { TERRAFORM_FOSS: expect.any(Number) } },
      });
    });

    it('are sent where the operator wants it, each once, with an id by which a repeated one is known', async () => {
      await reportUsage(sending());
      const [first] = await due();
      await take(sending());
      await sendUsageReport(sending(), first?.body as { period: string; tries: number });

      expect(receiver.bodies().map(({ id }) => id).sort()).toEqual(['acme/2026-01-13', 'acme/2026-01-14']);
      expect(receiver.received[0]).toMatchObject({
        method: 'POST', path: '/usage',
        headers: { 'content-type': 'application/json', 'idempotency-key': receiver.bodies()[0].id, 'user-agent': 'windlass/6.0.0' },
      });
      const sent = { status: 'SENT', tries: 1, sent_at: app.clock.now() };
      expect(await reports()).toMatchObject([sent, sent]);
    });

    it('are tried again later and later while the endpoint is away, and the next day once more', async () => {
      receiver.answer(503);
      app.clock.set(new Date('2026-01-14T12:00:00Z'));
      await reportUsage(sending());
      const waits: number[] = [];
      for (;;) {
        await take(sending());
        const [next] = await due();
        if (next === undefined) break;
        waits.push((next.visibleAt.getTime() - app.clock.now().getTime()) / 1000);
      }

      expect(waits).toEqual([30, 120, 600, 900, 900, 900]);
      expect(await reports()).toMatchObject([{ status: 'FAILED', tries: 7, error: 'the endpoint answered with status 503' }]);
      const told = app.logged.filter(({ message }) => message === 'usage report tried');
      expect(told.at(-1)).toMatchObject({ level: 'warn', fields: { period: '2026-01-13', status: 'FAILED' } });
      receiver.answer(200);
      app.clock.advance(DAY_MS);
      await reportUsage(sending());
      await take(sending());
      expect((await reports()).map(({ period, status }) => [period, status])).toEqual([['2026-01-13', 'SENT'], ['2026-01-14', 'SENT']]);
    });

    it('go to no address of the platform\'s own network', async () => {
      const inside = sending('https://169.254.169.254/usage');
      await reportUsage(inside);
      await take(inside);

      expect(receiver.received).toEqual([]);
      expect(await reports()).toMatchObject([{ status: 'FAILED', error: expect.stringContaining('not a public one') }, { status: 'FAILED' }]);
    });

    it('stay here when sending was turned off meanwhile', async () => {
      await reportUsage(sending());
      await take(app.ports);

      expect((await reports()).map(({ status }) => status)).toEqual(['KEPT', 'KEPT']);
    });

    it('are forgotten after more than a year, with their objects and what they were counted from', async () => {
      await sampleWorkers(app.ports);
      await reportUsage(app.ports);
      app.clock.advance(401 * DAY_MS);

      await forgetUsage(app.ports);
      await dropUnusedObjects(app.ports);

      expect([await reports(), await app.ports.db.sql.selectFrom('worker_counts').selectAll().execute(), await report('2026-01-13')]).toEqual([[], [], null]);
    });
  });
}
