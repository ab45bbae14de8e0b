import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The forms in which a secret would give itself away. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret), bytes.toString('hex'), ...base64, ...base64.map((form) => form.replace(/\+/g, '-').replace(/\//g, '_'))];
  return [...new Set(forms)];
}

/** What of the secrets is in a text, by name and form. */
export function seenIn(text: string, secrets: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => formsOf(secret).filter((form) => text.includes(form)).map((form) => `${name} as ${form}`));
}

/** Searches all files below a folder, packed ones unpacked as well; answers file and find. */
export async function seenInFiles(folder: string, secrets: Readonly<Record<string, string>>, isLeftOut: (path: string) => boolean = () => false): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || isLeftOut(path)) continue;
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    const texts = [bytes.toString('latin1'), ...(bytes[0] === 0x1f && bytes[1] === 0x8b ? [gunzipSync(bytes).toString('latin1')] : [])];
    for (const text of texts) for (const find of seenIn(text, secrets)) found.push(`${path.slice(folder.length)}: ${find}`);
  }
  return found;
}
