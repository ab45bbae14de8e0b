import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import type { OpenDatabase } from '../../../lib/adapters/embedded/pglite-database.ts';
import { listRetiredKeys, noteSigningKey } from '../../../lib/adapters/sql/signing-keys-store.ts';
import { ENGINES, openTestDatabase } from '../../support/database.ts';

for (const engine of ENGINES) {
  describe(`signing keys that were used (${engine})`, () => {
    let database: OpenDatabase;
    before(async () => {
      database = await openTestDatabase(engine);
    });
    after(() => database.close());
    const day = (n: number) => new Date(Date.UTC(2026, 0, n));
    const note = (id: string, at: Date) => noteSigningKey(database.kysely, { id, publicKey: `PEM of ${id}` }, at);
    const retired = async (since: Date) => (await listRetiredKeys(database.kysely, since)).map(({ id, retiredAt }) => [id, retiredAt]);

    it('are retired when another is noted, once, and taken back into use', async () => {
      await note('a', day(1));
      await note('a', day(2));
      expect(await retired(day(0))).toEqual([]);
      await note('b', day(3));
      await note('b', day(4));
      expect(await retired(day(0))).toEqual([['a', day(3)]]);
      await note('c', day(5));
      expect(await retired(day(0))).toEqual([['b', day(5)], ['a', day(3)]]);
      expect(await retired(day(3))).toEqual([['b', day(5)]]);
      await note('a', day(6));
      expect(await retired(day(0))).toEqual([['c', day(6)], ['b', day(5)]]);
    });
  });
}
