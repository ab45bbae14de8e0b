import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { sql, type Kysely } from 'kysely';
import type { DataApiClient, ExecuteInput } from '../../../lib/adapters/aws/data-api-client.ts';
import { openDataApi } from '../../../lib/adapters/aws/data-api-database.ts';
import { kyselyDatabase } from '../../../lib/adapters/sql/kysely-database.ts';
import type { Clock } from '../../../lib/core/ports/clock.ts';
import type { Database } from '../../../lib/core/ports/database.ts';
import { json } from '../../../lib/core/ports/json.ts';
import { openTestDatabase, testDataApi, testPostgres } from '../../support/database.ts';
import { resuming, startDataApi, type DataApiCall, type DataApiServer } from '../../support/data-api.ts';
import { fetchDataApi } from '../../support/data-api-client.ts';
import { ServiceException } from '../../support/data-api-types.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { postgresBinaries } from '../../support/postgres.ts';

interface Things {
  readonly things: {
    id: string; n: number | null; big: number | null; ratio: number | null; flag: boolean | null; at: Date | null; doc: unknown; bytes: Uint8Array | null;
  };
}

/** Every sleep takes its time, at once. */
function impatientClock(): Clock {
  const clock = fakeClock();
  return { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) };
}

const skip = postgresBinaries() === undefined && 'PostgreSQL is not installed: the Data API has nothing to stand on';

describe('the Data API', { skip }, () => {
  let server: DataApiServer;
  let url: string;
  let name: string;
  let db: Kysely<Things>;
  let clock: Clock;
  let sent: ExecuteInput[];
  let patienceMs: number;

  before(async () => {
    server = await testDataApi();
    name = 'data_api_dialect';
    url = await (await testPostgres()).database(name);
    clock = impatientClock();
    sent = [];
    patienceMs = 20_000;
    db = open(server);
    await sql`create table things (id text primary key, n integer, big bigint, ratio double precision, flag boolean, at timestamptz, doc jsonb, bytes bytea)`.execute(db);
  });
  after(async () => {
    await db.destroy();
    await server.forget(name);
  });

  /** A handle that notes what is sent. */
  function open(on: DataApiServer, change: (client: DataApiClient) => Partial<DataApiClient> = () => ({})): Kysely<Things> {
    const client = fetchDataApi(on.url);
    const noting: DataApiClient = { ...client, executeStatement: (input) => (sent.push(input), client.executeStatement(input)) };
    return openDataApi({ client: { ...noting, ...change(noting) }, target: on.target(name), clock, patienceMs: () => patienceMs }).kysely as unknown as Kysely<Things>;
  }

  /** The calls that reach the service during some work. */
  async function callsOf(work: () => Promise<unknown>): Promise<readonly DataApiCall[]> {
    const calls: DataApiCall[] = [];
    const stop = server.intercept((call) => void calls.push(call));
    await work().finally(stop);
    return calls;
  }

  /** Refuses the next calls in that way. */
  function refuseNext(...refusals: readonly ServiceException[]): () => void {
    const left = [...refusals];
    return server.intercept(() => left.shift());
  }

  const aThing = (id: string): Things['things'] => ({ id, n: null, big: null, ratio: null, flag: null, at: null, doc: null, bytes: null });
  const exists = async (id: string, handle = db) => (await handle.selectFrom('things').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;

  describe('values', () => {
    it('come back as they were written', async () => {
      const thing = { id: 'all', n: -7, big: 2 ** 53 - 1, ratio: 0.1, flag: false, at: new Date('2026-03-01T12:00:00.123Z'), doc: { list: [1, 'two', null], text: "it's: $1 :p2 ::x" }, bytes: Buffer.from([0, 255, 10]) };

      await db.insertInto('things').values({ ...thing, doc: json(thing.doc) }).execute();

      expect(await db.selectFrom('things').selectAll().where('id', '=', 'all').executeTakeFirst()).toEqual(thing);
    });

    it('may be absent in every column', async () => {
      await db.insertInto('things').values(aThing('empty')).execute();

      expect(await db.selectFrom('things').selectAll().where('id', '=', 'empty').executeTakeFirst()).toEqual(aThing('empty'));
    });

    it('are the same on the other drivers', async () => {
      const query = sql<Record<string, unknown>>`
        select cast(1 as bigint) as eight, cast(1.50 as numeric) as exact, count(*) as counted, sum(n) as summed, cast('[1]' as jsonb) as list, cast('null' as jsonb) as nothing,
               cast('2026-01-02 03:04:05.678901+02' as timestamptz) as at, true as yes, cast(null as text) as absent, 'x' as text, cast(0.5 as real) as half
        from (select 1 as n union all select 2) as numbers`;
      const others = await Promise.all((['pglite', 'pg'] as const).map((engine) => openTestDatabase(engine)));

      const rows = await Promise.all([db, ...others.map((other) => other.kysely)].map(async (handle) => (await query.execute(handle as Kysely<unknown>)).rows));
      await Promise.all(others.map((other) => other.close()));

      expect(rows[0]).toEqual([{
        eight: 1, exact: '1.50', counted: 2, summed: 3, list: [1], nothing: null, at: new Date('2026-01-02T01:04:05.678Z'), yes: true, absent: null, text: 'x', half: 0.5,
      }]);
      expect(rows[1]).toEqual(rows[0]);
      expect(rows[2]).toEqual(rows[0]);
    });

    it('tell the service what they are', async () => {
      sent.length = 0;
      await db.updateTable('things').set({ at: new Date('2026-03-01T12:00:00Z'), doc: json([1]), n: 3, ratio: 1.5, flag: true }).where('id', 'in', ['a', 'b']).execute();

      expect(sent.map((input) => input.parameters)).toEqual([[
        { name: 'p1', value: { stringValue: '2026-03-01 12:00:00.000' }, typeHint: 'TIMESTAMP' },
        { name: 'p2', value: { stringValue: '[1]' } },
        { name: 'p3', value: { longValue: 3 } },
        { name: 'p4', value: { doubleValue: 1.5 } },
        { name: 'p5', value: { booleanValue: true } },
        { name: 'p6', value: { stringValue: 'a' } },
        { name: 'p7', value: { stringValue: 'b' } },
      ]]);
    });

    it('are refused before they are sent where they would arrive as something else', async () => {
      const bind = (value: unknown) => sql`select ${value} as v`.execute(db);
      sent.length = 0;

      await expect(bind(['a'])).rejects.toThrow('json()');
      await expect(bind(2 ** 53)).rejects.toThrow('cast');
      await expect(bind(2n ** 60n)).rejects.toThrow('cast');
      await expect(bind(Number.NaN)).rejects.toThrow(RangeError);
      await expect(bind(new Date(Number.NaN))).rejects.toThrow(RangeError);
      await expect(bind(Symbol('s'))).rejects.toThrow('symbol');
      expect(sent).toEqual([]);
    });

    it('count the rows that a statement changed, whether it returns them or not', async () => {
      await db.insertInto('things').values([aThing('count-1'), aThing('count-2')]).execute();

      const both = await db.updateTable('things').set({ n: 1 }).where('id', 'like', 'count-%').executeTakeFirstOrThrow();
      const returned = await db.deleteFrom('things').where('id', '=', 'count-1').returning('id').execute();
      const none = await sql`insert into things (id) values ('count-2') on conflict do nothing`.execute(db);
      const read = await sql`select 1 as one`.execute(db);

      expect(both.numUpdatedRows).toBe(2n);
      expect(returned).toEqual([{ id: 'count-1' }]);
      expect(none.numAffectedRows).toBe(0n);
      expect(read.numAffectedRows).toBeUndefined();
    });
  });

  describe('errors', () => {
    it('carry the SQLSTATE, and keep values of rows out of the message', async () => {
      await db.insertInto('things').values(aThing('twice')).execute();

      const error = await db.insertInto('things').values(aThing('twice')).execute().catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({ code: '23505', message: 'duplicate key value violates unique constraint "things_pkey"', detail: 'Key (id)=(twice) already exists.' });
    });

    it('of the typing are those of the service: a text is no document and no time', async () => {
      await expect(sql`insert into things (id, doc) values ('typed', ${'{}'})`.execute(db)).rejects.toMatchObject({ code: '42804' });
      await expect(sql`insert into things (id, at) values ('typed', ${'2026-01-01'})`.execute(db)).rejects.toMatchObject({ code: '42804' });
    });
  });

  describe('limits', () => {
    const asking = (rows: number, bytes: number) => sql`select repeat('x', cast(${bytes} as integer)) as text from generate_series(1, cast(${rows} as integer))`.execute(db);

    it('are named with what to do: a row over 64 KiB', async () => {
      await expect(asking(1, 64 * 1024)).resolves.toBeDefined();
      await expect(asking(1, 64 * 1024 + 1)).rejects.toMatchObject({ code: '54000', message: expect.stringContaining('object store') });
    });

    it('are named with what to do: an answer over 1 MiB', async () => {
      await expect(asking(16, 64_000)).resolves.toBeDefined();
      await expect(asking(17, 64_000)).rejects.toMatchObject({ code: '54000', message: expect.stringContaining('fewer rows') });
    });

    it('do not concern a list, which is read in pages, all as of one moment', async () => {
      const text = 'x'.repeat(2000);
      await sql`insert into things (id, n, doc) select 'list-' || lpad(cast(n as text), 4, '0'), n, cast(${JSON.stringify(text)} as jsonb) from generate_series(1, 1000) as n`.execute(db);
      const list = db.selectFrom('things').select(['id', 'n', 'doc']).where('id', 'like', 'list-%').where('n', '>', 0).orderBy('id', 'desc');

      let rows: readonly Pick<Things['things'], 'id' | 'n' | 'doc'>[] = [];
      const calls = await callsOf(async () => void (rows = await list.execute()));

      expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 1000 }, (_, index) => 1000 - index));
      expect(rows[0]).toEqual({ id: 'list-1000', n: 1000, doc: text });
      expect(calls.map(({ operation, sql: text = '' }) => text.slice(0, 7) || operation)).toEqual(['select ', 'BeginTransaction', 'declare', ...Array.from({ length: 6 }, () => 'fetch 2'), 'RollbackTransaction']);
    });

    it('leave time for smaller pages where rows are long', async () => {
      await sql`insert into things (id, doc) select 'long-' || n, to_jsonb(repeat('"', 30000)) from generate_series(1, 40) as n`.execute(db);

      expect(await db.selectFrom('things').select('doc').where('id', 'like', 'long-%').execute()).toHaveLength(40);
    });

    it('stand for what changes or locks, and within a transaction', async () => {
      const all = (handle: Kysely<Things>) => handle.selectFrom('things').selectAll().where('id', 'like', 'list-%');

      await expect(db.transaction().execute((tx) => all(tx).execute())).rejects.toMatchObject({ limit: 'answer' });
      await expect(all(db).forUpdate().execute()).rejects.toMatchObject({ limit: 'answer' });
      await expect(db.updateTable('things').set({ n: 0 }).where('id', 'like', 'list-%').returningAll().execute()).rejects.toMatchObject({ limit: 'answer' });
    });

    it('are named with what to do: a request over 4 MiB, which is not sent', async () => {
      const calls = await callsOf(async () => {
        await expect(sql`select length(${'x'.repeat(4 * 1024 * 1024)}) as n`.execute(db)).rejects.toMatchObject({ code: '54000', message: expect.stringContaining('4 MiB') });
        await expect(sql`select length(${'"'.repeat(2.1 * 1024 * 1024)}) as n`.execute(db)).rejects.toMatchObject({ code: '54000' });
      });

      expect(calls).toEqual([]);
      await expect(sql`select length(${'x'.repeat(4_100_000)}) as n`.execute(db)).resolves.toMatchObject({ rows: [{ n: 4_100_000 }] });
    });
  });

  describe('transactions', () => {
    it('commit what they did, and undo it when the work fails', async () => {
      await db.transaction().execute((tx) => tx.insertInto('things').values(aThing('kept')).execute());
      const failing = db.transaction().execute(async (tx) => {
        await tx.insertInto('things').values(aThing('undone')).execute();
        throw new Error('no');
      });

      await expect(failing).rejects.toThrow('no');
      expect([await exists('kept'), await exists('undone')]).toEqual([true, false]);
    });

    it('do not see each other', async () => {
      await db.transaction().execute(async (tx) => {
        await tx.insertInto('things').values(aThing('mine')).execute();

        expect([await exists('mine', tx), await exists('mine')]).toEqual([true, false]);
      });
    });

    it('take statements given at once one after the other, for the service refuses two', async () => {
      await db.transaction().execute(async (tx) => {
        const rows = await Promise.all([1, 2, 3, 4].map((n) => sql<{ n: number }>`select cast(${n} as integer) as n, pg_sleep(0.01)`.execute(tx)));

        expect(rows.map((result) => result.rows[0]?.n)).toEqual([1, 2, 3, 4]);
      });
    });

    it('are not committed after a statement failed, whoever caught the error', async () => {
      const swallowing = db.transaction().execute(async (tx) => {
        await tx.insertInto('things').values(aThing('swallowed')).execute();
        await sql`select 1 / 0 as n`.execute(tx).catch(() => undefined);
      });

      await expect(swallowing).rejects.toMatchObject({ name: 'AbortedTransactionError', cause: { message: expect.stringContaining('division by zero') } });
      expect(await exists('swallowed')).toBe(false);
    });

    it('go on from a savepoint', async () => {
      const tx = await db.startTransaction().execute();
      await tx.insertInto('things').values(aThing('before')).execute();
      const within = await tx.savepoint('first try').execute();
      await expect(within.insertInto('things').values(aThing('before')).execute()).rejects.toMatchObject({ code: '23505' });
      await within.rollbackToSavepoint('first try').execute();
      const again = await within.savepoint('second').execute();
      await again.insertInto('things').values(aThing('after')).execute();
      await again.releaseSavepoint('second').execute();
      await tx.commit().execute();

      expect([await exists('before'), await exists('after')]).toEqual([true, true]);
    });

    it('take an isolation level', async () => {
      const level = await db.transaction().setIsolationLevel('serializable').setAccessMode('read only').execute((tx) => sql<{ transaction_isolation: string }>`show transaction_isolation`.execute(tx));

      expect(level.rows).toEqual([{ transaction_isolation: 'serializable' }]);
    });

    it('end when they were idle for too long, and say so', async () => {
      const impatient = await startDataApi(url, { idleTransactionMs: 20 });
      const handle = open(impatient);
      const idle = handle.transaction().execute(async (tx) => {
        await tx.insertInto('things').values(aThing('idle')).execute();
        await sql`select pg_sleep(0.1)`.execute(db);
        await tx.insertInto('things').values(aThing('late')).execute();
      });

      await expect(idle).rejects.toMatchObject({ code: '25P03' });
      await impatient.close();
      expect(await exists('idle')).toBe(false);
    });

    it('run effects only after the commit', async () => {
      const seen: boolean[] = [];
      const database: Database = kyselyDatabase(db as never, { log: () => {} });

      await database.transaction(async (tx) => {
        tx.afterCommit(async () => void seen.push(await exists('effect')));
        await (tx.sql as unknown as Kysely<Things>).insertInto('things').values(aThing('effect')).execute();
      });

      expect(seen).toEqual([true]);
    });
  });

  describe('a paused database', () => {
    it('is waited for, longer each time', async () => {
      const started = clock.now().getTime();
      const stop = refuseNext(resuming(), resuming(), resuming());

      expect(await exists('nobody')).toBe(false);
      stop();

      expect(clock.now().getTime() - started).toBe(7000);
    });

    it('is waited for at the begin of a transaction', async () => {
      const stop = refuseNext(resuming());

      await db.transaction().execute((tx) => tx.insertInto('things').values(aThing('woken')).execute());
      stop();

      expect(await exists('woken')).toBe(true);
    });

    it('makes the call UNAVAILABLE after 20 seconds', async () => {
      const started = clock.now().getTime();
      const stop = server.intercept(resuming);

      const calls = await callsOf(() => expect(exists('nobody')).rejects.toMatchObject({ name: 'AppError', code: 'UNAVAILABLE', details: { retryAfterSeconds: 5 } }));
      stop();

      expect(calls).toHaveLength(0);
      expect(clock.now().getTime() - started).toBe(15_000);
    });

    it('is not waited for by those who have no time', async () => {
      const started = clock.now().getTime();
      const stop = server.intercept(resuming);
      patienceMs = 0;

      await expect(exists('nobody')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      patienceMs = 20_000;
      stop();

      expect(clock.now().getTime()).toBe(started);
    });
  });

  describe('a call without an answer', () => {
    const timeout = () => new ServiceException('StatementTimeoutException', 'Request timed out');
    const canceled = () => new ServiceException('DatabaseErrorException', 'ERROR: canceling statement due to statement timeout; SQLState: 57014');
    const increment = (id: string, handle = db) => handle.updateTable('things').set({ n: sql`coalesce(n, 0) + 1` }).where('id', '=', id).execute();

    before(() => db.insertInto('things').values(aThing('counter')).execute());

    it('is repeated once when it only reads', async () => {
      let stop = refuseNext(timeout());
      expect(await exists('counter')).toBe(true);
      stop();

      stop = refuseNext(timeout(), timeout());
      await expect(exists('counter')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      stop();
    });

    it('is never repeated when it may have changed something, also by a part before its select', async () => {
      const writing = () => db.with('changed', (q) => q.updateTable('things').set({ n: 5 }).where('id', '=', 'counter').returning('id')).selectFrom('changed').selectAll().execute();

      for (const work of [() => increment('counter'), writing, () => sql`select 1`.execute(db)]) {
        const stop = refuseNext(timeout());
        await expect(work()).rejects.toMatchObject({ name: 'AppError', code: 'UNAVAILABLE' });
        stop();
      }
    });

    it('is repeated when the database says that it undid the statement', async () => {
      await db.updateTable('things').set({ n: 0 }).where('id', '=', 'counter').execute();
      const stop = refuseNext(canceled());

      await increment('counter');
      stop();

      expect(await db.selectFrom('things').select('n').where('id', '=', 'counter').executeTakeFirst()).toEqual({ n: 1 });
    });

    it('is never repeated within a transaction, which is lost with it', async () => {
      const work = db.transaction().execute(async (tx) => {
        const stop = refuseNext(canceled());
        await increment('counter', tx).finally(stop);
      });

      await expect(work).rejects.toMatchObject({ code: '57014' });
    });

    it('leaves open whether a commit took place', async () => {
      const stop = server.intercept((call) => (call.operation === 'CommitTransaction' ? new ServiceException('InternalServerErrorException', 'no answer') : undefined));

      const work = db.transaction().execute((tx) => tx.insertInto('things').values(aThing('perhaps')).execute());

      await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('may or may not') });
      stop();
    });

    it('is no defect when the service cannot be reached', async () => {
      const handle = open(server, () => ({ executeStatement: () => Promise.reject(new TypeError('fetch failed')) }));

      await expect(exists('counter', handle)).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { message: 'fetch failed' } });
    });

    it('lets a change of tables run on after the time is over', async () => {
      sent.length = 0;
      await sql`create index things_n on things (n)`.execute(db);
      await sql`select 1 as one`.execute(db);

      expect(sent.map((input) => input.continueAfterTimeout)).toEqual([true, undefined]);
    });
  });
});
