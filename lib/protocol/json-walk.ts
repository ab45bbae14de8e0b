import { JsonScanner, type JsonListener, type Scalar, type ValueKind } from './json-text.ts';
import { type JsonValue, writeJson } from './json-value.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Says what to do with a value: build it whole and hand it over, or look into it; no rule means skip it unread. */
export type Rule = TakeRule | LookRule;
interface TakeRule {
  /** In a rewrite the answer replaces the value; undefined leaves it. `key` is the member's name, '' in a list. */
  readonly take: (value: JsonValue, key: string, span: Span) => JsonValue | undefined | void;
}
interface LookRule {
  /** `key` is the member's name, or '' for the item of a list. */
  readonly child: (key: string) => Rule | undefined;
}

export const take = (handler: TakeRule['take']): Rule => ({ take: handler });
/** The same rule for every item of a list, or every member of an object. */
export const each = (rule: Rule): Rule => ({ child: () => rule });
/** A rule for each named member; others are skipped. */
export function members(rules: Readonly<Record<string, Rule | (() => Rule)>>): Rule {
  return {
    child: (key) => {
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
      return typeof rule === 'function' ? rule() : rule;
    },
  };
}
/** A rule found by name. */
export const choose = (child: LookRule['child']): Rule => ({ child });

type Building = { readonly list: JsonValue[] } | { readonly map: Map<string, JsonValue>; key: string };

/** Applies rules to a JSON text that arrives in chunks; with `output`, writes the text on with taken values replaced. */
export class JsonWalker implements JsonListener {
  readonly #scanner = new JsonScanner(this);
  readonly #output: ((piece: Uint8Array | string) => void) | undefined;
  /** Rules of the open containers that are looked into or skipped; undefined = skipped. */
  readonly #rules: (Rule | undefined)[] = [];
  readonly #building: Building[] = [];
  #next: Rule | undefined;
  #key = '';
  #taking: { readonly rule: TakeRule; readonly key: string; readonly start: number } | undefined;
  #chunk: Uint8Array = new Uint8Array();
  #chunkStart = 0;
  #copiedTo = 0;

  constructor(rule: Rule, output?: (piece: Uint8Array | string) => void) {
    this.#next = rule;
    this.#output = output;
  }

  write(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#scanner.write(chunk);
    if (this.#taking === undefined) this.#copyTo(this.#chunkStart + chunk.length);
    this.#chunkStart += chunk.length;
  }

  end(): void {
    this.#scanner.end();
  }

  key(name: string): void {
    const building = this.#building.at(-1);
    if (building !== undefined && 'map' in building) building.key = name;
    else this.#key = name;
  }

  begin(kind: ValueKind, at: number): boolean {
    const isContainer = kind === 'object' || kind === 'array';
    if (this.#taking === undefined) {
      const rule = this.#ruleFor();
      if (rule !== undefined && 'take' in rule) {
        this.#taking = { rule, key: this.#rules.length === 0 ? '' : this.#key, start: at };
        this.#copyTo(at);
      } else {
        if (isContainer) this.#rules.push(rule);
        this.#key = '';
        return false;
      }
    }
    if (kind === 'object') this.#building.push({ map: new Map(), key: '' });
    else if (kind === 'array') this.#building.push({ list: [] });
    return true;
  }

  scalar(value: Scalar | undefined, end: number): void {
    if (this.#taking !== undefined && value !== undefined) this.#built(value, end);
  }

  close(end: number): void {
    if (this.#taking === undefined) {
      this.#rules.pop();
      this.#key = '';
      return;
    }
    const done = this.#building.pop();
    if (done !== undefined) this.#built('map' in done ? done.map : done.list, end);
  }

  #ruleFor(): Rule | undefined {
    if (this.#rules.length === 0) return this.#next;
    const parent = this.#rules.at(-1);
    return parent !== undefined && 'child' in parent ? parent.child(this.#key) : undefined;
  }

  #built(value: JsonValue, end: number): void {
    const parent = this.#building.at(-1);
    if (parent !== undefined) {
      if ('map' in parent) parent.map.set(parent.key, value);
      else parent.list.push(value);
      return;
    }
    const taking = this.#taking;
    if (taking === undefined) return;
    this.#taking = undefined;
    this.#key = '';
    const replaced = taking.rule.take(value, taking.key, { start: taking.start, end });
    if (this.#output === undefined) return;
    this.#output(writeJson(replaced === undefined ? value : replaced));
    this.#copiedTo = end;
  }

  #copyTo(position: number): void {
    if (this.#output === undefined) return;
    if (position > this.#copiedTo) this.#output(this.#chunk.subarray(this.#copiedTo - this.#chunkStart, position - this.#chunkStart));
    this.#copiedTo = position;
  }
}

/** Reads a whole text by the rules. */
export async function walkJson(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, rule: Rule): Promise<void> {
  const walker = new JsonWalker(rule);
  for await (const chunk of chunks) walker.write(chunk);
  walker.end();
}

/** The same text with taken values replaced; every other byte is passed on as it is. */
export async function* rewriteJson(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, rule: Rule): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  const walker = new JsonWalker(rule, (piece) => pieces.push(Buffer.from(piece)));
  for await (const chunk of chunks) {
    walker.write(chunk);
    if (pieces.length > 0) yield Buffer.concat(pieces);
    pieces = [];
  }
  walker.end();
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

/** A whole text as a value, numbers kept as text. */
export function parseJson(text: string | Uint8Array): JsonValue {
  let result: JsonValue = null;
  const walker = new JsonWalker(take((value) => void (result = value)));
  walker.write(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
  walker.end();
  return result;
}
