import type { GitCredentials } from './config.ts';
import { DocumentReader } from './document.ts';

/** What a secret holds at most. */
const MOST_BYTES = 65_536;

/** Credentials for git hosts, by the beginnings of addresses that they are for. An address may itself hold a password, so none is repeated. */
export function readGitCredentials(read: DocumentReader): GitCredentials | null {
  const entries = read.raw('credentials');
  if (entries === undefined) return null;
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) {
    read.fault('credentials', 'must be an object of {username, password} by https:// addresses');
    return null;
  }
  const found = new Map<string, GitCredentials[string]>();
  for (const [index, [address, value]] of Object.entries(entries).entries()) {
    const prefix = prefixOf(address);
    if (typeof prefix !== 'string') {
      read.fault('credentials', `entry ${index + 1} ${prefix.fault}`);
      continue;
    }
    if (found.has(prefix)) read.fault('credentials', `${prefix} is there twice`);
    found.set(prefix, readEntry(new DocumentReader(value, read.keyOf(`credentials["${prefix}"]`), read.faults)));
  }
  const credentials = Object.fromEntries(found);
  if (Buffer.byteLength(JSON.stringify(credentials)) > MOST_BYTES) read.fault('credentials', 'is larger than 64 KiB, which is all that a secret holds');
  return found.size === 0 ? null : credentials;
}

/** The beginning of addresses in one way of writing it. Functions read repositories by https alone. */
function prefixOf(address: string): string | { readonly fault: string } {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:') return { fault: 'is not for an https:// address such as https://git.example.com/platform' };
  if (url.username !== '' || url.password !== '') return { fault: 'has a user or a password in its address: they belong into username and password' };
  if (url.search !== '' || url.hash !== '') return { fault: 'is for an address with a question mark or a hash, which no repository has' };
  return `https://${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

function readEntry(read: DocumentReader): GitCredentials[string] {
  const part = (name: 'username' | 'password'): string => {
    const text = read.required(name);
    if (/[\r\n\0]/.test(text)) read.fault(name, 'holds a line break');
    return text;
  };
  const entry = { username: part('username'), password: part('password') };
  read.finish();
  return entry;
}
