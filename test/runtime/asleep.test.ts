import { after, before, beforeEach, describe, it } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { SQSBatchResponse } from 'aws-lambda';
import { expect } from 'expect';
import { ensureAccount } from '../../lib/core/accounts/actions/ensure-account.ts';
import { ensureAdministrator } from '../../lib/core/accounts/actions/ensure-administrator.ts';
import { QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import { TICK_NAMES, TICKS, type TickName } from '../../lib/core/shared/ticks.ts';
import { auditRow } from '../../lib/core/shared/audit-store.ts';
import { tickInput } from '../../lib/core/shared/wire-message.ts';
import { poolChanged } from '../../lib/core/workers/worker-messages.ts';
import { sessionRoutes } from '../../lib/edge/http/session.ts';
import { apiOf } from '../../lib/runtime/api-app.ts';
import { ingestFunction } from '../../lib/runtime/aws-ingest.ts';
import type { AwsApp } from '../../lib/runtime/aws.ts';
import { queueFunction } from '../../lib/runtime/queue-function.ts';
import { adminActor } from '../support/actors.ts';
import { resuming } from '../support/data-api.ts';
import { aStack } from '../support/stack-builders.ts';
import { invoke, proxyEvent, sqsRecord, testFunctions, type APIGatewayProxyResult, type TestFunctions } from '../support/functions.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

describe('an installation that sleeps', { ...needsMoto, ...needsPostgres, timeout: 280_000 }, () => {
  let functions: TestFunctions;
  let cron: AwsApp;
  let http: AwsApp;

  before(async () => {
    functions = await testFunctions();
    cron = functions.compose('drain-cron');
    http = functions.compose('http');
    await ensureAccount(http.ports, { name: 'acme' });
    await ensureAdministrator(http.ports, { username: 'admin', password: 'correct horse battery' });
  });
  after(() => functions?.close());

  /** What the scheduler starts in one minute. */
  async function minute(at: number): Promise<void> {
    functions.advance(MINUTE_MS);
    for (const name of TICK_NAMES) if (TICKS[name].starts === 'cronjobs' && (at * 60) % TICKS[name].everySeconds === 0) await tick(name);
  }

  /** A tick as its rule puts it on the queue, handed to the function. */
  async function tick(name: TickName): Promise<void> {
    const answer = await invoke<SQSBatchResponse>(queueFunction(cron), { Records: [sqsRecord(functions.environment('drain-cron')[QUEUE_VARIABLES.cronjobs] ?? '', { Body: JSON.stringify(tickInput(name)) })] }, cron, functions.clock);
    expect(answer.batchItemFailures).toEqual([]);
  }

  /** Ticks until one does nothing. */
  async function fallAsleep(): Promise<void> {
    for (let passed = 1; passed < 40; passed++) {
      functions.advance(MINUTE_MS);
      functions.statements();
      await tick('tick');
      if (functions.statements() === 0) return;
    }
    throw new Error('it does not fall asleep');
  }

  const marker = async () => (await cron.scheduler.marker.read())?.state;

  describe('with nothing to do', () => {
    it('asks the database nothing for a day of ticks, but for one whole pass', async () => {
      await fallAsleep();
      functions.counted.length = 0;
      const minutesWithSql: number[] = [];

      for (let at = 1; at <= DAY_MINUTES; at++) {
        await minute(at);
        if (functions.statements() > 0) minutesWithSql.push(at);
      }

      expect(minutesWithSql).toHaveLength(1);
      expect(functions.counted.filter(({ name }) => name === 'SchedulerTick')).toHaveLength(DAY_MINUTES);
    });

    it('takes a marker that nobody wrote, or that cannot be read, for work', async () => {
      for (const body of ['not JSON', '{"active":"perhaps"}']) {
        await functions.aws.clients.s3.send(new PutObjectCommand({ Bucket: functions.environment('drain-cron').OBJECT_STORAGE_BUCKET_METADATA, Key: 'scheduler/next.json', Body: body }));
        functions.statements();

        await tick('tick');

        expect(functions.statements()).toBeGreaterThan(0);
        expect(await marker()).toMatchObject({ fullPassAt: functions.clock.now() });
      }
    });
  });

  describe('is woken', () => {
    beforeEach(fallAsleep);

    it('by a hook, which is taken in without the database', async () => {
      const stack = await aStack({ ports: http.ports });
      await fallAsleep();
      const ingest = ingestFunction(functions.environment('webhooks'));
      functions.statements();

      const answer = await invoke<APIGatewayProxyResult>(ingest, proxyEvent('POST', `/webhooks/git/${stack.gitHookToken}`, { body: '{"ref":"refs/heads/main"}' }), { config: { functionName: 'webhooks' } } as never, functions.clock);

      expect(answer.statusCode).toBe(202);
      expect(functions.statements()).toBe(0);
      // The clock of that function is the machine's: it says when.
      expect(await marker()).toMatchObject({ active: true });
      const webhooks = functions.compose('drain-webhooks');
      await functions.pump(webhooks);
      expect(functions.statements()).toBeGreaterThan(0);
      expect(functions.logged).toContainEqual(expect.objectContaining({ message: 'git hook called' }));
    });

    it('by somebody who signs in, while it takes a few seconds to come back', async () => {
      let refusals = 0;
      const stop = functions.dataApi.intercept((call) => (call.database === functions.database && refusals++ < 3 ? resuming() : undefined));
      const slow = setInterval(() => functions.advance(1000), 5);

      const answer = await invoke<APIGatewayProxyResult>(
        apiOf(http, sessionRoutes(http.ports)),
        proxyEvent('POST', '/admin-login', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'admin', password: 'correct horse battery' }) }),
        http, functions.clock,
      );
      clearInterval(slow);
      stop();

      expect(answer.statusCode).toBe(200);
      expect(refusals).toBeGreaterThan(3);
    });

    it('by an entry of the audit trail that is part of a larger statement, while somebody listens to the trail', async () => {
      const now = functions.clock.now();
      await http.ports.db.sql
        .insertInto('webhooks')
        .values({ id: 'audit', kind: 'AUDIT', ulid: http.ports.ids.ulid(), name: 'audit', endpoint: 'https://audit.example.test/', enabled: true, created_at: now, updated_at: now })
        .execute();
      functions.advance(MINUTE_MS);
      await fallAsleep();
      functions.advance(MINUTE_MS);
      const sender = functions.compose('graphql');
      const entry = auditRow(sender.ports, adminActor(), { action: 'session.create', resourceType: 'account', resourceId: 'kim' });
      await sender.ports.db.sql.insertInto('audit').values(entry).execute();

      functions.advance(MINUTE_MS);
      await tick('tick');

      const told = await http.ports.db.sql.selectFrom('webhook_deliveries').select('source').execute();
      expect(told).toEqual([{ source: `audit/${entry.id}` }]);
      await http.ports.db.sql.deleteFrom('webhooks').execute();
      await http.ports.db.sql.deleteFrom('messages').execute();
    });

    it('in time for a message whose sender was ended between its commit and its sending', async () => {
      const sender = functions.compose('graphql');
      await sender.ports.queue.enqueue(sender.ports.db.sql, poolChanged, { poolId: 'P' });
      const committed = functions.clock.now();

      let delivered = 0;
      const fifo = functions.compose('drain-fifo');
      while (delivered === 0 && functions.clock.now().getTime() - committed.getTime() < 10 * MINUTE_MS) {
        functions.advance(MINUTE_MS);
        await tick('tick');
        delivered = await functions.pump(fifo);
      }

      expect(delivered).toBe(1);
      expect(functions.clock.now().getTime() - committed.getTime()).toBeLessThanOrEqual(2 * MINUTE_MS);
    });

    it('by a message that takes thirty seconds of resuming, and is handled within forty-five', async () => {
      const sender = functions.compose('graphql');
      await sender.ports.queue.enqueue(sender.ports.db.sql, poolChanged, { poolId: 'P' });
      sender.ports.queue.flush();
      await sender.finish();
      const began = functions.clock.now().getTime();
      const stop = functions.dataApi.intercept((call) => (call.database === functions.database && functions.clock.now().getTime() - began < 30_000 ? resuming() : undefined));
      const slow = setInterval(() => functions.advance(500), 5);

      const fifo = functions.compose('drain-fifo');
      let handled = 0;
      while (handled === 0 && functions.clock.now().getTime() - began < 5 * MINUTE_MS) handled = await functions.pump(fifo);
      clearInterval(slow);
      stop();

      expect(handled).toBe(1);
      expect(functions.clock.now().getTime() - began).toBeGreaterThan(30_000);
      expect(functions.clock.now().getTime() - began).toBeLessThanOrEqual(45_000);
    });
  });
});
