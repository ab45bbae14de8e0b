import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { isLoopback } from './environment.ts';
import type { TlsFiles } from './named-files.ts';
import { StartError } from './start-error.ts';

/** An address that a client on this machine can call: the wildcard is none. */
export const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

/**
 * The name by which workers beside the server call what listens on `host`. Without TLS that is the address; with it, one that the
 * certificate is for, or they would trust nobody.
 */
export function ownName(host: string, tls: Pick<TlsFiles, 'cert'> | null, serverDomain: string | null): string {
  const address = reachable(host);
  if (tls === null) return address;
  const certificate = new X509Certificate(tls.cert);
  const names = [...new Set([address, ...(isLoopback(address) ? ['localhost'] : []), ...(serverDomain === null ? [] : [hostOf(serverDomain)])])];
  const covered = names.find((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined);
  if (covered !== undefined) return covered;
  throw new StartError(`WINDLASS_TLS_CERT: the certificate is for none of ${names.join(', ')}, by which the workers beside the server would call it; take one that is, or set EMBEDDED_WORKER=off`);
}

/** Writes what workers beside the server trust besides the public authorities: its own certificate, and what the operator's file lists. */
export async function trustFile(path: string, tls: Pick<TlsFiles, 'cert'>, operators: string | undefined): Promise<string> {
  const listed = operators === undefined || operators === '' ? '' : await readFile(operators, 'utf8').catch(() => '');
  await writeFile(path, `${listed}\n${tls.cert}`, { mode: 0o600 });
  return path;
}

/** Without its port. */
export const hostOf = (domain: string): string => domain.split(':')[0] ?? domain;
