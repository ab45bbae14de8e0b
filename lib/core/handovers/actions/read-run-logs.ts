import type { Ports } from '../../ports/ports.ts';
import { logsExpired } from '../../runs/run-abilities.ts';
import { isActive, type RunState } from '../../runs/run-states.ts';
import { historyOf } from '../../runs/run-store.ts';
import type { Run, RunHistoryEntry } from '../../runs/run.ts';
import { chunkKey, decodeChunk, decodeEnd, endKey, sequenceOf, type LogAddress, type LogLine } from '../run-log.ts';

type Needs = Pick<Ports, 'db' | 'objects' | 'clock'>;

export interface LogQuestion {
  readonly run: Run;
  readonly state: RunState;
  /** Null for the latest visit of the state. */
  readonly stateVersion: number | null;
  readonly token: string | null;
}

export interface LogsPage {
  readonly exists: boolean;
  /** The state will write no more, and this page is the last. */
  readonly finished: boolean;
  readonly expired: boolean;
  /** The next page already has messages. */
  readonly hasMore: boolean;
  readonly messages: readonly LogLine[];
  /** Also where there is nothing new yet. */
  readonly nextToken: string | null;
}

const PAGE_BYTES = 1024 * 1024;
/** How many chunks are read at once: the first alone, for most questions stand at the end. */
const AHEAD = 16;
/** A log that nobody closed is given up this long after its run has ended or parked. */
const CLOSING_MS = 10 * 60_000;

const NOTHING = { exists: false, finished: true, hasMore: false, messages: [], nextToken: null } as const;

/** One page of the log of one state. The token is the number of the next chunk; chunks never change, so a page may be read again. */
export async function readRunLogs(ports: Needs, question: LogQuestion): Promise<LogsPage> {
  const { run, token } = question;
  const expired = logsExpired(run, ports.clock.now());
  const entry = await entryOf(ports, question);
  if (entry === undefined || expired) return { ...NOTHING, expired };
  const log: LogAddress = { runId: run.id, stateVersion: entry.stateVersion };

  const first = sequenceOf(token);
  const page = await readChunks(ports, log, first);
  const nextToken = String(page.next);
  if (page.hasMore) return { exists: true, expired, finished: false, hasMore: true, messages: page.messages, nextToken };
  const chunks = await closedAt(ports, log);
  const finished = chunks !== undefined ? page.next >= chunks : !entry.hasLogs || isForsaken(run, entry, ports.clock.now());
  // The marker may say that chunks exist which this page ran past the end of just before they came.
  return { exists: true, expired, finished, hasMore: chunks !== undefined && page.next < chunks, messages: page.messages, nextToken };
}

async function entryOf({ db }: Needs, { run, state, stateVersion }: LogQuestion): Promise<RunHistoryEntry | undefined> {
  const visits = (await historyOf(db.sql, run.id)).filter((entry) => entry.state === state);
  return stateVersion === null ? visits[0] : visits.find((entry) => entry.stateVersion === stateVersion);
}

/** The run has left the state for good and long ago: its worker or server went away before closing the log. */
function isForsaken(run: Run, entry: RunHistoryEntry, now: Date): boolean {
  return run.stateVersion > entry.stateVersion && !isActive(run.state) && now.getTime() - run.updatedAt.getTime() > CLOSING_MS;
}

async function closedAt({ objects }: Needs, log: LogAddress): Promise<number | undefined> {
  const marker = await objects.get('run-logs', endKey(log));
  return marker && decodeEnd(marker);
}

async function readChunks({ objects }: Needs, log: LogAddress, first: number): Promise<{ readonly messages: readonly LogLine[]; readonly next: number; readonly hasMore: boolean }> {
  const messages: LogLine[] = [];
  let bytes = 0;
  let next = first;
  for (let count = 1; ; count = AHEAD) {
    const bodies = await Promise.all(Array.from({ length: count }, (_, index) => objects.get('run-logs', chunkKey(log, next + index))));
    for (const body of bodies) {
      if (body === undefined) return { messages, next, hasMore: false };
      if (bytes >= PAGE_BYTES) return { messages, next, hasMore: true };
      const lines = decodeChunk(body);
      const size = lines.reduce((sum, line) => sum + line.message.length, 0);
      // A page is never empty, however large its first chunk.
      if (messages.length > 0 && bytes + size > PAGE_BYTES) return { messages, next, hasMore: true };
      messages.push(...lines);
      bytes += size;
      next++;
    }
  }
}
