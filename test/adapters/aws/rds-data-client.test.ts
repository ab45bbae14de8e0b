import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RDSData } from '@aws-sdk/client-rds-data';
import { expect } from 'expect';
import { CLIENT_SETTINGS } from '../../../lib/adapters/aws/clients/settings.ts';
import type { DataApiClient } from '../../../lib/adapters/aws/data-api-client.ts';
import { openDataApi } from '../../../lib/adapters/aws/data-api-database.ts';
import { kyselyDatabase } from '../../../lib/adapters/sql/kysely-database.ts';
import { json } from '../../../lib/core/ports/json.ts';
import { migrate, readMigrations } from '../../../lib/adapters/sql/migrate.ts';
import { awsProxy, errorAnswer, type AwsProxy, type Intercept } from '../../support/aws-proxy.ts';
import { refusing } from '../../support/aws.ts';
import { testDataApi, testPostgres } from '../../support/database.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { needsPostgres } from '../../support/requirements.ts';

describe("the Data API by the SDK's own client", { ...needsPostgres, timeout: 60_000 }, () => {
  let proxy: AwsProxy;
  let client: RDSData;
  let fault: Intercept | undefined;
  const clock = fakeClock();
  const waited: number[] = [];
  /** A clock that is moved by whoever waits. */
  const hasty = {
    ...clock,
    sleep: async (ms: number) => {
      waited.push(ms);
      clock.advance(ms);
    },
  };
  let patienceMs = 20_000;
  let database: ReturnType<typeof openDataApi>;

  before(async () => {
    const server = await testDataApi();
    proxy = await awsProxy({ upstream: server.url, intercept: (call, next) => (fault === undefined ? next(call) : fault(call, next)) });
    client = new RDSData({
      ...CLIENT_SETTINGS,
      maxAttempts: 1,
      endpoint: proxy.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    await (await testPostgres()).database(name);
    database = openDataApi({ client: client as unknown as DataApiClient, target: server.target(name), clock: hasty, patienceMs: () => patienceMs });
    await migrate(database.kysely as never, await readMigrations(fileURLToPath(new URL('../../../migrations', import.meta.url))), clock.now());
  });
  after(async () => {
    await database.close();
    client.destroy();
    await proxy.close();
  });

  const paused = (times: number) =>
    refusing(
      () => true,
      (call) =>
        errorAnswer(
          call,
          400,
          'DatabaseResumingException',
          'The Aurora DB instance is resuming after being auto-paused. Please wait a few seconds and try again.',
        ),
      times,
    );
  const logged: string[] = [];
  const db = () => kyselyDatabase(database.kysely, { log: (_level, message) => void logged.push(message) });

  it('carries texts, documents, times and bytes there and back', async () => {
    const at = new Date('2026-01-15T12:34:56.789Z');
    const row = {
      id: 'id-1',
      queue: 'async',
      type: 'ä "quoted"',
      body: json({ list: [1, 'zwei', null], text: 'ö' }),
      created_at: at,
      visible_at: at,
    };
    await db().sql.insertInto('messages').values(row).execute();
    expect(await db().sql.selectFrom('messages').select(['type', 'body', 'created_at', 'sent_at', 'receive_count']).executeTakeFirst()).toEqual({
      type: 'ä "quoted"',
      body: { list: [1, 'zwei', null], text: 'ö' },
      created_at: at,
      sent_at: null,
      receive_count: 0,
    });
  });

  it('undoes a transaction that fails', async () => {
    const at = clock.now();
    await expect(
      db().transaction(async (tx) => {
        await tx.sql
          .insertInto('messages')
          .values({ id: 'id-2', queue: 'async', type: 't', body: json({}), created_at: at, visible_at: at })
          .execute();
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await db().sql.selectFrom('messages').select('id').where('id', '=', 'id-2').executeTakeFirst()).toBeUndefined();
  });

  it('knows a unique violation by its code', async () => {
    const at = clock.now();
    const twice = () =>
      db()
        .sql.insertInto('messages')
        .values({ id: 'id-3', queue: 'async', type: 't', body: json({}), created_at: at, visible_at: at })
        .execute();
    await twice();
    await expect(twice()).rejects.toMatchObject({ code: '23505' });
  });

  it('waits 1, 2, 4 and 8 seconds for a paused database, then does what was asked', async () => {
    const fourTimes = paused(4);
    fault = fourTimes;
    waited.length = 0;
    await db().sql.selectFrom('messages').select('id').limit(1).execute();
    expect(waited).toEqual([1000, 2000, 4000, 8000]);
    expect(fourTimes.refused()).toBe(4);
    fault = undefined;
  });

  it('says UNAVAILABLE, and when to come again, past its patience; with none it asks once', async () => {
    for (const [patience, calls] of [
      [20_000, 5],
      [0, 1],
    ] as const) {
      const forever = paused(Infinity);
      fault = forever;
      patienceMs = patience;
      await expect(db().sql.selectFrom('messages').select('id').limit(1).execute()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: { retryAfterSeconds: 5 },
      });
      expect(forever.refused()).toBe(calls);
    }
    fault = undefined;
    patienceMs = 20_000;
  });

  it('repeats a read that may have been lost, and never a write', async () => {
    const at = clock.now();
    for (const [calls, work] of [
      [2, () => db().sql.selectFrom('messages').select('id').limit(1).execute()],
      [
        1,
        () =>
          db()
            .sql.insertInto('messages')
            .values({ id: 'id-4', queue: 'async', type: 't', body: json({}), created_at: at, visible_at: at })
            .execute(),
      ],
    ] as const) {
      const lost = refusing(
        () => true,
        (call) => errorAnswer(call, 500, 'InternalServerErrorException', 'lost'),
      );
      fault = lost;
      await expect(work()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(lost.refused()).toBe(calls);
    }
    fault = undefined;
  });
});
