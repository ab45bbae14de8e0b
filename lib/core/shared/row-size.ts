import { invalid } from './errors.ts';

/** A row has at most 64 KiB: what people write into it freely gets this much, all else finds room in the rest. */
const MAX_FREE_BYTES = 40 * 1024;

/** Refuses what would make a row too long; `what` is a plural. */
export function requireFits(what: string, values: unknown, details: Readonly<Record<string, unknown>> = {}): void {
  const bytes = Buffer.byteLength(JSON.stringify(values));
  if (bytes > MAX_FREE_BYTES) throw invalid(`${what} have ${bytes} bytes together, and at most ${MAX_FREE_BYTES} can be kept: move long texts into files of the repository`, { bytes, limit: MAX_FREE_BYTES, ...details });
}
