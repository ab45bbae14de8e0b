import { readFile, stat } from 'node:fs/promises';
import type { GitCredentials } from '../../core/ports/vcs.ts';
import { invalid } from '../../core/shared/errors.ts';

/** Where credentials for git hosts are kept. */
export interface CredentialsSource {
  /** As messages call it: the path of a file, or a secret by its name. */
  readonly name: string;
  /** The entry for an address; undefined where none is meant for it. */
  find(url: string): Promise<GitCredentials | undefined>;
}

type Entries = readonly (readonly [prefix: string, credentials: GitCredentials])[];

/** Reads the credentials file, `{"<URL prefix>": {"username", "password"}}`, again whenever it changes. */
export function credentialsFile(path: string): CredentialsSource {
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
      read = { mtimeMs: facts.mtimeMs, size: facts.size, entries: parseCredentials(`the git credentials file ${path}`, text) };
    }
    return read.entries;
  }

  return { name: path, find: async (url) => entryFor(url, await entries()) };
}

/** The same entries in a secret, which `read` brings as it is by now; one that was given no value has none. */
export function credentialsSecret(secretName: string, read: () => Promise<string | undefined>): CredentialsSource {
  const name = `the secret ${secretName}`;
  let parsed: { readonly text: string; readonly entries: Entries } | undefined;
  return {
    name,
    async find(url) {
      const text = (await read()) ?? '{}';
      if (parsed?.text !== text) parsed = { text, entries: parseCredentials(name, text) };
      return entryFor(url, parsed.entries);
    },
  };
}

const entryFor = (url: string, entries: Entries): GitCredentials | undefined => entries.find(([prefix]) => hasPrefix(url, prefix))?.[1];

/** Entries, the longest prefix first. What is wrong is said without quoting the text: it holds secrets. */
function parseCredentials(source: string, text: string): Entries {
  const form = '{"https://host/path": {"username": "…", "password": "…"}}';
  const bad = (what: string) => invalid(`${source} ${what}: it holds one JSON object, ${form}`, { source });
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
