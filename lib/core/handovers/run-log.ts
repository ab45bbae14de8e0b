import { gunzipSync, gzipSync } from 'node:zlib';

const SEQUENCE_DIGITS = 8;
/** Twice what a worker puts into one chunk, and room for the escapes of JSON. */
const MAX_CHUNK_TEXT = 16 * 1024 * 1024;

export interface LogLine {
  readonly message: string;
  /** Unix milliseconds. */
  readonly timestamp: number;
}

/** One version of a run's state: what its log is kept under. */
export interface LogAddress {
  readonly runId: string;
  readonly stateVersion: number;
}

export const logPrefix = ({ runId, stateVersion }: LogAddress): string => `${runId}/${stateVersion}/`;
export const chunkKey = (log: LogAddress, sequence: number): string => `${logPrefix(log)}${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
export const endKey = (log: LogAddress): string => `${logPrefix(log)}end`;

/** What readers of the log wait on. */
export const logTopic = ({ runId, stateVersion }: LogAddress): string => `logs:${runId}/${stateVersion}`;

/** Lines of the server itself. */
export const groundControl = (text: string): string => `[Ground Control] ${text}`;

export function encodeChunk(lines: readonly LogLine[]): Buffer {
  return gzipSync(lines.map(({ message, timestamp }) => `${JSON.stringify({ ts: timestamp, msg: message })}\n`).join(''));
}

/** The lines of a chunk. What a worker stored that is no chunk reads as one line saying so: the rest of the log stays readable. */
export function decodeChunk(body: Uint8Array): readonly LogLine[] {
  try {
    const text = gunzipSync(body, { maxOutputLength: MAX_CHUNK_TEXT }).toString('utf8');
    return text.split('\n').filter((line) => line !== '').map(toLine);
  } catch {
    return [{ message: groundControl('a part of this log is unreadable'), timestamp: 0 }];
  }
}

function toLine(text: string): LogLine {
  const { ts, msg } = JSON.parse(text) as { readonly ts?: unknown; readonly msg?: unknown };
  return { message: typeof msg === 'string' ? msg : '', timestamp: typeof ts === 'number' ? ts : 0 };
}

export const encodeEnd = (chunks: number): Buffer => Buffer.from(JSON.stringify({ chunks }), 'utf8');

/** How many chunks the closed log has; undefined when the marker is none. */
export function decodeEnd(body: Uint8Array): number | undefined {
  try {
    const { chunks } = JSON.parse(Buffer.from(body).toString('utf8')) as { readonly chunks?: unknown };
    return typeof chunks === 'number' ? chunks : undefined;
  } catch {
    return undefined;
  }
}

/** The sequence that a continuation token stands for; no token is the beginning, and so is what never was one. */
export function sequenceOf(token: string | null): number {
  return token !== null && /^\d{1,8}$/.test(token) ? Number(token) : 0;
}
