/** Values of an input; a bigint is an integer that a double would round, such as a time in nanoseconds. */
export type InputValue = string | number | bigint | boolean | null | readonly InputValue[] | { readonly [key: string]: InputValue | undefined };

declare global {
  interface JSON {
    /** A value that `stringify` writes as the text given. */
    rawJSON(text: string): unknown;
    parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  }
}

/** JSON text with integers of any size. */
export function inputText(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? JSON.rawJSON(member.toString()) : member));
}

/** What a JSON text says, with integers of any size. */
export function inputValue(text: string): InputValue {
  return JSON.parse(text, (_, value, { source }) => (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '') ? BigInt(source ?? '') : value)) as InputValue;
}

/** Unix time in nanoseconds. */
export const nanoseconds = (at: Date): bigint => BigInt(at.getTime()) * 1_000_000n;

export const nanosecondsOfSeconds = (seconds: number): bigint => BigInt(Math.trunc(seconds)) * 1_000_000_000n;

/**
 * An object whose members are JSON texts already. Each text must be one whole value: what is not would put members of its own
 * beside those of the input, so it is read once before it is taken.
 */
export function objectOfTexts(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members).map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
