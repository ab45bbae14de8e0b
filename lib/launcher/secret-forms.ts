/** The byte sequences by which a secret may show up in output: itself, its lines, and its usual encodings. */

/** Shorter values would mask half of every log. */
export const SHORTEST_SECRET = 3;
const SHORTEST_LINE = 6;
const SHORTEST_ENCODED = 8;

export function secretForms(value: string): ReadonlySet<string> {
  const forms = new Set<string>();
  const whole = value.replace(/[\r\n]+$/, '');
  if (whole.length >= SHORTEST_SECRET) addForms(forms, whole);
  const lines = whole.split(/\r?\n/);
  if (lines.length > 1) for (const line of lines) if (line.trim().length >= SHORTEST_LINE) addForms(forms, line);
  if (whole !== value && forms.size > 0) for (const form of base64Forms(Buffer.from(value, 'utf8'))) forms.add(form);
  return forms;
}

function addForms(forms: Set<string>, value: string): void {
  forms.add(value);
  if (value.includes('\n')) forms.add(value.replace(/\r?\n/g, '\r\n')).add(value.replace(/\r\n/g, '\n'));
  for (const quoted of jsonForms(value)) forms.add(quoted);
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length < SHORTEST_ENCODED) return;
  for (const form of base64Forms(bytes)) forms.add(form);
  for (const form of urlForms(value)) forms.add(form);
}

/** As a JSON string without quotes, the second time as Go writes it. */
function jsonForms(value: string): string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  return [plain, plain.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)];
}

function urlForms(value: string): string[] {
  let encoded: string;
  try {
    encoded = encodeURIComponent(value);
  } catch {
    // Half a surrogate pair has no URL form.
    return [];
  }
  const strict = encoded.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [encoded, strict, strict.replace(/%20/g, '+')];
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** Base64 of a longer text holds one of these, wherever the secret starts in it. */
function base64Forms(bytes: Buffer): string[] {
  const forms = [bytes.toString('base64')];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Characters that also depend on neighbouring bytes are left out at both ends.
    forms.push(encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)));
  }
  for (const width of [64, 76]) {
    const encoded = forms[0] ?? '';
    if (encoded.length > width) for (let at = 0; at < encoded.length; at += width) forms.push(encoded.slice(at, at + width));
  }
  return [...forms, ...forms.map((form) => form.replace(/\+/g, '-').replace(/\//g, '_'))].filter((form) => form.length >= SHORTEST_ENCODED);
}
