import type { Sql } from '../ports/database.ts';
import { json } from '../ports/json.ts';
import type { InstallableTool, KnownReleases } from './tool-catalogue.ts';

/** The lists of releases that have been fetched, newest version first. */
export async function knownReleases(sql: Sql): Promise<KnownReleases> {
  const rows = await sql.selectFrom('tool_releases').select(['kind', 'versions']).limit(10).execute();
  return releasesOf(rows);
}

/** The same of rows that were read with others. */
export const releasesOf = (rows: readonly { readonly kind: string; readonly versions: unknown }[]): KnownReleases =>
  Object.fromEntries(rows.map(({ kind, versions }) => [kind, versions as readonly string[]]));

export interface FetchedList {
  readonly kind: InstallableTool;
  readonly url: string;
  readonly etag: string | null;
}

export async function fetchedLists(sql: Sql): Promise<readonly FetchedList[]> {
  const rows = await sql.selectFrom('tool_releases').select(['kind', 'url', 'etag']).limit(10).execute();
  return rows.map(({ kind, url, etag }) => ({ kind: kind as InstallableTool, url, etag }));
}

export async function saveReleases(sql: Sql, list: FetchedList & { readonly versions: readonly string[] }, now: Date): Promise<void> {
  const fetched = { versions: json(list.versions), url: list.url, etag: list.etag, fetched_at: now, checked_at: now };
  await sql.insertInto('tool_releases').values({ kind: list.kind, ...fetched }).onConflict((clash) => clash.column('kind').doUpdateSet(fetched)).execute();
}

/** The list is still as it was fetched. */
export async function confirmReleases(sql: Sql, kind: InstallableTool, now: Date): Promise<void> {
  await sql.updateTable('tool_releases').set({ checked_at: now }).where('kind', '=', kind).execute();
}

export async function forgetReleases(sql: Sql): Promise<void> {
  await sql.deleteFrom('tool_releases').execute();
}
