import { nearestName } from './nearest-name.ts';

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
/** An empty text and null say the same as leaving the key out. */
const isUnset = (value: Json): boolean => value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/**
 * A block of the file, read key by key. Faults of the whole document are collected in one list, so that all are told together; a key that nobody
 * asked for is a fault at `finish`. No value is repeated in a fault: any key may hold a secret.
 */
export class DocumentReader {
  readonly faults: string[];
  readonly #values: JsonObject;
  readonly #path: string;
  readonly #known = new Set<string>();
  readonly #blocks = new Map<string, DocumentReader>();

  constructor(values: Json, path = '', faults: string[] = []) {
    this.faults = faults;
    this.#path = path;
    this.#values = isObject(values) ? values : {};
    if (!isObject(values)) this.faults.push(`${path === '' ? 'file' : path}: is not an object`);
  }

  keyOf = (name: string): string => (this.#path === '' ? name : `${this.#path}.${name}`);

  fault(name: string, reason: string): void {
    this.faults.push(`${this.keyOf(name)}: ${reason}`);
  }

  isSet(name: string): boolean {
    this.#known.add(name);
    return !isUnset(this.#values[name]);
  }

  /** A block below; one that is missing reads as empty. */
  block(name: string): DocumentReader {
    this.#known.add(name);
    const value = this.#values[name];
    const block = this.#blocks.get(name) ?? new DocumentReader(isUnset(value) ? {} : value, this.keyOf(name), this.faults);
    this.#blocks.set(name, block);
    return block;
  }

  /** The value as it stands, undefined when unset. */
  raw(name: string): Json {
    return this.isSet(name) ? this.#values[name] : undefined;
  }

  text(name: string): string | null {
    const value = this.raw(name);
    if (value === undefined) return null;
    if (typeof value === 'string') return value.trim();
    this.fault(name, 'must be a string');
    return null;
  }

  /** A text that must be there; the empty string stands in for one that is not. */
  required(name: string, why = 'is required'): string {
    if (this.isSet(name)) return this.text(name) ?? '';
    this.fault(name, why);
    return '';
  }

  matching(name: string, pattern: RegExp, reason: string): string | null {
    const text = this.text(name);
    if (text === null || pattern.test(text)) return text;
    this.fault(name, reason);
    return null;
  }

  bool(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
    if (text === 'true' || text === 'false') return text === 'true';
    this.fault(name, 'must be true or false');
    return fallback;
  }

  /** A number between two others, in steps. */
  number(name: string, fallback: number, { least, most, step = 1 }: { readonly least: number; readonly most: number; readonly step?: number }): number {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const number = typeof value === 'number' ? value : typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (Number.isFinite(number) && number >= least && number <= most && Number.isInteger(number / step)) return number;
    const shape = step === 1 ? 'a whole number' : `a number in steps of ${step}`;
    this.fault(name, most === Infinity ? `must be ${shape}, at least ${least}` : `must be ${shape} from ${least} to ${most}`);
    return fallback;
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const text = this.text(name);
    if (text === null) return fallback;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.fault(name, `must be one of ${choices.join(', ')}`);
    return found ?? fallback;
  }

  /** A list of texts, or the same as one text with commas. */
  texts(name: string): readonly string[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    const list: unknown = typeof value === 'string' ? value.split(',') : value;
    if (Array.isArray(list) && list.every((part): part is string => typeof part === 'string')) return list.map((part) => part.trim()).filter((part) => part !== '');
    this.fault(name, 'must be a list of strings');
    return [];
  }

  /** Accepts a key that means nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#known.add(name);
  }

  /** Tells the keys that are not known, each with the known one that it looks most like. */
  finish(): void {
    for (const name of Object.keys(this.#values)) {
      if (this.#known.has(name)) continue;
      const meant = nearestName(name, [...this.#known]);
      this.fault(name, meant === undefined ? 'is not a known key' : `is not a known key; did you mean ${meant}?`);
    }
    for (const block of this.#blocks.values()) block.finish();
  }
}
