import { getCACertificates } from 'node:tls';

/** One file of all that a program is to trust: its own store is not looked at beside it, so what the system trusts goes along. */
export function trustBundle(additional: readonly string[]): string {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...additional])].join('\n');
}
