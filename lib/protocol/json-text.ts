import { JsonNumber } from './json-value.ts';

export type ValueKind = 'object' | 'array' | 'string' | 'number' | 'literal';
export type Scalar = string | JsonNumber | boolean | null;

/** What a scanner tells; offsets count bytes from the start of the text. */
export interface JsonListener {
  /** A value begins. Of a string, the answer says whether its text is wanted. */
  begin(kind: ValueKind, at: number): boolean;
  /** The name of the member whose value follows. */
  key(name: string): void;
  /** A scalar ended just before `end`; undefined for a string that nobody wanted. */
  scalar(value: Scalar | undefined, end: number): void;
  /** An object or array ended just before `end`. */
  close(end: number): void;
}

export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError';
}

const MAX_DEPTH = 5_000;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const LITERALS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const ESCAPES = new Set([...'"\\/bfnrtu'].map((character) => character.charCodeAt(0)));

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isNumberByte = (byte: number) => isDigit(byte) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45 || byte === 0x65;
const isLetter = (byte: number) => byte >= 0x61 && byte <= 0x7a;

/** What the grammar allows next. `name` follows a comma in an object, `name?` an opening brace. */
type Expected = 'value' | 'value?' | 'name' | 'name?' | 'colon' | 'comma' | 'nothing';
type Lexeme = 'none' | 'string' | 'name' | 'number' | 'literal';

/**
 * Reads JSON as it comes, in chunks cut anywhere, holding no more than one scalar: texts of hundreds of megabytes pass
 * through, and neither numbers nor the text around them are ever re-written. Throws JsonSyntaxError.
 */
export class JsonScanner {
  readonly #listener: JsonListener;
  readonly #containers: ('object' | 'array')[] = [];
  #expected: Expected = 'value';
  #lexeme: Lexeme = 'none';
  #wanted = false;
  #escaped = false;
  #hasEscape = false;
  #parts: Buffer[] = [];
  #offset = 0;

  constructor(listener: JsonListener) {
    this.#listener = listener;
  }

  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let index = 0;
    while (index < bytes.length) {
      if (this.#lexeme === 'none') index = this.#between(bytes, index);
      else if (this.#lexeme === 'string' || this.#lexeme === 'name') index = this.#insideString(bytes, index);
      else index = this.#insideWord(bytes, index);
    }
    this.#offset += bytes.length;
  }

  end(): void {
    if (this.#lexeme === 'number' || this.#lexeme === 'literal') this.#endWord(this.#offset);
    if (this.#lexeme !== 'none' || this.#expected !== 'nothing') throw this.#fault(this.#offset, 'the text ends too early');
  }

  #fault(at: number, what: string): JsonSyntaxError {
    return new JsonSyntaxError(`not valid JSON at byte ${at}: ${what}`);
  }

  /** Punctuation and white space, up to the first byte of a string, number or literal. */
  #between(bytes: Buffer, from: number): number {
    let index = from;
    while (index < bytes.length) {
      const byte = bytes[index] as number;
      const at = this.#offset + index;
      index++;
      if (isSpace(byte)) continue;
      if (this.#punctuation(byte, at)) continue;
      if (byte === QUOTE) {
        this.#beginString(at);
        return index;
      }
      this.#beginWord(byte, at);
      return index - 1;
    }
    return index;
  }

  #punctuation(byte: number, at: number): boolean {
    const expected = this.#expected;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (expected !== 'value' && expected !== 'value?') throw this.#fault(at, 'a value where none may stand');
      if (this.#containers.length >= MAX_DEPTH) throw this.#fault(at, `nested deeper than ${MAX_DEPTH} levels`);
      const kind = byte === OPEN_OBJECT ? 'object' : 'array';
      this.#containers.push(kind);
      this.#expected = kind === 'object' ? 'name?' : 'value?';
      this.#listener.begin(kind, at);
      return true;
    }
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      const kind = byte === CLOSE_OBJECT ? 'object' : 'array';
      const mayClose = expected === 'comma' || (kind === 'object' ? expected === 'name?' : expected === 'value?');
      if (!mayClose || this.#containers.at(-1) !== kind) throw this.#fault(at, 'a closing bracket where none may stand');
      this.#containers.pop();
      this.#valueEnded();
      this.#listener.close(at + 1);
      return true;
    }
    if (byte === 0x2c && expected === 'comma') {
      this.#expected = this.#containers.at(-1) === 'object' ? 'name' : 'value';
      return true;
    }
    if (byte === 0x3a && expected === 'colon') {
      this.#expected = 'value';
      return true;
    }
    return false;
  }

  #valueEnded(): void {
    this.#expected = this.#containers.length === 0 ? 'nothing' : 'comma';
  }

  #beginString(at: number): void {
    if (this.#expected === 'name' || this.#expected === 'name?') {
      this.#lexeme = 'name';
      this.#wanted = true;
    } else if (this.#expected === 'value' || this.#expected === 'value?') {
      this.#lexeme = 'string';
      this.#wanted = this.#listener.begin('string', at);
    } else throw this.#fault(at, 'a string where none may stand');
    this.#hasEscape = false;
  }

  #insideString(bytes: Buffer, from: number): number {
    let index = from;
    while (index < bytes.length) {
      const byte = bytes[index] as number;
      if (this.#escaped) {
        if (!ESCAPES.has(byte)) throw this.#fault(this.#offset + index, 'an unknown escape');
        this.#escaped = false;
      } else if (byte === BACKSLASH) {
        this.#escaped = true;
        this.#hasEscape = true;
      } else if (byte === QUOTE) {
        if (this.#wanted) this.#parts.push(bytes.subarray(from, index));
        this.#endString(this.#offset + index + 1);
        return index + 1;
      } else if (byte < 0x20) throw this.#fault(this.#offset + index, 'a control character inside a string');
      index++;
    }
    if (this.#wanted) this.#keep(bytes.subarray(from));
    return index;
  }

  #endString(end: number): void {
    const text = this.#wanted ? this.#stringText(end) : undefined;
    const isName = this.#lexeme === 'name';
    this.#lexeme = 'none';
    if (isName) {
      this.#expected = 'colon';
      this.#listener.key(text ?? '');
      return;
    }
    this.#valueEnded();
    this.#listener.scalar(text, end);
  }

  #stringText(end: number): string {
    const raw = this.#takeParts();
    if (!this.#hasEscape) return raw;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      throw this.#fault(end, 'a bad escape in a string');
    }
  }

  #beginWord(byte: number, at: number): void {
    if (this.#expected !== 'value' && this.#expected !== 'value?') throw this.#fault(at, 'an unexpected character');
    if (byte === 0x2d || isDigit(byte)) this.#lexeme = 'number';
    else if (isLetter(byte)) this.#lexeme = 'literal';
    else throw this.#fault(at, 'an unexpected character');
    this.#listener.begin(this.#lexeme, at);
  }

  #insideWord(bytes: Buffer, from: number): number {
    const belongs = this.#lexeme === 'number' ? isNumberByte : isLetter;
    let index = from;
    while (index < bytes.length && belongs(bytes[index] as number)) index++;
    this.#keep(bytes.subarray(from, index));
    if (index < bytes.length) this.#endWord(this.#offset + index);
    return index;
  }

  #endWord(end: number): void {
    const text = this.#takeParts();
    let value: Scalar;
    if (this.#lexeme === 'number') {
      if (!NUMBER.test(text)) throw this.#fault(end, 'a malformed number');
      value = new JsonNumber(text);
    } else {
      const literal = Object.hasOwn(LITERALS, text) ? LITERALS[text] : undefined;
      if (literal === undefined) throw this.#fault(end, 'an unknown word');
      value = literal;
    }
    this.#lexeme = 'none';
    this.#valueEnded();
    this.#listener.scalar(value, end);
  }

  /** The caller may reuse its chunk, so what outlives it is copied. */
  #keep(part: Buffer): void {
    this.#parts.push(Buffer.from(part));
  }

  #takeParts(): string {
    const text = this.#parts.length === 1 ? (this.#parts[0] as Buffer).toString('utf8') : Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    return text;
  }
}
