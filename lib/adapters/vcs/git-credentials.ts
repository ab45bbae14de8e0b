import { readFile, stat } from 'node:fs/promises';
import type { GitCredentials } from '../../core/ports/vcs.ts';
import { invalid } from '../../core/shared/errors.ts';

export type FindCredentials = (url: string) => Promise<GitCredentials | undefined>;

type Entries = readonly (readonly [prefix: string, credentials: GitCredentials])[];

/** Reads the credentials file, `{"<URL prefix>": {"username", "password"}}`, again whenever it changes. */
export function credentialsFile(path: string): FindCredentials {
  let read: { readonly mtimeMs: number; readonly size: number; readonly entries: Entries } | undefined;

  async function entries(): Promise<Entries> {
    const facts = await stat(path).catch((cause: unknown) => {
      throw invalid(`the git credentials file ${path} cannot be read: it is missing or its folder is closed to this user`, { file: path }, { cause });
    });
    if ((facts.mode & 0o077) !== 0)
      throw invalid(`the git credentials file ${path} is open to other users of this machine: run chmod 600 ${path}`, { file: path });
    if (read?.mtimeMs !== facts.mtimeMs || read.size !== facts.size) {
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw invalid(`the git credentials file ${path} cannot be read by this user`, { file: path }, { cause });
      });
      read = { mtimeMs: facts.mtimeMs, size: facts.size, entries: parseCredentials(path, text) };
    }
    return read.entries;
  }

  return async (url) => (await entries()).find(([prefix]) => hasPrefix(url, prefix))?.[1];
}

/** Entries, the longest prefix first. What is wrong is said without quoting the file: it holds secrets. */
function parseCredentials(path: string, text: string): Entries {
  const bad = (what: string) =>
    invalid(`the git credentials file ${path} ${what}: it holds one JSON object, {"https://host/path": {"username": "…", "password": "…"}}`, {
      file: path,
    });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw bad('is not JSON');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw bad('has another shape');
  return Object.entries(document)
    .map(([prefix, value]: [string, unknown], index) => {
      const { username, password } = (typeof value === 'object' && value !== null ? value : {}) as { username?: unknown; password?: unknown };
      if (typeof username !== 'string' || typeof password !== 'string') throw bad(`lacks username or password in entry ${index + 1}`);
      if (/[\r\n\0]/.test(username + password)) throw bad(`has a line break in entry ${index + 1}`);
      if (!URL.canParse(prefix)) throw bad(`has no URL as the name of entry ${index + 1}`);
      return [canonical(prefix), { username, password }] as const;
    })
    .sort(([a], [b]) => b.length - a.length);
}

/** Scheme and host in lower case, default port and trailing slash dropped. */
const canonical = (url: string): string => {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/\/+$/, '')}`;
};

/** A prefix ends where a path segment does: `…/team` covers `…/team/infra` but not `…/teammates`. */
function hasPrefix(url: string, prefix: string): boolean {
  const whole = canonical(url);
  return whole === prefix || whole.startsWith(`${prefix}/`);
}
