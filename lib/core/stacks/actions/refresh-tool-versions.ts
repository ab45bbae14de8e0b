import type { HttpOutcome } from '../../ports/http-sender.ts';
import type { Ports } from '../../ports/ports.ts';
import type { InstallableTool } from '../tool-catalogue.ts';
import { confirmReleases, fetchedLists, forgetReleases, saveReleases, type FetchedList } from '../tool-release-store.ts';
import { releasesIn } from '../tool-releases.ts';

type Needs = Pick<Ports, 'db' | 'http' | 'clock' | 'settings' | 'telemetry'>;

/** Both lists together, so that other jobs of the same call have the rest of its time. */
const DEADLINE_MS = 10_000;
/** Terraform's names every file of every version and has some megabytes. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;

/**
 * Asks the publishers of tools what there is. A list that cannot be had leaves the one before in its place; where none is to be fetched,
 * none is kept, and what comes with the product is offered.
 */
export async function refreshToolVersions(ports: Needs): Promise<void> {
  const lists = ports.settings.toolLists ?? null;
  if (lists === null) return forgetReleases(ports.db.sql);
  const kept = await fetchedLists(ports.db.sql);
  await Promise.all((Object.entries(lists) as [InstallableTool, string][]).map(async ([kind, url]) => {
    const last = kept.find((list) => list.kind === kind && list.url === url);
    const outcome = await refresh(ports, kind, url, last).catch((error: unknown) => {
      ports.telemetry.log('warn', 'the list of releases of a tool could not be fetched', { tool: kind, url, error });
      return 'failed';
    });
    ports.telemetry.count('tool.lists', { tool: kind, outcome });
  }));
}

async function refresh(ports: Needs, kind: InstallableTool, url: string, kept: FetchedList | undefined): Promise<'new' | 'unchanged'> {
  const headers = { accept: 'application/json', 'user-agent': `windlass/${ports.settings.version}`, ...(kept?.etag ? { 'if-none-match': kept.etag } : {}) };
  const answer = await ports.http.send({ method: 'GET', url, headers, body: '', deadlineMs: DEADLINE_MS, maxAnswerBytes: MAX_LIST_BYTES });
  if (answer.fault === undefined && answer.status === 304 && kept !== undefined) {
    await confirmReleases(ports.db.sql, kind, ports.clock.now());
    return 'unchanged';
  }
  const { text, etag } = listOf(answer);
  await saveReleases(ports.db.sql, { kind, url, etag, versions: releasesIn(kind, text) }, ports.clock.now());
  return 'new';
}

function listOf(answer: HttpOutcome): { readonly text: string; readonly etag: string | null } {
  if (answer.fault !== undefined) throw new Error(answer.message);
  if (answer.status !== 200) throw new Error(`the address answered with status ${answer.status}`);
  if (answer.cut) throw new Error(`it is longer than ${MAX_LIST_BYTES} bytes`);
  const { etag } = answer.headers;
  return { text: answer.body.toString('utf8'), etag: typeof etag === 'string' ? etag : null };
}
