import { byteMatcher } from './byte-matcher.ts';
import type { Matcher } from './byte-matcher.ts';
import { secretForms, SHORTEST_SECRET } from './secret-forms.ts';

export const MASK = '*****';
const MASK_BYTES = Buffer.from(MASK, 'ascii');
const EMPTY = Buffer.alloc(0);
/** A shorter secret, such as a word, may well stand in a value that is none. */
const SURE_LENGTH = 8;

/** The values that must never be seen in a log of this handover; it only grows. */
export class SecretSet {
  readonly #values = new Set<string>();
  readonly #forms = new Set<string>();
  readonly #learned = new Set<string>();
  #matcher: Matcher | undefined;

  /** False when the value is too short to be masked. */
  add(value: string): boolean {
    if (value.trim().length < SHORTEST_SECRET) return false;
    if (this.#values.has(value)) return true;
    this.#values.add(value);
    for (const form of secretForms(value)) this.#forms.add(form);
    this.#matcher = undefined;
    return true;
  }

  /** Adds what a step asked to be masked; later handovers of the run are told of it. */
  learn(value: string): void {
    if (this.add(value)) this.#learned.add(value);
  }

  get learned(): readonly string[] {
    return [...this.#learned];
  }

  /** Whether a text holds a secret that is too long to be there by chance. */
  isIn = (text: string): boolean => {
    let found = false;
    this.matcher.scan(Buffer.from(text, 'utf8'), (start, end) => (found ||= end - start >= SURE_LENGTH));
    return found;
  };

  get matcher(): Matcher {
    this.#matcher ??= byteMatcher([...this.#forms].map((form) => Buffer.from(form, 'utf8')));
    return this.#matcher;
  }

  /** Masks a text that is whole, such as an error message. */
  maskText(text: string): string {
    const masker = new StreamMasker(this);
    return Buffer.concat([masker.push(Buffer.from(text, 'utf8')), masker.end()]).toString('utf8');
  }
}

/**
 * Masks one byte stream. What could be the start of a secret is held back until it is decided, so a secret in
 * pieces is found too; overlapping finds become one mask.
 */
export class StreamMasker {
  readonly #secrets: SecretSet;
  #held: Buffer = EMPTY;
  /** So many held bytes belong to a find whose mask went out already. */
  #masked = 0;

  constructor(secrets: SecretSet) {
    this.#secrets = secrets;
  }

  push(bytes: Buffer): Buffer {
    return this.#take(bytes, false);
  }

  end(): Buffer {
    return this.#take(EMPTY, true);
  }

  #take(bytes: Buffer, final: boolean): Buffer {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const finds: [number, number][] = this.#masked > 0 ? [[0, this.#masked]] : [];
    const open = this.#secrets.matcher.scan(all, (start, end) => {
      const last = finds.at(-1);
      if (last && start < last[1]) last[1] = Math.max(last[1], end);
      else finds.push([start, end]);
    });
    const decided = final ? all.length : all.length - open;

    const out: Buffer[] = [];
    let at = 0;
    let masked = 0;
    for (const [start, end] of finds) {
      if (start >= decided && !(start === 0 && this.#masked > 0)) break;
      if (start > at) out.push(all.subarray(at, start));
      if (!(start === 0 && this.#masked > 0)) out.push(MASK_BYTES);
      at = end;
      masked = Math.max(0, end - decided);
    }
    if (at < decided) out.push(all.subarray(at, decided));
    this.#held = Buffer.from(all.subarray(decided));
    this.#masked = masked;
    return out.length === 1 && out[0] ? out[0] : Buffer.concat(out);
  }
}
