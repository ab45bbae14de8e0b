import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import { splitStatements } from './split-statements.ts';

export interface Migration {
  readonly name: string;
  readonly text: string;
}

/** The numbered files of a folder, in order. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })));
}

/** Statements of a migration file. */
export const statementsOf = splitStatements;

/** A file that begins with this holds one statement that may be repeated, and that PostgreSQL refuses within a transaction. */
const ALONE = /^\s*-- no transaction\b/;

const checksumOf = ({ text }: Migration): string => createHash('sha256').update(text).digest('hex');

const LEASE_SECONDS = 120;
const LOOK_AGAIN_MS = 500;

export interface MigrateOptions {
  /** How long to wait while another migrates. */
  readonly patienceMs?: number;
}

/**
 * Applies what is missing, each file in a transaction of its own; returns the names applied. Safe to repeat: one that was cut short goes on
 * where it stopped. A file that was changed since it was applied is refused, for nobody knows what the database looks like then.
 */
export async function migrate(db: Kysely<never>, migrations: readonly Migration[], now: Date, { patienceMs = 120_000 }: MigrateOptions = {}): Promise<readonly string[]> {
  await sql`create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null)`.execute(db);
  await sql`alter table schema_migrations add column if not exists checksum text`.execute(db);
  await sql`create table if not exists schema_lease (id text primary key, holder text not null, until timestamptz not null)`.execute(db);
  if ((await missingOf(db, migrations)).length === 0) return [];

  const holder = randomUUID();
  await takeLease(db, holder, now, patienceMs);
  try {
    const missing = await missingOf(db, migrations);
    for (const migration of missing) {
      await apply(db, migration, now);
      await holdLease(db, holder, now);
    }
    return missing.map((migration) => migration.name);
  } finally {
    await sql`delete from schema_lease where holder = ${holder}`.execute(db);
  }
}

/** What is not applied yet; refuses what was applied with another text. Rows of earlier versions are given their checksum. */
async function missingOf(db: Kysely<never>, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const { rows } = await sql<{ name: string; checksum: string | null }>`select name, checksum from schema_migrations`.execute(db);
  const known = new Map(rows.map((row) => [row.name, row.checksum]));
  for (const migration of migrations) {
    const applied = known.get(migration.name);
    if (applied === null) await sql`update schema_migrations set checksum = ${checksumOf(migration)} where name = ${migration.name} and checksum is null`.execute(db);
    else if (applied !== undefined && applied !== checksumOf(migration)) throw new Error(`the migration ${migration.name} was changed after it was applied: restore its text, and put the change into a new file`);
  }
  return migrations.filter((migration) => !known.has(migration.name));
}

async function apply(db: Kysely<never>, migration: Migration, now: Date): Promise<void> {
  const note = (on: Kysely<never>) => sql`insert into schema_migrations (name, applied_at, checksum) values (${migration.name}, ${now}, ${checksumOf(migration)}) on conflict do nothing`.execute(on);
  const statements = statementsOf(migration.text);
  if (ALONE.test(migration.text)) {
    if (statements.length !== 1) throw new Error(`the migration ${migration.name} is outside a transaction, and must hold one statement`);
    await sql.raw(statements[0] ?? '').execute(db);
    await note(db);
    return;
  }
  await db.transaction().execute(async (tx) => {
    // Should the lease have passed to another: that one waits here, then finds the row and stops.
    if ((await note(tx)).numAffectedRows === 0n) return;
    for (const statement of statements) await sql.raw(statement).execute(tx);
  });
}

async function holdLease(db: Kysely<never>, holder: string, now: Date): Promise<boolean> {
  const until = new Date(Math.max(Date.now(), now.getTime()) + LEASE_SECONDS * 1000);
  const at = new Date(until.getTime() - LEASE_SECONDS * 1000);
  const held = await sql<{ holder: string }>`
    insert into schema_lease (id, holder, until) values ('migrations', ${holder}, ${until})
    on conflict (id) do update set holder = excluded.holder, until = excluded.until where schema_lease.holder = excluded.holder or schema_lease.until <= ${at}
    returning holder`.execute(db);
  return held.rows.length > 0;
}

async function takeLease(db: Kysely<never>, holder: string, now: Date, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holdLease(db, holder, now))) {
    if (performance.now() > deadline) throw new Error('another migration of this database is under way: try again when it has ended');
    await pause(LOOK_AGAIN_MS);
  }
}
