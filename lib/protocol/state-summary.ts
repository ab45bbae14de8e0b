import { JsonWalker, members, rewriteJson, take, type Rule } from './json-walk.ts';
import { JsonNumber, type JsonValue } from './json-value.ts';

/** What the rules of state storage need to know of a body. */
export interface StateSummary {
  /** 3 or 4; null when the body is encrypted. */
  readonly format: number | null;
  readonly serial: number;
  readonly lineage: string;
  readonly toolVersion: string | null;
  readonly encrypted: boolean;
}

/** The text is JSON but no state that can be kept. */
export class StateFormatError extends Error {
  override name = 'StateFormatError';
}

/** Takes a state's serial and lineage while its body passes by; the body may be far larger than memory. */
export class StateSummarizer {
  readonly #found = new Map<string, JsonValue>();
  #encrypted = false;
  #first: number | undefined;
  readonly #walker: JsonWalker;

  constructor() {
    const keep: Rule = take((value, key) => void this.#found.set(key, value));
    this.#walker = new JsonWalker(members({
      version: keep,
      serial: keep,
      lineage: keep,
      terraform_version: keep,
      // Never read: it may be the whole state.
      encrypted_data: () => {
        this.#encrypted = true;
        return { child: () => undefined };
      },
    }));
  }

  write(chunk: Uint8Array): void {
    this.#first ??= chunk.find((byte) => byte > 0x20);
    this.#walker.write(chunk);
  }

  /** Throws JsonSyntaxError or StateFormatError. */
  end(): StateSummary {
    this.#walker.end();
    if (this.#first !== 0x7b) throw new StateFormatError('a state is a JSON object');
    const format = this.#encrypted ? null : wholeNumber(this.#found.get('version'));
    if (!this.#encrypted && format !== 3 && format !== 4) throw new StateFormatError('a state has "version" 4 or 3');
    const serial = wholeNumber(this.#found.get('serial'));
    if (serial === null) throw new StateFormatError('a state has a whole number as "serial"');
    const lineage = this.#found.get('lineage');
    if (typeof lineage !== 'string' || lineage === '') throw new StateFormatError('a state has a "lineage" that is not empty');
    const toolVersion = this.#found.get('terraform_version');
    return { format, serial, lineage, encrypted: this.#encrypted, toolVersion: typeof toolVersion === 'string' ? toolVersion : null };
  }
}

function wholeNumber(value: JsonValue | undefined): number | null {
  if (!(value instanceof JsonNumber) || !/^[0-9]+$/.test(value.text)) return null;
  const number = Number(value.text);
  return Number.isSafeInteger(number) ? number : null;
}

export async function summarizeState(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StateSummary> {
  const summarizer = new StateSummarizer();
  for await (const chunk of chunks) summarizer.write(chunk);
  return summarizer.end();
}

/** The same body with another serial; every other byte stays. */
export function withSerial(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, serial: number): AsyncGenerator<Buffer> {
  return rewriteJson(chunks, members({ serial: take(() => new JsonNumber(String(serial))) }));
}
