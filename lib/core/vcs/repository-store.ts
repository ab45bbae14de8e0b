import { sql as raw } from 'kysely';
import type { Sql } from '../ports/database.ts';

/** How long a look may take before another may be taken in its place; a longer one renews it. */
export const LOOK_LEASE_MS = 60_000;
const BRANCHES_PER_READ = 5_000;

export type Claim =
  | { readonly held: true; readonly seenAt: Date | null; readonly heldUntil: Date }
  | { readonly held: false; readonly heldUntil: Date; readonly isFirstToAsk: boolean };

/** Takes the turn to look at a repository, or leaves word with who has it. One statement. */
export async function claimRepository(sql: Sql, url: string, holder: string, now: Date): Promise<Claim> {
  const heldUntil = new Date(now.getTime() + LOOK_LEASE_MS);
  const isTaken = raw<boolean>`(git_repositories.holder is not null and git_repositories.held_until > ${now})`;
  const row = await sql
    .insertInto('git_repositories')
    .values({ url, holder, held_until: heldUntil, created_at: now })
    .onConflict((conflict) =>
      conflict.column('url').doUpdateSet({
        holder: raw<string>`case when ${isTaken} then git_repositories.holder else excluded.holder end`,
        held_until: raw<Date>`case when ${isTaken} then git_repositories.held_until else excluded.held_until end`,
        asked_again: raw<number>`case when ${isTaken} then git_repositories.asked_again + 1 else 0 end`,
      }),
    )
    .returning(['holder', 'held_until', 'seen_at', 'asked_again'])
    .executeTakeFirstOrThrow();
  const until = row.held_until ?? heldUntil;
  return row.holder === holder
    ? { held: true, seenAt: row.seen_at, heldUntil: until }
    : { held: false, heldUntil: until, isFirstToAsk: row.asked_again === 1 };
}

/** Keeps the turn during a long look; false when it was lost to another. */
export async function renewClaim(sql: Sql, url: string, holder: string, now: Date): Promise<boolean> {
  const row = await sql
    .updateTable('git_repositories')
    .set({ held_until: new Date(now.getTime() + LOOK_LEASE_MS) })
    .where('url', '=', url)
    .where('holder', '=', holder)
    .returning('url')
    .executeTakeFirst();
  return row !== undefined;
}

/** Heads as last seen: branch → commit hash. */
export async function seenHeads(sql: Sql, url: string): Promise<ReadonlyMap<string, string>> {
  const heads = new Map<string, string>();
  for (let after = ''; ;) {
    const rows = await sql
      .selectFrom('git_branches')
      .select(['name', 'hash'])
      .where('url', '=', url)
      .where('name', '>', after)
      .orderBy('name')
      .limit(BRANCHES_PER_READ)
      .execute();
    for (const row of rows) heads.set(row.name, row.hash);
    if (rows.length < BRANCHES_PER_READ) return heads;
    after = rows.at(-1)?.name ?? '';
  }
}

export interface SeenHeads {
  readonly seenAt: Date;
  readonly moved: readonly { readonly branch: string; readonly after: string }[];
  readonly deleted: readonly string[];
}

/**
 * Records what a look found and ends it, or keeps the turn when somebody asked for another look meanwhile. Undefined when
 * the turn was lost: then nothing is recorded. One statement.
 */
export async function finishLook(sql: Sql, url: string, holder: string, seen: SeenHeads): Promise<'done' | 'again' | undefined> {
  const kept = raw<boolean>`git_repositories.asked_again > 0`;
  const moved = JSON.stringify(seen.moved.map(({ branch, after }) => ({ name: branch, hash: after })));
  const row = await sql
    .with('finished', (q) =>
      q
        .updateTable('git_repositories')
        .set({
          seen_at: seen.seenAt,
          error: null,
          error_at: null,
          asked_again: 0,
          holder: raw<string | null>`case when ${kept} then git_repositories.holder end`,
          held_until: raw<Date | null>`case when ${kept} then cast(${new Date(seen.seenAt.getTime() + LOOK_LEASE_MS)} as timestamptz) end`,
        })
        .where('url', '=', url)
        .where('holder', '=', holder)
        .returning(['url', 'holder']),
    )
    .with('moved', (q) =>
      q
        .insertInto('git_branches')
        .columns(['url', 'name', 'hash'])
        .expression(
          raw`select f.url, m.name, m.hash from finished as f cross join jsonb_to_recordset(cast(${moved} as jsonb)) as m (name text, hash text)`,
        )
        .onConflict((conflict) => conflict.columns(['url', 'name']).doUpdateSet({ hash: raw<string>`excluded.hash` })),
    )
    .with('deleted', (q) =>
      q
        .deleteFrom('git_branches')
        .where('url', 'in', (s) => s.selectFrom('finished').select('finished.url'))
        .where('name', 'in', raw<string>`(select jsonb_array_elements_text(cast(${JSON.stringify(seen.deleted)} as jsonb)))`),
    )
    .selectFrom('finished')
    .select('holder')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return row.holder === null ? 'done' : 'again';
}

/** Ends a look that failed; what was seen before stays. */
export async function abandonLook(sql: Sql, url: string, holder: string, error: string, now: Date): Promise<void> {
  await sql
    .updateTable('git_repositories')
    .set({ holder: null, held_until: null, asked_again: 0, error: error.slice(0, 2000), error_at: now })
    .where('url', '=', url)
    .where('holder', '=', holder)
    .execute();
}

export interface FailedLook {
  readonly at: Date;
  /** In words. */
  readonly error: string;
}

/** Why the last look at a repository failed; undefined when it did not. */
export async function failedLook(sql: Sql, url: string): Promise<FailedLook | undefined> {
  const row = await sql.selectFrom('git_repositories').select(['error', 'error_at']).where('url', '=', url).executeTakeFirst();
  return row === undefined || row.error === null || row.error_at === null ? undefined : { at: row.error_at, error: row.error };
}

/**
 * Repositories of stacks that were not polled since `before`, marked as polled now. One statement: two ticks at once share them out.
 * Stacks are read here, and nothing of them: which repositories are followed is all that polling asks.
 */
export async function takeDueRepositories(sql: Sql, before: Date, now: Date, limit: number): Promise<readonly string[]> {
  const rows = await sql
    .insertInto('git_repositories')
    .columns(['url', 'polled_at', 'created_at'])
    .expression((q) =>
      q
        .selectFrom('stacks')
        .leftJoin('git_repositories as known', 'known.url', 'stacks.repository_url')
        .select([
          raw<string>`stacks.repository_url`.as('url'),
          raw<Date>`cast(${now} as timestamptz)`.as('polled_at'),
          raw<Date>`cast(${now} as timestamptz)`.as('created_at'),
        ])
        .distinct()
        .where('stacks.repository_url', 'is not', null)
        .where('stacks.deleting', '=', false)
        .where((e) => e.or([e('known.polled_at', 'is', null), e('known.polled_at', '<=', before)]))
        .limit(limit),
    )
    .onConflict((conflict) =>
      conflict
        .column('url')
        .doUpdateSet({ polled_at: now })
        .where((e) => e.or([e('git_repositories.polled_at', 'is', null), e('git_repositories.polled_at', '<=', before)])),
    )
    .returning('url')
    .execute();
  return rows.map((row) => row.url);
}

/** Repositories whose last look failed and that were not looked at since `before`, marked as polled now. */
export async function takeFailedRepositories(sql: Sql, before: Date, now: Date, limit: number): Promise<readonly string[]> {
  const rows = await sql
    .updateTable('git_repositories')
    .set({ polled_at: now })
    .where('url', 'in', (q) =>
      q
        .selectFrom('git_repositories')
        .innerJoin('stacks', 'stacks.repository_url', 'git_repositories.url')
        .select('git_repositories.url')
        .where('git_repositories.error', 'is not', null)
        .where('stacks.deleting', '=', false)
        .where((e) => e.or([e('git_repositories.polled_at', 'is', null), e('git_repositories.polled_at', '<=', before)]))
        .limit(limit),
    )
    .returning('url')
    .execute();
  return rows.map((row) => row.url);
}
