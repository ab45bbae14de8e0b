/** A number as its source text: digits beyond 2^53 and the way it was written stay as they are. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Objects keep the order of their members, and any name is just a name. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

export const isObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;
export const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

/** A member of an object; undefined when there is none or the value is no object. */
export const member = (value: JsonValue | undefined, name: string): JsonValue | undefined => (isObject(value) ? value.get(name) : undefined);

/** A member that is a string, or ''. */
export function textOf(value: JsonValue | undefined, name: string): string {
  const found = member(value, name);
  return typeof found === 'string' ? found : '';
}

/** Compact JSON text, numbers as they were read. */
export function writeJson(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (isList(value)) return `[${value.map(writeJson).join(',')}]`;
  if (isObject(value)) return `{${Array.from(value, ([name, item]) => `${JSON.stringify(name)}:${writeJson(item)}`).join(',')}}`;
  return JSON.stringify(value);
}
