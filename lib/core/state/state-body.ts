import { createHash } from 'node:crypto';
import { JsonSyntaxError } from '../../protocol/json-text.ts';
import { StateFormatError, summarizeState, withSerial, type StateSummary } from '../../protocol/state-summary.ts';
import { invalid } from '../shared/errors.ts';

/** Serial, lineage and format of a body that a person gave, or INVALID with the reason. */
export async function inspectState(body: AsyncIterable<Uint8Array>): Promise<StateSummary> {
  try {
    return await summarizeState(body);
  } catch (cause) {
    if (cause instanceof StateFormatError || cause instanceof JsonSyntaxError) throw invalid(`this is not a state: ${cause.message}`, {}, { cause });
    throw cause;
  }
}

/** The body with its new serial; encrypted ones cannot be changed and keep theirs. */
export const bodyWithSerial = (body: AsyncIterable<Uint8Array>, summary: StateSummary, serial: number): AsyncIterable<Uint8Array> =>
  summary.encrypted || summary.serial === serial ? body : withSerial(body, serial);

/** Takes size and hashes of a body on its way to storage. */
export class BodyMeter {
  readonly #sha256 = createHash('sha256');
  readonly #md5 = createHash('md5');
  bytes = 0;

  async *through(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of body) {
      this.bytes += chunk.length;
      this.#sha256.update(chunk);
      this.#md5.update(chunk);
      yield chunk;
    }
  }

  result(): { readonly bytes: number; readonly sha256: string; readonly md5: string } {
    return { bytes: this.bytes, sha256: this.#sha256.digest('hex'), md5: this.#md5.digest('base64') };
  }
}

export async function* oneChunk(text: string | Uint8Array): AsyncIterable<Uint8Array> {
  yield typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
}
