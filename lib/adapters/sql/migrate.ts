import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';

export interface Migration {
  readonly name: string;
  readonly text: string;
}

/** The numbered files of a folder, in order. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })));
}

/** Statements of a migration file: split at a semicolon that ends a line. */
export function statementsOf(text: string): readonly string[] {
  return text
    .split(/;\s*$/m)
    .map((part) => part.replace(/^\s*--.*$/gm, '').trim())
    .filter((part) => part !== '');
}

/** Applies what is missing, each file in a transaction of its own; returns the names applied. Safe to repeat. */
export async function migrate(db: Kysely<never>, migrations: readonly Migration[], now: Date): Promise<readonly string[]> {
  await sql`create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null)`.execute(db);
  const done = await sql<{ name: string }>`select name from schema_migrations`.execute(db);
  const known = new Set(done.rows.map((row) => row.name));
  const missing = migrations.filter((migration) => !known.has(migration.name));
  for (const migration of missing) {
    await db.transaction().execute(async (tx) => {
      // Two servers starting at once: the second waits here, then finds the row and stops.
      const first = await sql`insert into schema_migrations (name, applied_at) values (${migration.name}, ${now}) on conflict do nothing`.execute(tx);
      if (first.numAffectedRows === 0n) return;
      for (const statement of statementsOf(migration.text)) await sql.raw(statement).execute(tx);
    });
  }
  return missing.map((migration) => migration.name);
}
