// Node's parser hands the digits to the reviver, and its writer takes them back; the type library does not know either yet.
const exact = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
};

/**
 * JSON with every integer beyond 2^53 kept as its digits, so that writing the value again gives the same number.
 * Such a member is an opaque object to everyone but `JSON.stringify`.
 */
export function parseExactJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
  return exact.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && /^-?\d{16,}$/.test(source) && !Number.isSafeInteger(value) ? exact.rawJSON(source) : value,
  );
}
