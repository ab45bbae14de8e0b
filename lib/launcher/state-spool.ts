import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StateSummarizer, type StateSummary } from '../protocol/state-summary.ts';

/** States written by a run may not be larger. */
export const MAX_STATE_BYTES = 512 * 1024 * 1024;

/** A state body in a 0600 file, with everything known of it. */
export interface SpooledState {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Base64, as in Content-MD5. */
  readonly md5: string;
}

export class StateTooLarge extends Error {
  override name = 'StateTooLarge';
}

let spooled = 0;

async function writeSpool(folder: string, body: AsyncIterable<Uint8Array>, each: (chunk: Uint8Array) => void): Promise<SpooledState> {
  const path = join(folder, `state-${process.pid}-${++spooled}`);
  const file = await open(path, 'wx', 0o600);
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > MAX_STATE_BYTES) throw new StateTooLarge(`the state is larger than ${MAX_STATE_BYTES} bytes`);
      sha256.update(chunk);
      md5.update(chunk);
      each(chunk);
      await file.writeFile(chunk);
    }
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
  return { path, bytes, sha256: sha256.digest('hex'), md5: md5.digest('base64') };
}

/** Stores a body that comes in and takes hashes, serial and lineage as it passes. */
export async function spoolState(folder: string, body: AsyncIterable<Uint8Array>): Promise<SpooledState & { readonly summary: StateSummary }> {
  const summarizer = new StateSummarizer();
  const stored = await writeSpool(folder, body, (chunk) => summarizer.write(chunk));
  try {
    return { ...stored, summary: summarizer.end() };
  } catch (error) {
    await rm(stored.path, { force: true });
    throw error;
  }
}

/** Stores a downloaded body; one that is not what was announced is thrown away. */
export async function spoolDownload(folder: string, body: AsyncIterable<Uint8Array>, sha256: string): Promise<SpooledState> {
  const stored = await writeSpool(folder, body, () => {});
  if (stored.sha256 === sha256) return stored;
  await rm(stored.path, { force: true });
  throw new Error('the downloaded state does not have the announced checksum');
}
