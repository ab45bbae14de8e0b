import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { sql } from 'kysely';
import { patiently } from '../../../lib/adapters/sql/patience.ts';
import { openPostgres } from '../../../lib/adapters/sql/postgres-database.ts';
import { systemClock } from '../../../lib/adapters/system/system-clock.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { needsPostgres } from '../../support/requirements.ts';

const coded = (code: string): Error => Object.assign(new Error(code), { code });

/** A clock on which sleeping takes no time of ours. */
function quickClock() {
  let time = 0;
  return { now: () => new Date(time), sleep: async (ms: number) => void (time += ms), pass: (ms: number) => void (time += ms) };
}

describe('waiting for a database that wakes up', () => {
  it('goes on as long as its caller waits, with longer and longer pauses', async () => {
    const clock = quickClock();
    const limits: number[] = [];
    const answer = await patiently({ ms: () => 20_000, clock }, async (limit) => {
      limits.push(limit);
      if (limits.length < 4) throw coded('57P03');
      return 'awake';
    });

    expect(answer).toBe('awake');
    expect(limits).toEqual([20_000, 19_000, 17_000, 13_000]);
  });

  it('tells that the database is starting, once the time is over', async () => {
    for (const code of ['57P03', 'ECONNREFUSED', 'ETIMEDOUT']) {
      await expect(patiently({ ms: () => 20_000, clock: quickClock() }, () => Promise.reject(coded(code)))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: { retryAfterSeconds: 5 },
      });
    }
    const clock = quickClock();
    const hanging = patiently({ ms: () => 20_000, clock }, async (limit) => {
      clock.pass(limit);
      throw new Error('took too long');
    });
    await expect(hanging).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('does not wait for what no waiting changes', async () => {
    await expect(patiently({ ms: () => 20_000, clock: quickClock() }, () => Promise.reject(coded('28P01')))).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('a connection to a database that is paused', needsPostgres, () => {
  let postgres: TestPostgres;
  /** Takes connections, and lets nothing through until the database is awake, as the service does. */
  let entrance: Server;
  let wake: () => void;

  before(async () => {
    postgres = await startPostgres();
    const awake = new Promise<void>((resolve) => (wake = resolve));
    entrance = createServer((client) => {
      client.on('error', () => {});
      void awake.then(() => {
        const server = connect(Number(new URL(postgres.url).port), '127.0.0.1');
        server.on('error', () => client.destroy());
        client.pipe(server).pipe(client);
      });
    });
    entrance.listen(0, '127.0.0.1');
    await once(entrance, 'listening');
  });
  after(async () => {
    entrance.close();
    await postgres.stop();
  });

  const open = (ms: number) => {
    const { port } = entrance.address() as AddressInfo;
    return openPostgres({ url: postgres.url.replace(/:\d+\//, `:${port}/`), max: 1, patience: { ms: () => ms, clock: systemClock }, onError: () => {} });
  };

  it('gives up when its caller does, and says that the database is starting', async () => {
    const { kysely, close } = open(300);
    await expect(sql`select 1`.execute(kysely)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryAfterSeconds: 5 } });
    await close();
  });

  it('is made as soon as it wakes up', async () => {
    const { kysely, close } = open(20_000);
    const answer = sql<{ one: number }>`select 1 as one`.execute(kysely);
    wake();
    expect((await answer).rows).toEqual([{ one: 1 }]);
    await close();
  });
});
