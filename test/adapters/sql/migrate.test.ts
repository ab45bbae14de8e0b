import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { sql, type Kysely } from 'kysely';
import { migrate, type Migration } from '../../../lib/adapters/sql/migrate.ts';
import { ENGINES, openTestDatabase } from '../../support/database.ts';
import { needsPostgres } from '../../support/requirements.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const first: Migration = { name: '9001_first.sql', text: 'create table first (id text primary key); insert into first values (\'a;b\');' };
const second: Migration = { name: '9002_second.sql', text: 'create table second (id text primary key);' };
const broken: Migration = { name: '9002_second.sql', text: 'create table second (id text primary key); select no_such_function();' };
const alone: Migration = { name: '9003_index.sql', text: '-- no transaction: it would hold up writers\ncreate index concurrently if not exists first_id on first (id);' };

for (const engine of [...ENGINES, ...(needsPostgres.skip === undefined && !ENGINES.includes('data-api') ? (['data-api'] as const) : [])]) {
  describe(`migrations on ${engine}`, () => {
    let database: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Kysely<never>;
    before(async () => {
      database = await openTestDatabase(engine);
      db = database.kysely as unknown as Kysely<never>;
    });
    after(() => database.close());

    const applied = async () => (await sql<{ name: string; checksum: string | null }>`select name, checksum from schema_migrations where name like '9%' order by name`.execute(db)).rows;

    it('goes on where it was cut short, and leaves nothing of the file that failed', async () => {
      await expect(migrate(db, [first, broken, alone], NOW)).rejects.toThrow(/no_such_function/);
      expect((await applied()).map(({ name }) => name)).toEqual([first.name]);

      expect(await migrate(db, [first, second, alone], NOW)).toEqual([second.name, alone.name]);
      expect(await migrate(db, [first, second, alone], NOW)).toEqual([]);
    });

    it('refuses a file that was changed after it was applied', async () => {
      await expect(migrate(db, [{ ...first, text: `${first.text} select 1;` }], NOW)).rejects.toThrow('the migration 9001_first.sql was changed after it was applied');
    });

    it('gives rows of earlier versions their checksum', async () => {
      await sql`update schema_migrations set checksum = null where name = ${first.name}`.execute(db);

      await migrate(db, [first, second, alone], NOW);

      expect((await applied())[0]?.checksum).toMatch(/^[0-9a-f]{64}$/);
    });

    it('lets one of two at once do the work, and the other wait for it', async () => {
      const more = [1, 2, 3].map((number) => ({ name: `9100_${number}.sql`, text: `create table more_${number} (id text);` }));

      const done = await Promise.all([migrate(db, more, NOW), migrate(db, more, NOW)]);

      expect(done.map((names) => names.length).sort()).toEqual([0, 3]);
    });

    it('does not wait for ever for another, and takes over from one that ended half-way', async () => {
      const late: Migration = { name: '9200_late.sql', text: 'create table late (id text);' };
      await sql`insert into schema_lease (id, holder, until) values ('migrations', 'gone', ${new Date(Date.now() + 60_000)})`.execute(db);
      await expect(migrate(db, [late], NOW, { patienceMs: 10 })).rejects.toThrow(/under way/);

      await sql`update schema_lease set until = ${new Date(Date.now() - 1)}`.execute(db);
      expect(await migrate(db, [late], NOW)).toEqual([late.name]);
    });
  });
}
