import { StreamMasker } from './mask.ts';
import type { SecretSet } from './mask.ts';
import { WellKnownMasker } from './well-known-secrets.ts';

const ADD_MASK = Buffer.from('::add-mask', 'ascii');
const NEWLINE = 0x0a;
const LONGEST_LINE = 16_384;
const LONGEST_HELD = 65_536;
const EMPTY = Buffer.alloc(0);

export interface OutputOptions {
  readonly secrets: SecretSet;
  readonly wellKnown: boolean;
  readonly onLine: (line: string) => void;
}

/** One output stream of a process: obeys `::add-mask`, masks, and cuts into lines of at most 16 KB. */
export class OutputPipe {
  readonly #options: OutputOptions;
  readonly #masker: StreamMasker;
  readonly #wellKnown = new WellKnownMasker();
  /** Start of a line that may still become an `::add-mask` command. */
  #command: Buffer = EMPTY;
  #atLineStart = true;
  #line: Buffer = EMPTY;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#masker = new StreamMasker(options.secrets);
  }

  write(bytes: Buffer): void {
    let rest = this.#command.length === 0 ? bytes : Buffer.concat([this.#command, bytes]);
    this.#command = EMPTY;
    while (rest.length > 0) {
      const newline = rest.indexOf(NEWLINE);
      const line = newline < 0 ? rest : rest.subarray(0, newline + 1);
      if (this.#atLineStart && mayBeCommand(line)) {
        if (newline < 0 && line.length < LONGEST_HELD) {
          this.#command = Buffer.from(line);
          return;
        }
        if (isCommand(line)) this.#addMasks(line);
        else this.#pass(line);
      } else {
        this.#pass(line);
      }
      this.#atLineStart = newline >= 0;
      rest = rest.subarray(line.length);
    }
  }

  end(): void {
    const command = this.#command;
    this.#command = EMPTY;
    if (isCommand(command)) this.#addMasks(command);
    else if (command.length > 0) this.#pass(command);
    this.#collect(this.#masker.end());
    if (this.#line.length > 0) this.#emit(this.#line);
    this.#line = EMPTY;
    this.#atLineStart = true;
  }

  #addMasks(line: Buffer): void {
    for (const word of line.subarray(ADD_MASK.length).toString('utf8').split(/\s+/)) this.#options.secrets.learn(word);
  }

  #pass(bytes: Buffer): void {
    this.#collect(this.#masker.push(bytes));
  }

  #collect(masked: Buffer): void {
    if (masked.length === 0) return;
    let rest = this.#line.length === 0 ? masked : Buffer.concat([this.#line, masked]);
    for (let newline = rest.indexOf(NEWLINE); newline >= 0; newline = rest.indexOf(NEWLINE)) {
      this.#emit(rest.subarray(0, newline));
      rest = rest.subarray(newline + 1);
    }
    if (rest.length > LONGEST_HELD) {
      this.#emit(rest);
      rest = EMPTY;
    }
    this.#line = Buffer.from(rest);
  }

  #emit(bytes: Buffer): void {
    const text = bytes.toString('utf8').replace(/\r$/, '');
    const line = this.#options.wellKnown ? this.#wellKnown.line(text) : text;
    if (line.length <= LONGEST_LINE) this.#options.onLine(line);
    else for (const piece of split(line)) this.#options.onLine(piece);
  }
}

const mayBeCommand = (line: Buffer) => line.length < ADD_MASK.length ? ADD_MASK.subarray(0, line.length).equals(line) : line.subarray(0, ADD_MASK.length).equals(ADD_MASK);
const isCommand = (line: Buffer) => /^::add-mask(?=[ \t])/.test(line.subarray(0, ADD_MASK.length + 1).toString('latin1'));

/** Pieces of at most 16 KB that do not cut a character. */
function* split(line: string): Iterable<string> {
  for (let at = 0; at < line.length; ) {
    const code = line.charCodeAt(at + LONGEST_LINE - 1);
    const length = code >= 0xd800 && code <= 0xdbff ? LONGEST_LINE - 1 : LONGEST_LINE;
    yield line.slice(at, at + length);
    at += length;
  }
}
