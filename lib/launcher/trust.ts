import { getCACertificates } from 'node:tls';

/** What a TLS connection is to trust: the well-known authorities and these; undefined where nobody is added. */
export function authoritiesWith(additional: readonly string[]): string[] | undefined {
  const known = getCACertificates();
  const added = additional.filter((each) => !known.includes(each));
  return added.length === 0 ? undefined : [...known, ...added];
}

/** One file of all that a program is to trust: its own store is not looked at beside it, so what the system trusts goes along. */
export function trustBundle(additional: readonly string[]): string {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...additional])].join('\n');
}
