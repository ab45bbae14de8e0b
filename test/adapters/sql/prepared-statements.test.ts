import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { sql, type Kysely } from 'kysely';
import { openPostgres } from '../../../lib/adapters/sql/postgres-database.ts';
import { ENGINES, testPostgres } from '../../support/database.ts';

interface Things {
  readonly things: { id: string; note: string | null };
}

describe('statements prepared on PostgreSQL', { skip: !ENGINES.includes('pg') }, () => {
  let db: Kysely<Things>;
  let close: () => Promise<void>;
  before(async () => {
    const opened = openPostgres({ url: await (await testPostgres()).database('prepared'), max: 1, onError: () => {} });
    db = opened.kysely as unknown as Kysely<Things>;
    close = opened.close;
    await sql`create table things (id text primary key, note text)`.execute(db);
  });
  after(() => close());

  const find = (id: string, on: Kysely<Things> = db) => on.selectFrom('things').selectAll().where('id', '=', id).executeTakeFirst();
  const preparedNames = async () => (await sql<{ name: string }>`select name from pg_prepared_statements order by name`.execute(db)).rows.map(({ name }) => name);

  it('are planned once for each text', async () => {
    await db.insertInto('things').values({ id: 'a', note: 'one' }).execute();
    for (let times = 0; times < 3; times++) expect(await find('a')).toEqual({ id: 'a', note: 'one' });

    expect(await preparedNames()).toEqual(['windlass_0_0', 'windlass_1_0']);
  });

  it('survive a change of their table, but for a transaction that was under way', async () => {
    await sql`alter table things add column more text`.execute(db);
    expect(await find('a')).toEqual({ id: 'a', note: 'one', more: null });

    await find('a');
    await sql`alter table things drop column more`.execute(db);
    await expect(db.transaction().execute((tx) => find('a', tx))).rejects.toMatchObject({ code: '0A000' });
    expect(await db.transaction().execute((tx) => find('a', tx))).toEqual({ id: 'a', note: 'one' });
  });

  it('are done without when the connection does not keep them', async () => {
    await find('a');
    await sql`deallocate all`.execute(db);

    expect(await find('a')).toEqual({ id: 'a', note: 'one' });
    expect(await find('a')).toEqual({ id: 'a', note: 'one' });
    expect(await preparedNames()).toEqual([]);
  });

  it('tell errors of their own as they are', async () => {
    await expect(db.insertInto('things').values({ id: 'a' }).execute()).rejects.toMatchObject({ code: '23505' });
  });
});
