import { after, before as beforeAll, beforeEach, describe, it } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { expect } from 'expect';
import { Kysely, PGliteDialect, sql } from 'kysely';
import { watchedDialect, type BeforeStatement } from '../../../lib/adapters/sql/watched-dialect.ts';

interface Tables {
  readonly things: { readonly n: number };
}

describe('a database whose statements are watched', () => {
  let pglite: PGlite;
  let before: BeforeStatement;
  let db: Kysely<Tables>;
  let seen: string[];

  beforeAll(async () => {
    pglite = await PGlite.create();
    await pglite.exec('create table things (n integer)');
    const watch = (text: string) => {
      seen.push(text);
      return before(text);
    };
    db = new Kysely<Tables>({ dialect: watchedDialect(new PGliteDialect({ pglite }), watch) });
  });
  beforeEach(async () => {
    await pglite.exec('delete from things');
    seen = [];
    before = () => undefined;
  });
  after(() => db.destroy());

  const insert = (n: number, on: Kysely<Tables> = db) => on.insertInto('things').values({ n }).execute();
  const stored = async () => (await pglite.query<{ n: number }>('select n from things order by n')).rows.map(({ n }) => n);

  it('executes a statement when what comes before it is done, and not at all when that fails', async () => {
    const gate = Promise.withResolvers<void>();
    before = () => gate.promise;
    const inserting = insert(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await stored()).toEqual([]);
    gate.resolve();
    await inserting;
    expect(await stored()).toEqual([1]);

    before = () => Promise.reject(new Error('not now'));
    await expect(insert(2)).rejects.toThrow('not now');
    expect(await stored()).toEqual([1]);
  });

  it('lets the statements of a transaction go on meanwhile, and commits when it is done', async () => {
    const gate = Promise.withResolvers<void>();
    const told: string[] = [];
    before = () => gate.promise.then(() => void told.push('before'));
    const transaction = db.transaction().execute(async (tx) => {
      await insert(1, tx);
      await insert(2, tx);
      told.push('written');
      gate.resolve();
    });

    await transaction;

    expect(told).toEqual(['written', 'before', 'before']);
    expect(await stored()).toEqual([1, 2]);
  });

  it('undoes a transaction before whose commit something failed, and takes the next one as it comes', async () => {
    before = () => Promise.reject(new Error('not now'));
    await expect(db.transaction().execute((tx) => insert(1, tx))).rejects.toThrow('not now');
    expect(await stored()).toEqual([]);

    before = () => undefined;
    await db.transaction().execute((tx) => insert(2, tx));
    expect(await stored()).toEqual([2]);
  });

  it('passes savepoints on', async () => {
    const trx = await db.startTransaction().execute();
    await insert(1, trx);
    const saved = await trx.savepoint('here').execute();
    await insert(2, saved);
    await saved.rollbackToSavepoint('here').execute();
    await insert(3, trx);
    await (await trx.savepoint('there').execute()).releaseSavepoint('there').execute();
    await trx.commit().execute();

    expect(await stored()).toEqual([1, 3]);
  });

  it('sees every statement', async () => {
    await sql`select 1`.execute(db);
    await insert(1);
    expect(seen).toEqual(['select 1', 'insert into "things" ("n") values ($1)']);
  });
});
